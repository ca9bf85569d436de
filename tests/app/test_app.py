"""The app as a whole: what it imports, how it moves, how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.app_fakes import FakeEngine, fake_services, record_run, store_nano
from tutor.app import TutorApp, farewell
from tutor.course.exercises.exercise import find_exercise
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.runs import launch, store
from tutor.screens import navigation
from tutor.screens.chat import ChatScreen
from tutor.screens.lab import LabScreen
from tutor.screens.lesson import LessonScreen
from tutor.screens.map import MapScreen
from tutor.screens.palette import commands
from tutor.screens.report import ReportScreen
from tutor.screens.run import RunScreen
from tutor.widgets.titlebar import TitleBar

HEAVY = ("torch", "transformers", "peft", "llama_cpp", "numpy", "datasets", "tokenizers", "safetensors")

EVERY_SCREEN = """
import asyncio, sys
from tests.app.app_fakes import fake_services, RUN
from tutor.app import TutorApp
from tutor.course.exercises.exercise import find_exercise
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.runs import store
from tutor.screens import navigation

async def main():
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_topic(app, load_outline().topic("1.3.2"))
        await pilot.pause()
        navigation.open_lab(app, "lab-lora-cli-help")
        await pilot.pause()
        navigation.open_run(app, store.find(RUN))
        await pilot.pause()
        navigation.open_exercise(app, find_exercise("sampler"))
        await pilot.pause()
        navigation.open_chat(app)
        await pilot.pause()
        await pilot.press("ctrl+o", "escape", "escape")
asyncio.run(main())
print(sorted(set(sys.modules) & set(%r)))
"""


def test_no_screen_imports_what_only_children_may(home: Path) -> None:
    record_run(home)
    store_nano(home)
    done = subprocess.run(
        [sys.executable, "-c", EVERY_SCREEN % (HEAVY,)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_first_screen_imports_no_other() -> None:
    code = "import sys, tutor.app; print([name for name in sys.modules if name.startswith('tutor.screens.')])"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for later in ("lesson", "lab'", "run'", "chat", "report", "help", "palette"):
        assert f"tutor.screens.{later}" not in names


def _kind(app: TutorApp) -> type:
    return type(app.screen)


async def test_keys_lead_through_the_course_and_back(home: Path) -> None:
    store_nano(home)
    app = TutorApp(fake_services())
    first = next(topic for topic in load_outline().topics() if topic.file)
    assert first.file is not None
    pages = load_lesson(first.file).pages
    async with app.run_test() as pilot:
        await pilot.pause()
        assert _kind(app) is MapScreen
        await pilot.press("n")
        assert _kind(app) is LessonScreen
        await pilot.press("n", "n", "b", "escape")
        assert _kind(app) is MapScreen
        place = app.services.progress.place()
        assert place is not None
        assert (place.topic, place.page) == (first.id, 1)
        await pilot.press("enter")
        assert _kind(app) is LessonScreen
        assert app.screen.query_one(TitleBar).render().plain.endswith(f"2/{len(pages)}")
        await pilot.press("escape", "c")
        assert _kind(app) is ChatScreen
        await pilot.press("escape")
        assert _kind(app) is MapScreen


async def test_tab_goes_round_on_every_screen_and_escape_always_leads_back(home: Path) -> None:
    record_run(home)
    store_nano(home)
    app = TutorApp(fake_services())
    topic = load_outline().topic("1.3.2")
    assert topic is not None
    async with app.run_test() as pilot:
        await pilot.pause()
        ways: list[Callable[[], None]] = [
            lambda: navigation.open_topic(app, topic, 0),
            lambda: navigation.open_topic(app, topic, 10),
            lambda: navigation.open_lab(app, "lab-lora-cli-help"),
            lambda: navigation.open_run(app, store.all_runs()[0]),
            lambda: navigation.open_report(app, store.all_runs()[0]),
            lambda: navigation.open_chat(app),
        ]
        for go in ways:
            go()
            await pilot.pause(0.1)
            seen = []
            for _ in range(12):
                seen.append(app.focused)
                await pilot.press("tab")
            assert seen[0] is not None
            assert seen.count(seen[0]) > 1, app.screen
            for _ in range(3):
                if not isinstance(app.screen, MapScreen):
                    await pilot.press("escape")
            assert isinstance(app.screen, MapScreen)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 50), (250, 80), (20, 5)])
async def test_every_screen_bears_every_size(home: Path, size: tuple[int, int]) -> None:
    record_run(home)
    store_nano(home)
    app = TutorApp(fake_services())
    topic = load_outline().topic("1.3.2")
    assert topic is not None
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        navigation.open_topic(app, topic, 0)
        navigation.open_lab(app, "lab-lora-cli-help")
        navigation.open_run(app, store.all_runs()[0])
        navigation.open_report(app, store.all_runs()[0])
        navigation.open_exercise(app, find_exercise("sampler"))
        navigation.open_chat(app, "nano", "nano")
        await pilot.pause()
        while len(app.screen_stack) > 1:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            app.pop_screen()
            await pilot.resize_terminal(80, 24)


async def test_the_palette_offers_every_open_screen(home: Path) -> None:
    record_run(home)
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        titles = [command.title for command in commands(app, app.screen)]
    assert {"Course map", "Lesson 1.3.2", "Lab: Fine-tune on command-line help", "Run abcd", "Chat", "Help"} <= set(
        titles
    )
    assert "Exercise: Choose the next token" in titles


async def test_what_is_not_written_does_not_open(home: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_lab(app, "lab-that-nobody-wrote")
        await pilot.pause()
        assert isinstance(app.screen, MapScreen)


async def test_leaving_ends_the_engines(home: Path) -> None:
    store_nano(home)
    services = fake_services()
    app = TutorApp(services)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("n")
        engine = services.engine("trace")
        assert isinstance(engine, FakeEngine)
        app.exit()
    assert engine.closed


async def test_a_lab_starts_is_planned_and_is_reported(home: Path) -> None:
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_lab(app, "lab-lora-cli-help")
        await pilot.pause()
        lab = app.screen
        assert isinstance(lab, LabScreen)
        await pilot.press("p")
        for _ in range(400):
            await pilot.pause(0.05)
            if "460,800 parameters" in str(lab.query_one("#plan").render()):
                break
        else:
            raise AssertionError(lab.query_one("#plan").render())
        assert not list((home / "cache" / "plans").iterdir())
        await pilot.press("s")
        run = app.screen
        assert isinstance(run, RunScreen)
        for _ in range(400):
            await pilot.pause(0.05)
            if run._state.finished:
                break
        assert run._state.finished is not None
        assert run._state.finished["status"] == "passed"
        await pilot.pause(0.5)
        await pilot.press("o")
        assert isinstance(app.screen, ReportScreen)


def test_the_farewell_names_runs_that_go_on(home: Path, app_home: Path) -> None:
    from tutor.runs.config import load_lab

    lab = load_lab("lab-lora-cli-help")
    lab.recipe.write_text("import time\ndef run(run):\n    while not run.stop_requested:\n        time.sleep(0.01)\n")
    run = store.create(lab, lab.defaults())
    assert farewell() == []
    launch.start(run)
    try:
        assert farewell() == [f"{run.id} goes on in the background. Watch it: tutor runs attach {run.id}"]
    finally:
        os.kill(launch.worker_pid(run), 9)
