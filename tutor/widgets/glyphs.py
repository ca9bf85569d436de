"""Which characters the terminal can draw: Unicode blocks and braille, or plain ASCII."""

from __future__ import annotations

from functools import cache

from rich.cells import cell_len, set_cell_size

from tutor.terminal.ascii import terminal_lacks_unicode

EIGHTHS = " ▏▎▍▌▋▊▉█"


_chosen: bool | None = None


def choose(ascii_only: bool | None) -> None:
    """Draw in ASCII or not, from now on; None: as the terminal can."""
    global _chosen
    _chosen = ascii_only
    plain_ascii.cache_clear()


@cache
def plain_ascii() -> bool:
    """Whether to keep to ASCII, as was chosen; else `TUTOR_ASCII=1`, the Linux console, a locale without UTF-8."""
    return bool(terminal_lacks_unicode()) if _chosen is None else _chosen


def bar(value: float, maximum: float, width: int) -> str:
    """A horizontal bar of `value` out of `maximum` in at most `width` cells, to an eighth of a cell."""
    if maximum <= 0 or not value > 0:
        return ""
    eighths = round(min(value / maximum, 1.0) * width * 8)
    if plain_ascii():
        return "#" * (eighths // 8) or "."
    full, rest = divmod(eighths, 8)
    return "█" * full + EIGHTHS[rest].strip() or EIGHTHS[1]


def signed_bar(value: float, maximum: float, half: int) -> str:
    """A bar that begins in the middle of `2 * half` cells: to the right where `value` is positive, else to the left."""
    drawn = bar(abs(value), maximum, half)
    if value > 0:
        return " " * half + drawn.ljust(half)
    # There are no eighths of a cell from the right, so a part of a cell is a half or nothing.
    whole = "#" if plain_ascii() else "█"
    part = "▐" if drawn and drawn[-1] in EIGHTHS[4:8] else ""
    return (part + whole * drawn.count(whole)).rjust(half) + " " * half


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
