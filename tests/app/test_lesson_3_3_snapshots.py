"""Pictures of lesson 3.3, small and large, with what the real engine once answered."""

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

WAY, REPORT = 1, 4
"""Pages of topics 3.3.1 and 3.3.2."""


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


@sizes
def test_way_of_a_record(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(services_of("3.3.1")), terminal_size=size, run_before=drawn_page("3.3.1", WAY))


@sizes
def test_report_of_a_spoilt_corpus(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(services_of("3.3.2")), terminal_size=size, run_before=drawn_page("3.3.2", REPORT))


@sizes
def test_board(snap_compare: Compare, home: Path, size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(services_of("3.3.3")), terminal_size=size, run_before=drawn_page("3.3.3", 0))


def test_report_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(TutorApp(services_of("3.3.2")), terminal_size=(80, 24), run_before=drawn_page("3.3.2", REPORT))
