"""Two recipes on the screen: the other one is chosen with the arrows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.app_fakes import fake_services, wait_until
from tutor.app import TutorApp
from tutor.screens.navigation import open_lab
from tutor.screens.recipe_diff import RecipeDiffScreen


@pytest.mark.usefixtures("home")
async def test_the_difference_is_a_key_away_and_the_other_recipe_is_chosen(toy_lab: Path) -> None:
    toml, recipe = (toy_lab / "toy.toml").read_text(), (toy_lab / "toy.py").read_text()
    for name, steps in (("doll", 5), ("kite", 9)):
        (toy_lab / f"{name}.toml").write_text(toml.replace("steps = 3", f"steps = {steps}"))
        (toy_lab / f"{name}.py").write_text(recipe.replace("Counted", name))
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_lab(app, "lab-toy")
        await pilot.pause()
        await pilot.press("f")
        await wait_until(pilot, lambda: isinstance(app.screen, RecipeDiffScreen) and _shown(app))
        assert "+ steps = 5" in _shown(app)
        assert "− steps = 3" in _shown(app)
        assert "# doll" in _shown(app)
        await pilot.press("right")
        await wait_until(pilot, lambda: "+ steps = 9" in _shown(app))
        assert "# kite" in _shown(app)


def _shown(app: TutorApp) -> str:
    return str(app.screen.query_one("#diff").render())
