"""A run's screen reads its curves, replays it, and says where it was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomlkit
from textual.pilot import Pilot

from tests.app.app_fakes import RUN, fake_services, record_run, wait_until
from tutor.app import TutorApp
from tutor.runs import store
from tutor.runs.events import Event, dump, make
from tutor.runs.replay import SECONDS, Replay
from tutor.screens import run
from tutor.screens.lesson import LessonScreen
from tutor.screens.navigation import open_run
from tutor.screens.run import RunScreen

OTHER = {"platform": "any", "cpu": "EPYC 9000", "cores": 977, "memory_bytes": 1_000_000_000_000}


def _overfits(home: Path, config: dict[str, Any]) -> None:
    """A run whose held-out loss turns."""
    directory = record_run(home)
    events = [make("started", run=RUN, lab="lab-lora-cli-help", mode="run", config=config)]
    rest = {"lr": 1e-3, "grad_norm": 1.0, "tokens": 1, "tokens_per_s": 1.0, "eta_s": 0.0, "rss_bytes": 1}
    for step in range(1, 41):
        events.append(make("step", step=step, total=40, loss=3 / (1 + step / 9), **rest))
        if step % 10 == 0:
            loss = 2 + abs(step - 20) / 20
            events.append(make("eval", step=step, split="new", loss=loss, low=loss, high=loss, n=9))
    (directory / "events.jsonl").write_text(
        "".join(dump(event | {"t": 1.0 * n}) + "\n" for n, event in enumerate(events))
    )


async def _open(pilot: Pilot[Any]) -> RunScreen:
    open_run(pilot.app, store.find(RUN))
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, RunScreen) and pilot.app.screen.query("#view"))
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    return screen


def _view(screen: RunScreen) -> str:
    return str(screen.query_one("#view").render())


async def test_what_the_curves_show_is_said_and_its_lesson_is_a_key_away(home: Path) -> None:
    _overfits(home, {})
    async with TutorApp(fake_services()).run_test(size=(140, 45)) as pilot:
        screen = await _open(pilot)
        assert "overfitting" in _view(screen)
        assert "lowest at step 20" in _view(screen)
        await pilot.press("e")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, LessonScreen))


async def test_a_planted_fault_is_not_given_away(home: Path) -> None:
    _overfits(home, {"drill": "any"})
    async with TutorApp(fake_services()).run_test(size=(140, 45)) as pilot:
        screen = await _open(pilot)
        assert "overfitting" not in _view(screen)
        assert not screen.check_action("lesson", ())


async def test_a_run_is_replayed_to_its_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    class Paced(Replay):
        """Goes by a clock of the test."""

        def __init__(self, events: list[Event]) -> None:
            super().__init__(events, now=lambda: clock[0])

    monkeypatch.setattr(run, "Replay", Paced)
    _overfits(home, {})
    async with TutorApp(fake_services()).run_test(size=(100, 30)) as pilot:
        screen = await _open(pilot)
        whole = len(screen._state.steps)
        await pilot.press("p")
        assert len(screen._state.steps) < 2
        assert not screen.check_action("replay", ())
        clock[0] = SECONDS / 2
        await wait_until(pilot, lambda: 2 < len(screen._state.steps) < whole)
        clock[0] = SECONDS
        await wait_until(pilot, lambda: len(screen._state.steps) == whole)
        assert screen.check_action("replay", ())


async def test_a_copied_run_is_marked_and_is_not_resumed(home: Path) -> None:
    directory = record_run(home, finished=False)
    facts = tomlkit.parse((directory / "run.toml").read_text())
    facts["machine"] = OTHER
    (directory / "run.toml").write_text(tomlkit.dumps(facts))
    async with TutorApp(fake_services()).run_test(size=(140, 45)) as pilot:
        screen = await _open(pilot)
        assert "Recorded on EPYC 9000, 977 cores, 1000 GB memory, 2026-08-01 12:00" in _view(screen)
        assert not screen.check_action("resume", ())


async def test_only_a_run_that_learns_from_pairs_has_a_view_for_them(home: Path) -> None:
    directory = record_run(home)
    async with TutorApp(fake_services()).run_test(size=(100, 30)) as pilot:
        await _open(pilot)
        assert "Pairs" not in str(pilot.app.screen.query_one("#views").render())
    facts = tomlkit.parse((directory / "run.toml").read_text())
    facts["config"] = {"model": "nano", "lr": 1e-5, "beta": 0.1}
    (directory / "run.toml").write_text(tomlkit.dumps(facts))
    async with TutorApp(fake_services()).run_test(size=(100, 30)) as pilot:
        screen = await _open(pilot)
        await pilot.press("v", "v")
        await wait_until(pilot, lambda: "No pair has been seen yet." in _view(screen))
