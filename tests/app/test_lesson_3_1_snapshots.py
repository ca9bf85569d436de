"""Pictures of lesson 3.1.1, small and large, with what the real engine once answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.app.app_fakes import store_nano
from tests.app.lesson_pages import drawn_page, services_of
from tests.looks import sizes
from tutor.app import TutorApp
from tutor.widgets.lesson import asking

Compare = Callable[..., bool]

LINES, LAYER = 0, 3
"""Pages with the number lines and with the real layer."""


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


@sizes
@pytest.mark.parametrize("page", [LINES, LAYER])
def test_page(snap_compare: Compare, home: Path, size: tuple[int, int], page: int) -> None:
    store_nano(home)
    assert snap_compare(TutorApp(services_of("3.1.1")), terminal_size=size, run_before=drawn_page("3.1.1", page))


def test_number_lines_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    assert snap_compare(TutorApp(services_of("3.1.1")), terminal_size=(80, 24), run_before=drawn_page("3.1.1", LINES))
