"""Pictures of lesson 2.3, small and large, with what the real engine once answered."""

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


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes 0 ms."""
    monkeypatch.setattr(asking, "time", SimpleNamespace(monotonic=lambda: 0.0))


@sizes
@pytest.mark.parametrize(("topic", "page"), [("2.3.1", 0), ("2.3.1", 4), ("2.3.2", 3), ("2.3.2", 4), ("2.3.2", 5)])
def test_page(snap_compare: Compare, home: Path, size: tuple[int, int], topic: str, page: int) -> None:
    store_nano(home)
    app = TutorApp(services_of(topic))
    assert snap_compare(app, terminal_size=size, run_before=drawn_page(topic, page))


def test_without_colours(snap_compare: Compare, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    store_nano(home)
    app = TutorApp(services_of("2.3.1"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=drawn_page("2.3.1", 0))
