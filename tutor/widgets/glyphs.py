"""Which characters the terminal can draw: Unicode blocks and braille, or plain ASCII."""

from __future__ import annotations

import locale
import os
from functools import cache

from rich.cells import cell_len, set_cell_size

EIGHTHS = " ▏▎▍▌▋▊▉█"


@cache
def plain_ascii() -> bool:
    """Whether to keep to ASCII: `TUTOR_ASCII=1`, the Linux console (its fonts lack braille), a locale without UTF-8."""
    if chosen := os.environ.get("TUTOR_ASCII"):
        return chosen != "0"
    return os.environ.get("TERM") == "linux" or "utf" not in locale.getpreferredencoding(False).lower()


def bar(value: float, maximum: float, width: int) -> str:
    """A horizontal bar of `value` out of `maximum` in at most `width` cells, to an eighth of a cell."""
    if maximum <= 0 or not value > 0:
        return ""
    eighths = round(min(value / maximum, 1.0) * width * 8)
    if plain_ascii():
        return "#" * (eighths // 8) or "."
    full, rest = divmod(eighths, 8)
    return "█" * full + EIGHTHS[rest].strip() or EIGHTHS[1]


def padded(text: str, width: int) -> str:
    """`text` in exactly `width` cells: cut, or filled up with spaces. Some characters are two cells wide."""
    return set_cell_size(text, width)


def centred(text: str, width: int) -> str:
    """`text` in the middle of `width` cells."""
    return padded(" " * ((width - cell_len(text)) // 2) + text, width)


def visible(piece: str) -> str:
    """A token's text with whitespace made visible: `·` for a space, `⍽` for a hard one, `⏎` newline, `⇥` tab."""
    marks = (" ", "_"), ("\u00a0", "_"), ("\n", "\\n"), ("\t", "\\t")
    if not plain_ascii():
        marks = (" ", "·"), ("\u00a0", "⍽"), ("\n", "⏎"), ("\t", "⇥")
    for character, mark in marks:
        piece = piece.replace(character, mark)
    return piece or "∅"
