"""What the command palette offers: whatever the screen's keys do, every open screen, the themes and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

from tutor import settings
from tutor.course.exercises.exercise import all_exercises
from tutor.course.outline import load_outline
from tutor.runs.store import all_runs
from tutor.screens import navigation

if TYPE_CHECKING:
    from tutor.app import TutorApp


ELSEWHERE = ("command_palette", "quit", "app.quit")
"""Actions that are the palette itself, or have an entry of their own."""

RUNS = 8
"""How many of the newest runs are offered."""


def commands(app: TutorApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """The palette's entries."""
    yield from actions(app, screen)
    outline = load_outline()
    yield SystemCommand("Course map", "All modules, lessons and labs", partial(navigation.open_map, app))
    for topic in outline.topics():
        if topic.file is not None:
            go = partial(navigation.open_topic, app, topic)
            yield SystemCommand(f"Lesson {topic.id}", topic.title, go)
    for lab in outline.labs():
        if lab.available:
            yield SystemCommand(f"Lab: {lab.title}", lab.name, partial(navigation.open_lab, app, lab.name))
    for exercise in all_exercises():
        go = partial(navigation.open_exercise, app, exercise)
        yield SystemCommand(f"Exercise: {exercise.title}", exercise.id, go)
    for run in all_runs()[:RUNS]:
        yield SystemCommand(f"Run {run.id[-4:]}", run.id, partial(navigation.open_run, app, run))
    for corpus in corpora(Path.cwd()):
        go = partial(navigation.open_corpus, app, corpus)
        yield SystemCommand(f"Corpus: {corpus.name}", "Its rows, kept and dropped", go)
    yield SystemCommand("Progress", "What is done, due and mastered", partial(navigation.open_progress, app))
    yield SystemCommand("Tour", "The course in two minutes", partial(navigation.open_tour, app))
    yield SystemCommand("Glossary", "Every term of the course", partial(navigation.open_glossary, app))
    yield SystemCommand("Chat", "Talk to a model, or to two side by side", partial(navigation.open_chat, app))
    yield SystemCommand("Settings", "Colours, glyphs, repaint, link", partial(navigation.open_settings, app))
    for theme in settings.choices("theme"):
        use = partial(app.set_word, "theme", theme)
        yield SystemCommand(f"{theme.capitalize().replace('-', ' ')} theme", "Change the colours, and remember it", use)
    yield SystemCommand("Quit", "Runs in the background go on", app.action_quit)


def corpora(directory: Path) -> list[Path]:
    """The corpora in a directory: those that `tutor corpus build` left there."""
    return sorted(lock.parent for lock in directory.glob("*/corpus.lock"))


def actions(app: TutorApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """What the keys of `screen` do now, each once; built from the same bindings as the line at the bottom."""
    seen: set[str] = set()
    for node, binding, enabled, tooltip in screen.active_bindings.values():
        says = tooltip or binding.description
        # Without a place on the line or a tooltip it is one of Textual's own, such as how to move a cursor.
        offered = enabled and (binding.show or tooltip) and binding.action not in ELSEWHERE
        if says and offered and says not in seen:
            seen.add(says)
            key = binding.key_display or app.get_key_display(binding)
            yield SystemCommand(says, f"Here, with the key {key}", partial(app.run_action, binding.action, node))
