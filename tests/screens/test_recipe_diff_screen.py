"""Two recipes on the screen: the other one is chosen with the arrows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.screens.navigation import open_lab
from tutor.screens.recipe_diff import RecipeDiffScreen


@pytest.fixture
def three_labs(toy_lab: Path, home: Path) -> None:
    """Recipes that differ in an option and a word."""
    toml, recipe = (toy_lab / "toy.toml").read_text(), (toy_lab / "toy.py").read_text()
    for name, steps in (("doll", 5), ("kite", 9)):
        (toy_lab / f"{name}.toml").write_text(toml.replace("steps = 3", f"steps = {steps}"))
        (toy_lab / f"{name}.py").write_text(recipe.replace("Counted", name))


async def opened(pilot: Pilot[Any]) -> None:
    """The difference of the first two."""
    app = pilot.app
    open_lab(app, "lab-toy")
    await pilot.pause()
    await pilot.press("f")
    await wait_until(pilot, lambda: isinstance(app.screen, RecipeDiffScreen) and _shown(app))


@looks
@pytest.mark.usefixtures("three_labs")
def test_picture(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=opened)


@pytest.mark.usefixtures("three_labs")
async def test_the_difference_is_a_key_away_and_the_other_recipe_is_chosen() -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "+ steps = 5" in _shown(app)
        assert "− steps = 3" in _shown(app)
        assert "# doll" in _shown(app)
        await pilot.press("right")
        await wait_until(pilot, lambda: "+ steps = 9" in _shown(app))
        assert "# kite" in _shown(app)


def _shown(app: App[Any]) -> str:
    return str(app.screen.query_one("#diff").render())
