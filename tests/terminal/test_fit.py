"""What is drawn follows the settings; where they leave it open, the terminal and the link."""

from __future__ import annotations

import pytest

from tutor.settings import Settings
from tutor.terminal.fit import OVER_SSH, REPAINTS, SET, Link, fit

NEAR = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
SSH = NEAR | {"SSH_CONNECTION": "10.0.0.2 50000 10.0.0.1 22"}


def test_a_good_terminal_gets_everything() -> None:
    found = fit(Settings(), None, NEAR)
    assert (found.depth, found.ascii, found.repaint) == ("truecolor", False, REPAINTS)
    assert not found.few_colours


@pytest.mark.parametrize(
    ("link", "depth", "ascii_only", "repaint"),
    [
        (None, "truecolor", False, OVER_SSH),
        (Link(0.004, None), "truecolor", False, 4),
        (Link(0.03, 500_000), "truecolor", False, 4),
        (Link(0.12, 500_000), "truecolor", False, 2),
        (Link(0.03, 60_000), "256", False, 2),
        (Link(0.6, 900_000), "truecolor", False, 1),
        (Link(0.05, 9_000), "256", True, 1),
    ],
)
def test_a_slow_link_gets_less(link: Link | None, depth: str, ascii_only: bool, repaint: int) -> None:
    found = fit(Settings(), link, SSH)
    assert (found.depth, found.ascii, found.repaint) == (depth, ascii_only, repaint)


def test_what_is_set_wins_over_link_and_terminal() -> None:
    settings = Settings(colours="truecolor", glyphs="unicode", repaint=8)
    found = fit(settings, Link(2.0, 1_000), {"TERM": "linux", "NO_COLOR": "1", "SSH_CONNECTION": "x"})
    assert (found.depth, found.ascii, found.repaint) == ("truecolor", False, 8)
    assert set(found.why.values()) == {SET}


def test_reduced_motion_draws_once_a_second() -> None:
    found = fit(Settings(reduced_motion=True, repaint=8), None, NEAR)
    assert found.repaint == 1
    assert found.why["repaint"] == "motion is reduced"


def test_few_colours_are_said_to_be_few() -> None:
    assert fit(Settings(colours="16"), None, NEAR).few_colours
    assert fit(Settings(), None, NEAR | {"NO_COLOR": "1"}).why["colours"] == "NO_COLOR is set"


def test_a_link_in_words() -> None:
    assert str(Link(0.0384, 412_000)) == "38 ms, 412 kB/s"
    assert str(Link(0.0004)) == "under 1 ms"
