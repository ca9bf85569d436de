"""Pictures of lesson 3.2, small and large, with what the real engine once answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.app.lesson_pages import drawn_page, services_of
from tests.looks import sizes
from tutor.app import TutorApp
from tutor.widgets.lesson import asking

Compare = Callable[..., bool]

FUNNEL, SPLITS = 1, 5
"""Pages of topic 3.2.2."""


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


@sizes
def test_funnel(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(services_of("3.2.2")), terminal_size=size, run_before=drawn_page("3.2.2", FUNNEL))


@sizes
def test_card(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(services_of("3.2.1")), terminal_size=size, run_before=drawn_page("3.2.1", 3))


def test_splits_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(TutorApp(services_of("3.2.2")), terminal_size=(80, 24), run_before=drawn_page("3.2.2", SPLITS))
