"""The ways to the app's screens, for tests that hold for every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from tests.app.app_fakes import RUN
from tutor.course.exercises.exercise import find_exercise
from tutor.course.outline import load_outline
from tutor.runs import store
from tutor.screens import navigation

WAYS: dict[str, Callable[[App[Any]], Any]] = {
    "map": lambda app: None,
    "lesson": lambda app: navigation.open_topic(app, load_outline().topic("1.3.2"), 0),  # type: ignore[arg-type]
    "lab": lambda app: navigation.open_lab(app, "lab-lora-cli-help"),
    "run": lambda app: navigation.open_run(app, store.find(RUN)),
    "report": lambda app: navigation.open_report(app, store.find(RUN)),
    "exercise": lambda app: navigation.open_exercise(app, find_exercise("sampler")),
    "chat": lambda app: navigation.open_chat(app, "nano"),
    "glossary": lambda app: navigation.open_glossary(app),
    "progress": lambda app: navigation.open_progress(app),
    "settings": lambda app: navigation.open_settings(app),
}
