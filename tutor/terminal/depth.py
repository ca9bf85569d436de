"""How many colours the terminal shows, and the nearest of them to one of ours.

Rich's own reduction goes by red, green and blue, which makes two steps of a scale alike in 256 colours and turns most
meanings grey in 16. Here lightness comes first in 256, and the hue in 16.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

from tutor.terminal.oklab import Lab, from_hex

Depth = Literal["none", "16", "256", "truecolor"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)

TEXTUALS: Mapping[str, Depth] = {"truecolor": "truecolor", "256": "256", "standard": "16"}
"""What `TEXTUAL_COLOR_SYSTEM` may say; in a browser, textual-serve says it."""

CUBE = (0, 95, 135, 175, 215, 255)
"""Levels of red, green and blue of xterm's colours 16 to 231; 232 to 255 are greys."""

HUES = {1: 25, 3: 90, 2: 145, 6: 190, 4: 258, 5: 310}
"""Hue in degrees of what the six ANSI colours are called: red, yellow, green, cyan, blue, magenta."""
BRIGHT = 8
GREY_BELOW = 0.05
"""Chroma under which a colour has no hue worth keeping."""
SHADES = ((0.3, 0), (0.64, 8), (0.95, 7), (math.inf, 15))
"""Black, dark grey, light grey, white: the lightness under which each is meant."""
TELLS_APART = 0.15
"""Difference of lightness that is meant to be seen; less is a line that is meant to be hidden."""


def terminal_depth(environ: Mapping[str, str] = os.environ) -> Depth:
    """What the terminal says of itself: `NO_COLOR`, Textual's `TEXTUAL_COLOR_SYSTEM`, `COLORTERM`, then `TERM`."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR"):
        return "none"
    if known := TEXTUALS.get(environ.get("TEXTUAL_COLOR_SYSTEM", "auto")):
        return known
    if term in ("dumb", "unknown"):
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith(("-direct", "-truecolor")):
        return "truecolor"
    return "256" if "256color" in term or term.endswith("-kitty") else "16"


@lru_cache(maxsize=1024)
def colour_codes(colour: str, depth: Depth, *, ink: bool) -> str:
    """The numbers of the escape sequence that chooses `colour` (`#rrggbb`) for the text, or for what is behind it."""
    if depth == "truecolor":
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return f"{38 if ink else 48};2;{red};{green};{blue}"
    if depth == "256":
        return f"{38 if ink else 48};5;{nearest_256(colour)}"
    number = nearest_16(colour)
    return str((30 if ink else 40) + number if number < BRIGHT else (90 if ink else 100) + number - BRIGHT)


def nearest_256(colour: str) -> int:
    """The xterm colour from 16 on that looks most alike; the first 16 are the user's own."""
    lab = from_hex(colour)
    return min(_palette(), key=lambda number: math.dist(_palette()[number], lab))


def nearest_16(colour: str) -> int:
    """The ANSI colour of the same hue, normal or bright; a grey where there is none."""
    light, a, b = from_hex(colour)
    if math.hypot(a, b) < GREY_BELOW:
        return next(number for below, number in SHADES if light < below)
    hue = math.degrees(math.atan2(b, a))
    number = min(HUES, key=lambda number: abs((hue - HUES[number] + 180) % 360 - 180))
    return number + BRIGHT if light > SHADES[1][0] else number


@lru_cache(maxsize=1)
def _palette() -> dict[int, Lab]:
    cube = [(red, green, blue) for red in CUBE for green in CUBE for blue in CUBE]
    greys = [(level, level, level) for level in range(8, 248, 10)]
    return {16 + place: from_hex("#" + bytes(rgb).hex()) for place, rgb in enumerate(cube + greys)}


def readable_ink(ink: str, paper: str) -> str:
    """`ink`, or black or white where 16 colours would make it the same as `paper` although it is not."""
    light, ground = from_hex(ink)[0], from_hex(paper)[0]
    if nearest_16(ink) != nearest_16(paper) or abs(light - ground) < TELLS_APART:
        return ink
    return "#ffffff" if ground < SHADES[1][0] else "#000000"
