"""The pairs of a preference run on the screen, token by token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tests.runs.test_compare import a_run
from tutor.app import TutorApp
from tutor.files import write_json
from tutor.screens.navigation import open_run
from tutor.screens.pairs import PairsScreen
from tutor.screens.run import RunScreen

PIECES = "``` python ⏎ def add ( a , b ): ⏎ return a + b ⏎``` <|im_end|>".replace("⏎", "\n").split(" ")


def a_pair(name: str, last: float) -> dict[str, Any]:
    reference = [-0.1 * place for place in range(len(PIECES))]
    chosen = {"pieces": PIECES, "reference": reference, "policy": [*reference[:-2], last, 0.0]}
    wrong = [piece.replace("+", "-") for piece in PIECES]
    rejected = {"pieces": wrong, "reference": reference, "policy": reference}
    return {"name": name, "asked": "?", "chosen": chosen, "rejected": rejected}


@pytest.fixture
def preferences(home: Path) -> Any:
    """A run that left two pairs."""
    run = a_run("x-20260801-120000-aaaa", {"r": 4, "beta": 0.1}, [0.7, 0.6], [])
    write_json(run.path / "pairs.json", {"pairs": [a_pair("add", -0.5), a_pair("sum of two", -9.0)]})
    return run


async def opened(pilot: Pilot[Any], run: Any) -> None:
    app = pilot.app
    open_run(app, run)
    await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
    await pilot.press("d")
    await wait_until(pilot, lambda: isinstance(app.screen, PairsScreen) and "margin" in _shown(app))


@looks
def test_picture(snap_compare: Callable[..., bool], preferences: Any, size: tuple[int, int]) -> None:
    app = TutorApp(fake_services())
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: opened(pilot, preferences))


async def test_the_worst_pair_comes_first(preferences: Any) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, preferences)
        assert "sum of two" in _shown(app)
        assert "margin  -5.900 nats" in _shown(app)
        await pilot.press("right")
        await wait_until(pilot, lambda: "margin  +2.600 nats" in _shown(app))


async def test_other_runs_have_no_pairs(home: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_run(app, a_run("x-1", {"r": 4}, [0.7], []))
        await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert not app.screen.check_action("pairs", ())


def _shown(app: Any) -> str:
    return str(app.screen.query_one("#pair").render())
