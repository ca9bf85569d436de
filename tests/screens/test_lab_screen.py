"""The lab screen's list of runs: deleting one, after a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.app_fakes import RUN, fake_services, record_run, wait_until
from tests.app.conftest import LAB, RECIPE
from tutor.app import TutorApp
from tutor.runs import store
from tutor.screens.confirm import Confirm
from tutor.screens.lab import LabScreen
from tutor.screens.navigation import open_lab
from tutor.widgets.keybar import KeyBar
from tutor.widgets.runlist import RunList


@pytest.fixture(autouse=True)
def _labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    monkeypatch.setenv("TUTOR_LABS", str(labs))


async def _on_the_runs(pilot: Pilot[Any]) -> RunList:
    """The lab screen with the cursor on its first run."""
    open_lab(pilot.app, "lab-lora-cli-help")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, LabScreen))
    runs = pilot.app.screen.query_one(RunList)
    await wait_until(pilot, lambda: runs.option_count)
    runs.focus()
    await wait_until(pilot, lambda: runs.highlighted == 0)
    return runs


async def test_a_run_is_deleted_after_a_yes_and_only_then(home: Path) -> None:
    directory = record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        runs = await _on_the_runs(pilot)
        assert "x Delete" in app.screen.query_one(KeyBar).render().plain
        await pilot.press("x")
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        assert directory.is_dir()
        await pilot.press("x", "y")
        await wait_until(pilot, lambda: runs.get_option_at_index(0).disabled)
        assert not directory.exists()
        assert "Delete" not in app.screen.query_one(KeyBar).render().plain


async def test_a_run_that_goes_on_is_not_deleted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _on_the_runs(pilot)
        monkeypatch.setattr(store.RunDir, "is_running", lambda self: True)
        await pilot.press("x", "y")
        await wait_until(pilot, lambda: [note for note in app._notifications if RUN in note.title])
    assert directory.is_dir()
