"""The pictures of the README, taken from the real app with the embedded model: `python -m bench.pictures`.

Nothing is staged but the keys: a lab really trains (about five minutes on two cores), is photographed while it does,
and what it made answers in the chat. Everything happens in a home of its own, which is deleted afterwards.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from bench.app import LESSON, heat_page
from tutor import paths
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.engine.importing import import_model
from tutor.runs import config, launch, store
from tutor.runs.events import EventReader
from tutor.screens import navigation
from tutor.widgets.chatpane import ChatPane

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = (112, 34)
LAB = "lab-lora-cli-help"
OPTIONS = {"eval_examples": 6, "model": "nano"}
PATIENCE_S = 3600

Take = Callable[[Pilot[None]], Awaitable[None]]


def main() -> None:
    """Take them all."""
    models = paths.models_dir()
    if not (models / "nano" / "manifest.json").is_file():
        import_model("nano")
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "models").symlink_to(models)
        os.environ["TUTOR_HOME"] = home
        run = store.create(config.load_lab(LAB), config.resolve(config.load_lab(LAB), OPTIONS))
        launch.start(run)
        shots: dict[str, Take] = {
            "lesson": lesson,
            "run": lambda pilot: live(pilot, run),
            "chat": lambda pilot: chat(pilot, run),
            "map": course_map,
        }
        try:
            for name, take in shots.items():
                asyncio.run(shoot(name, take))
        finally:
            if run.is_running():
                os.kill(launch.worker_pid(run), signal.SIGKILL)


async def shoot(name: str, take: Take) -> None:
    """Open the app, bring it to where the picture is, and keep it."""
    app = TutorApp()
    async with app.run_test(size=SIZE) as pilot:
        await take(pilot)
        await pilot.pause(0.5)
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="tutor"))
    print(f"{FOLDER / name}.svg", flush=True)


async def until(pilot: Pilot[None], true: Callable[[], Any]) -> None:
    """Wait for a condition."""
    for _ in range(PATIENCE_S * 10):
        if true():
            return
        await pilot.pause(0.1)
    raise TimeoutError(f"never true: {true}")


def shown(pilot: Pilot[None]) -> str:
    """The text on the screen."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def lesson(pilot: Pilot[None]) -> None:
    """The residual stream of the embedded model, live."""
    topic = load_outline().topic(LESSON)
    assert topic is not None
    navigation.open_topic(pilot.app, topic, heat_page())
    await until(pilot, lambda: " embed " in shown(pilot))


async def live(pilot: Pilot[None], run: store.RunDir) -> None:
    """The run, when half of its steps are done."""
    navigation.open_run(pilot.app, run)
    await until(pilot, lambda: half_way(run))


def half_way(run: store.RunDir) -> bool:
    """Whether the training is in its second half."""
    steps = [event for event in EventReader(run.events).new() if event["kind"] == "step"]
    return bool(steps) and steps[-1]["step"] * 2 > steps[-1]["total"]


async def chat(pilot: Pilot[None], run: store.RunDir) -> None:
    """A question of the held-out set to the finished run's model and to its base."""
    await until(pilot, lambda: not run.is_running())
    question = next(event["prompt"] for event in EventReader(run.events).new() if event["kind"] == "sample")
    navigation.open_chat(pilot.app, "nano", run.id)
    await until(pilot, lambda: pilot.app.screen.query(ChatPane))
    await pilot.press(*" ".join(question.split()), "enter")
    panes = list(pilot.app.screen.query(ChatPane))
    await until(pilot, lambda: all(len(pane.turns) == 2 for pane in panes))


async def course_map(pilot: Pilot[None]) -> None:
    """The course, with what the other pictures left behind."""
    await pilot.pause(1)


if __name__ == "__main__":
    main()
