"""Colours by how light they look: OKLab (Björn Ottosson, 2020, https://bottosson.github.io/posts/oklab/), and ramps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Lab = tuple[float, float, float]
"""Lightness 0 to 1, green to red, blue to yellow."""


def from_hex(colour: str) -> Lab:
    """`#rrggbb` in OKLab."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def to_hex(lab: Lab) -> str:
    """`#rrggbb`; what a screen cannot show is cut off."""
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _encoded(min(1.0, max(0.0, part)))):02x}" for part in rgb)


def ramp(colours: Sequence[str], steps: int) -> list[str]:
    """`steps` colours from the first to the last, through the others, in equal steps of lightness.

    Args:
        colours: `#rrggbb`, each lighter than the one before, or each darker.
    """
    path = [from_hex(colour) for colour in colours]
    first, last = path[0][0], path[-1][0]
    return [to_hex(_at(path, first + (last - first) * step / (steps - 1))) for step in range(steps)]


def _at(path: Sequence[Lab], lightness: float) -> Lab:
    """The point of `path` that is this light."""
    for start, end in itertools.pairwise(path):
        way = (lightness - start[0]) / (end[0] - start[0])
        if way <= 1 or end is path[-1]:
            return lightness, start[1] + way * (end[1] - start[1]), start[2] + way * (end[2] - start[2])
    raise ValueError("a path has two colours at least")


def _linear(part: float) -> float:
    """sRGB (IEC 61966-2-1) to light."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
