"""Random keys on every screen: nothing breaks, Tab always moves the focus, and Escape always leads back to the map.

The short form plays the same rounds each time. `make fuzz` plays new ones for two minutes; it prints the seed of each
round before it begins, and `TUTOR_FUZZ_SEED=N` plays that round alone.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.app.app_fakes import MACHINE, FakeEngine, record_run, store_nano
from tutor.app import TutorApp
from tutor.course.exercises.exercise import all_exercises
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.engine.client import Reply
from tutor.errors import TutorError
from tutor.runs import launch, store
from tutor.screens import navigation
from tutor.screens.map import MapScreen
from tutor.services import Services

ROUNDS, SHORT, LONG = 11, 20, 80
"""Rounds of the short form, one for each kind of screen, and keys in a round of the short and of the long one."""
MOST_ESCAPES = 12
"""A field to leave, a panel to close, an answer to stop: then the screen below, and so on."""

LETTERS = [*"abcdefghijklmnoprstuvwxyz", *"0123456789", "comma", "question_mark", "slash", "minus", "plus"]
MOVES = ["tab", "shift+tab", "up", "down", "left", "right", "enter", "space", "escape", "pageup", "pagedown"]
EDITS = ["backspace", "delete", "home", "end", "shift+left", "shift+up", "ctrl+a", "ctrl+e", "ctrl+k", "ctrl+u"]
COMMANDS = ["ctrl+p", "ctrl+l", "ctrl+s", "ctrl+t", "ctrl+o", "ctrl+g", "ctrl+r", "ctrl+n", "ctrl+y", "f1", "f2", "f3"]
KEYS = 2 * LETTERS + 5 * MOVES + EDITS + COMMANDS
"""Leaving (`q` on the map, Ctrl+Q) is not among them; through the palette it happens."""
SIZES = [(80, 24), (80, 24), (80, 24), (40, 12), (140, 45)]


class ForgetfulEngine(FakeEngine):
    """Has no answer to what was never recorded, and says so as a real one says that it failed."""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The recorded answer, or an error."""
        try:
            return await super().call(method, **params)
        except LookupError as error:
            raise TutorError(f"No answer to {method} is recorded.", "Go on.") from error

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """The recorded answer, or an error."""
        try:
            async for reply in super().stream(method, **params):
                yield reply
        except (LookupError, AssertionError) as error:
            raise TutorError(f"No answer to {method} is recorded.", "Go on.") from error


@pytest.fixture(autouse=True)
def _learner(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home with a model and a run, and an editor that ends at once; runs that were started are ended."""
    store_nano(home)
    record_run(home)
    monkeypatch.setenv("EDITOR", "true")
    yield
    for run in store.all_runs():
        if run.is_running():
            os.kill(launch.worker_pid(run), signal.SIGKILL)


def _ways(chance: random.Random) -> list[Callable[[TutorApp], None]]:
    """One way to each kind of screen."""
    topics = [topic for topic in load_outline().topics() if topic.file is not None]
    pages = {topic.id: len(load_lesson(topic.file).pages) for topic in topics if topic.file}
    topic, exercise, run = chance.choice(topics), chance.choice(all_exercises()), chance.choice(store.all_runs())
    return [
        navigation.open_map,
        lambda app: navigation.open_topic(app, topic, chance.randrange(pages[topic.id])),
        lambda app: navigation.open_lab(app, "lab-lora-cli-help"),
        lambda app: navigation.open_run(app, run),
        lambda app: navigation.open_report(app, run),
        lambda app: navigation.open_exercise(app, exercise),
        lambda app: navigation.open_chat(app, "nano", chance.choice(["", "nano"])),
        navigation.open_glossary,
        navigation.open_progress,
        navigation.open_tour,
        navigation.open_settings,
    ]


def _left(app: App[Any]) -> bool:
    return app._exit or not app.is_running


async def _press(pilot: Pilot[Any], keys: list[str]) -> None:
    """Press keys until the app is left, which a key of a menu may do."""
    for key in keys:
        if _left(pilot.app):
            return
        await pilot.press(key)
        assert pilot.app._exception is None, f"after {key}"


async def _focus_moves(pilot: Pilot[Any]) -> None:
    if isinstance(pilot.app.focused, TextArea):  # there, Tab indents; Escape leads out
        await _press(pilot, ["escape"])
    if _left(pilot.app) or len(pilot.app.screen.focus_chain) < 2:
        return
    before = pilot.app.focused
    await _press(pilot, ["tab"])
    assert pilot.app.focused is not before, f"Tab is stuck on {before} of {pilot.app.screen}"


async def _back_to_the_map(pilot: Pilot[Any]) -> None:
    for _ in range(MOST_ESCAPES):
        if _left(pilot.app) or isinstance(pilot.app.screen, MapScreen):
            return
        await _press(pilot, ["escape"])
    raise AssertionError(f"Escape does not lead out of {pilot.app.screen_stack}")


async def _play(seed: int, keys: int) -> None:
    """One round: a screen, random keys, then Tab and Escape."""
    chance = random.Random(seed)
    app = TutorApp(Services(make_engine=ForgetfulEngine, now=lambda: 1_780_000_000.0, memory=lambda: MACHINE))
    ways = _ways(chance)
    async with app.run_test(size=chance.choice(SIZES)) as pilot:
        await pilot.pause()
        ways[seed % len(ways)](app)
        await pilot.pause()
        await _press(pilot, chance.choices(KEYS, k=keys))
        await _focus_moves(pilot)
        await _back_to_the_map(pilot)
        assert app._exception is None


def _rounds() -> Iterator[tuple[int, int]]:
    """Seed and number of keys of each round."""
    if again := os.environ.get("TUTOR_FUZZ_SEED"):
        yield int(again), LONG
        return
    seconds = float(os.environ.get("TUTOR_FUZZ_SECONDS", "0"))
    if not seconds:
        yield from ((seed, SHORT) for seed in range(ROUNDS))
        return
    end, first = time.monotonic() + seconds, time.time_ns() % 1_000_000
    for seed in itertools.count(first):
        if time.monotonic() > end:
            return
        yield seed, LONG


async def test_random_keys_break_nothing_and_trap_nobody() -> None:
    for seed, keys in _rounds():
        print(f"TUTOR_FUZZ_SEED={seed}", flush=True)
        await _play(seed, keys)
