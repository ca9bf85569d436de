"""Few colours are chosen so that what ours said is still said."""

from __future__ import annotations

import itertools
import re

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tutor.terminal.changed_cells import Pen
from tutor.terminal.depth import Depth, colour_codes, nearest_16, nearest_256, readable_ink, terminal_depth
from tutor.terminal.oklab import from_hex
from tutor.themes import MEANINGS, THEMES

themes = pytest.mark.parametrize("name", THEMES)


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-kitty"}, "256"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "dumb", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "auto"}, "256"),
        ({"TERM": "vt220"}, "16"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_the_terminal_says_what_it_can(environ: dict[str, str], depth: Depth) -> None:
    assert terminal_depth(environ) == depth


def _sent(colours: list[str], depth: Depth) -> list[str]:
    """The escape sequence in front of each cell of a row of colours."""
    pen = Pen(depth)
    pen.write(0, 0, Strip([Segment("x", Style(color="#ffffff", bgcolor=colour)) for colour in colours]))
    return re.findall(r"\x1b\[([\d;]*)m", pen.lift())[: len(colours)]


@themes
def test_in_256_colours_every_shade_is_another_and_no_darker_one_looks_lighter(name: str) -> None:
    theme = THEMES[name]
    scale = [theme.variables[f"scale{step}"] for step in range(9)]
    assert len(set(_sent(scale, "256"))) == len(scale)
    for side in ("-", ""):
        steps = [str(theme.panel), *(theme.variables[f"heat{side}{step}"] for step in range(1, 5))]
        assert len(set(_sent(steps, "256"))) == len(steps)
    lights = [from_hex(_of_256(nearest_256(colour)))[0] for colour in scale]
    assert sorted(lights, reverse=not theme.dark) == lights


def _of_256(number: int) -> str:
    if number >= 232:
        return "#" + 3 * f"{8 + 10 * (number - 232):02x}"
    parts = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
    return "#" + "".join(f"{(0, 95, 135, 175, 215, 255)[part]:02x}" for part in parts)


@themes
def test_in_16_colours_every_meaning_keeps_a_colour_of_its_own(name: str) -> None:
    theme = THEMES[name]
    numbers = [nearest_16(theme.variables[meaning]) for meaning in MEANINGS]
    assert [number % 8 for number in numbers] == [4, 2, 6, 1, 3]
    assert {number >= 8 for number in numbers} == {theme.dark}
    ends = {nearest_16(theme.variables["heat-4"]) % 8, nearest_16(theme.variables["heat4"]) % 8}
    assert len(ends) == 2


@themes
def test_in_16_colours_text_is_never_the_colour_of_its_ground(name: str) -> None:
    theme = THEMES[name]
    colours = theme.variables
    papers = [theme.background, theme.surface, theme.panel, colours["block-cursor-background"]]
    inks = [theme.foreground, colours["muted"], colours["faint"], *(colours[meaning] for meaning in MEANINGS)]
    for ink, paper in itertools.product(inks, papers):
        assert nearest_16(readable_ink(str(ink), str(paper))) != nearest_16(str(paper)), (ink, paper)


def test_what_is_meant_to_be_hidden_stays_so() -> None:
    assert readable_ink("#11151c", "#11151c") == "#11151c"


def test_the_codes_of_each_depth() -> None:
    codes = [colour_codes("#ff8080", depth, ink=True) for depth in ("truecolor", "256", "16")]
    assert codes == ["38;2;255;128;128", "38;5;210", "91"]
    assert colour_codes("#800000", "16", ink=False) == "41"
    assert [nearest_16(grey) for grey in ("#000000", "#666666", "#b0b0b0", "#ffffff")] == [0, 8, 7, 15]
