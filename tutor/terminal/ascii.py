"""Any text in ASCII, character by character, in as many cells as before: for terminals that draw nothing else."""

from __future__ import annotations

import locale
import os
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len

LOOKS_LIKE = {
    "-": "─━┄┅┈┉╌╍═╴╶╸╺╼╾╭╮–—−‐‑▔▀",
    "|": "│┃┆┇┊┋╎╏║╵╷╹╻╽╿▌▍▎▏▐▕‖¦",
    "+": "✓±†┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╰╯",
    "#": "█▉▊▋▆▇▙▛▜▟",
    "=": "▃▄▅≈≡",
    "_": "▁▂⍽",
    ".": "░·…▖▗▘▝",
    ":": "▒▚▞",
    "%": "▓",
    "/": "÷⁄",
    "~": "◐",
    "<": "←◂◀‹«≤⏎⟨",
    ">": "→▸▶›»≥⇥⟩➜",
    "^": "↑▲",
    "v": "↓▾▼∨",
    "o": "○◯⭘⊙",
    "O": "◆",
    "*": "●•◦‣★⋅∙",
    "x": "✗✕×⊗",
    "'": "‘’‚′",
    '"': "“”„″",
    "0": "∅",
    "8": "∞",
    "V": "√∇",
    "S": "Σ∑",
    "D": "Δ",
    "a": "α",
    "b": "β",
    "d": "δ∂",
    "e": "ε∈",
    "F": "Φ",
    "g": "γ",
    "k": "κ",
    "l": "λ",
    "n": "η",
    "p": "π",
    "q": "θ",
    "s": "σ",
    "u": "μµ",
    "@": "↻",
}
TABLE = str.maketrans({character: plain for plain, alike in LOOKS_LIKE.items() for character in alike})

BRAILLE = range(0x2800, 0x2900)
FILLED = " ..:::###"
"""A glyph for each number of dots in a braille character."""


def ascii_only(text: str) -> str:
    """`text` with a likeness for each character that has one, its letter without accents, or `?`."""
    if text.isascii():
        return text
    plain = text.translate(TABLE)
    return plain if plain.isascii() else "".join(map(_plain, plain))


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    if character.isascii():
        return character
    if ord(character) in BRAILLE:
        return FILLED[(ord(character) - BRAILLE.start).bit_count()]
    width = cell_len(character)
    # Of letters and digits only: a struck-out sign without its stroke says the opposite.
    bare = unicodedata.normalize("NFKD", character) if character.isalnum() else ""
    letters = "".join(letter for letter in bare if letter.isascii())
    return letters if len(letters) == width else "?" * width


def terminal_lacks_unicode(environ: Mapping[str, str] = os.environ) -> str:
    """Why the terminal is thought to draw ASCII only; '' where it is not."""
    if chosen := environ.get("TUTOR_ASCII"):
        return "TUTOR_ASCII is set" if chosen != "0" else ""
    if environ.get("TERM") == "linux":
        return "the Linux console's fonts lack most of them"
    encoding = locale.getpreferredencoding(False)
    return "" if "utf" in encoding.lower() else f"the locale's encoding is {encoding}"
