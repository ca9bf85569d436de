"""The lab screen: the memory that its options would take, and its list of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.app_fakes import MACHINE, RUN, fake_services, record_run, wait_until
from tests.app.conftest import LAB, RECIPE
from tutor.app import TutorApp
from tutor.engine.memory import plan_memory
from tutor.engine.tiers import TIERS
from tutor.runs import store
from tutor.screens.confirm import Confirm
from tutor.screens.lab import LabScreen
from tutor.screens.memory_plan import most_memory
from tutor.screens.navigation import open_lab
from tutor.text import human_bytes
from tutor.widgets.keybar import KeyBar
from tutor.widgets.memorymeter import MemoryMeter
from tutor.widgets.runlist import RunList


@pytest.fixture(autouse=True)
def _labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    monkeypatch.setenv("TUTOR_LABS", str(labs))


async def test_the_meter_follows_the_form_without_running_anything(home: Path) -> None:
    nano = TIERS["nano"].architecture
    plain = plan_memory(nano, "lora", seq=512, rank=8, attention="eager")
    app = TutorApp(fake_services())
    async with app.run_test(size=(140, 45)) as pilot:
        open_lab(app, "lab-lora-cli-help")
        await wait_until(pilot, lambda: isinstance(app.screen, LabScreen) and _meter(app))
        assert _meter(app).startswith(f"{human_bytes(plain.total)} at most of 8.0 GB free")
        await pilot.press("down", "enter", "ctrl+u", *"256", "enter")
        adapter = plan_memory(nano, "lora", seq=512, rank=256).adapter
        await wait_until(pilot, lambda: human_bytes(adapter) in _meter(app))
        await pilot.press("d")
        await wait_until(pilot, lambda: human_bytes(adapter) not in _meter(app))
        screen = app.screen
        assert isinstance(screen, LabScreen)
        screen._give("model", "medium")
        await wait_until(pilot, lambda: "does not fit into 8.0 GB free" in _meter(app))
        screen._give("model", "gone")
        await wait_until(pilot, lambda: not app.screen.query_one(MemoryMeter).display)
        assert not (home / "runs").exists()


def _meter(app: TutorApp) -> str:
    return "".join(meter.render().plain for meter in app.screen.query(MemoryMeter))


def test_every_option_that_takes_memory_counts() -> None:
    def total(**config: object) -> int:
        plan = most_memory("lora", {"model": "nano", "targets": ["q_proj"], **config}, MACHINE)
        assert plan is not None
        return plan.total

    plain = total()
    for more in ({"r": 64}, {"batch_size": 2}, {"max_length": 1024}, {"model": "tiny"}, {"mode": "full"}):
        assert total(**more) > plain, more
    for less in ({"gradient_checkpointing": True}, {"mode": "inference"}, {"dropout": 0.0}):
        assert total(**less) < plain, less
    assert total(targets=["q_proj", "nonsense"]) == plain
    assert most_memory("", {}, MACHINE) is None


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
