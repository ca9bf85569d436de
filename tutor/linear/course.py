"""The course map in lines, and the way from topic to topic."""

from __future__ import annotations

import asyncio
import sys

from tutor.course.lesson import load_lesson
from tutor.course.outline import CourseLab, Topic, load_outline
from tutor.errors import EXIT_DONE, TutorError
from tutor.linear.lesson import LinearLesson
from tutor.linear.speech import Left, Speech
from tutor.services import Services


def run(topic: str = "") -> int:
    """Take the course, or one topic of it, in lines."""
    speech, services = Speech(sys.stdin, sys.stdout), Services()
    with asyncio.Runner() as runner:
        try:
            if topic:
                _take(topic, services, speech, runner)
            else:
                _course(services, speech, runner)
        except Left:
            pass
        finally:
            runner.run(services.close())
    return EXIT_DONE


def _course(services: Services, speech: Speech, runner: asyncio.Runner) -> None:
    outline = load_outline()
    while True:
        states = services.progress.states()
        for module in outline.modules:
            speech.say(f"\nModule {module.id}: {module.title}")
            for lesson in module.lessons:
                for step in lesson.steps:
                    speech.say("  " + _line(step, states))
        line = speech.ask("\nWhich topic? Type its number, such as 1.3.2, or q to leave:")
        if line in ("q", "quit"):
            return
        try:
            _take(line, services, speech, runner)
        except TutorError as error:
            speech.say(str(error))


def _line(step: Topic | CourseLab, states: dict[str, str]) -> str:
    if isinstance(step, CourseLab):
        return f"lab: {step.title}. Run it with: tutor --lab {step.name}"
    state = states.get(step.id, "new") if step.file else "not written yet"
    return f"{step.id} {step.title}, {step.minutes} minutes, {state}"


def _take(name: str, services: Services, speech: Speech, runner: asyncio.Runner) -> None:
    topic = load_outline().topic(name)
    if topic is None or topic.file is None:
        raise TutorError(f"There is no topic {name!r} to take.", "Topics have numbers such as 1.3.2.")
    LinearLesson(load_lesson(topic.file), services, speech, runner).run()
