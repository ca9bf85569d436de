"""Which characters the terminal can draw: Unicode blocks and braille, or plain ASCII."""

from __future__ import annotations

import locale
import os
from functools import cache

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


def visible(piece: str) -> str:
    """A token's text with its whitespace made visible: `·` for a space, `⏎` for a newline, `⇥` for a tab."""
    marks = (" ", "_"), ("\n", "\\n"), ("\t", "\\t")
    if not plain_ascii():
        marks = (" ", "·"), ("\n", "⏎"), ("\t", "⇥")
    for character, mark in marks:
        piece = piece.replace(character, mark)
    return piece or "∅"
