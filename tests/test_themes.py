"""Colours can be read: by contrast, by lightness, and by eyes that lack a kind of cone."""

from __future__ import annotations

import itertools
import math

import pytest
from textual.theme import Theme

from tutor.terminal.oklab import Lab, from_hex, ramp, to_hex
from tutor.themes import MEANINGS, THEMES

themes = pytest.mark.parametrize("name", THEMES)

# Viénot, Brettel and Mollon (1999), "Digital video colourmaps for checking the legibility of displays by dichromats",
# in linear sRGB.
PROTANOPIA = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
DEUTERANOPIA = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))

TELLS_APART = 0.04
"""Distance in OKLab between colours that lie side by side; 0.02 is about a just noticeable difference."""


def _light(colour: str) -> list[float]:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    dark, bright = sorted(
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), _light(colour), strict=True))
        for colour in (one, other)
    )
    return (bright + 0.05) / (dark + 0.05)


def _seen(colour: str, matrix: tuple[tuple[float, ...], ...]) -> Lab:
    light = [sum(a * b for a, b in zip(row, _light(colour), strict=True)) for row in matrix]
    encoded = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        for part in (min(1.0, max(0.0, part)) for part in light)
    )
    return from_hex("#" + "".join(f"{round(255 * part):02x}" for part in encoded))


def _scales(theme: Theme) -> dict[str, list[str]]:
    colour = theme.variables
    return {
        "sequential": [colour[f"scale{step}"] for step in range(9)],
        "below zero": [str(theme.panel), *(colour[f"heat-{step}"] for step in range(1, 5))],
        "above zero": [str(theme.panel), *(colour[f"heat{step}"] for step in range(1, 5))],
    }


@themes
def test_every_meaning_can_be_read_on_every_ground(name: str) -> None:
    theme = THEMES[name]
    wanted = 7.0 if "contrast" in name else 4.5
    colours = {meaning: theme.variables[meaning] for meaning in (*MEANINGS, "muted")}
    colours |= {"primary": theme.primary, "foreground": str(theme.foreground)}
    for ground in (theme.background, theme.surface, theme.panel):
        for meaning, colour in colours.items():
            assert _contrast(colour, str(ground)) >= wanted, (meaning, ground)
        assert _contrast(theme.variables["faint"], str(ground)) >= 3, ground


@themes
def test_the_row_under_the_cursor_can_be_read(name: str) -> None:
    variables = THEMES[name].variables
    cursor = variables["block-cursor-background"]
    assert _contrast(variables["block-cursor-foreground"], cursor) >= 7
    for meaning in MEANINGS:
        assert _contrast(variables[meaning], cursor) >= 4.5, meaning


@themes
def test_scales_are_equal_steps_of_lightness(name: str) -> None:
    for scale, colours in _scales(THEMES[name]).items():
        steps = [end[0] - start[0] for start, end in itertools.pairwise(map(from_hex, colours))]
        assert max(steps) * min(steps) > 0, f"{scale} turns back"
        # To the rounding of a colour to 8 bits, and what a screen cannot show.
        assert max(map(abs, steps)) - min(map(abs, steps)) < 0.015, scale


@themes
@pytest.mark.parametrize("eye", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_steps_stay_apart_for_colour_blind_readers(name: str, eye: tuple[tuple[float, ...], ...]) -> None:
    scales = _scales(THEMES[name])
    for scale, colours in scales.items():
        for one, other in itertools.pairwise(colours):
            assert math.dist(_seen(one, eye), _seen(other, eye)) > TELLS_APART, (scale, one, other)
    for below, above in zip(scales["below zero"][1:], scales["above zero"][1:], strict=True):
        assert math.dist(_seen(below, eye), _seen(above, eye)) > TELLS_APART, (below, above)


def test_a_ramp_goes_through_its_colours_and_hex_comes_back() -> None:
    assert ramp(["#000000", "#ffffff"], 3) == ["#000000", "#636363", "#ffffff"]
    for colour in ("#12ab9f", "#fe0102", "#777777"):
        assert to_hex(from_hex(colour)) == colour
