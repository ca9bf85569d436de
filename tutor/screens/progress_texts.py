"""The record of a course as the progress screen shows it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from textual.content import Content

from tutor.course.progress.mastery import Mastery
from tutor.record.gather import CourseRecord, ExerciseRecord, LabRecord, TopicRecord
from tutor.record.overview import mastered
from tutor.record.states import DUE, NEW, PASSED, STATE_NAMES
from tutor.record.summary import coming, date, done
from tutor.text import counted
from tutor.widgets.coursetree import GLYPHS
from tutor.widgets.glyphs import bar

BAR = 12
"""Cells of a full bar."""
NAMES = 13
COUNTS = 8

COLOURS = {PASSED: "$trainable", NEW: "$muted"}


def content(record: CourseRecord, width: int) -> Content:
    """The whole screen, in lines of at most `width` cells."""
    sections = [
        _summary(record),
        _section("Due for review", _reviews(record), "Nothing. What you answer wrong comes up here on the next day."),
        _section("Topics", _topics(record.topics, width), "None was opened yet."),
        _section("Exercises", _exercises(record.exercises), "None was begun yet."),
        _section("Labs", _labs(record.labs), "None was run yet."),
    ]
    return Content("\n\n").join(sections)


def _summary(record: CourseRecord) -> Content:
    return Content("\n").join(
        Content.assemble(
            (row.name.ljust(NAMES), "$muted"), "" if row.share is None else _bar(row.share) + "  ", row.says
        )
        for row in done(record) + coming(record)
    )


def _section(title: str, lines: Iterator[Content], nothing: str) -> Content:
    shown = list(lines) or [Content.styled(nothing, "$muted")]
    return Content("\n").join([Content.styled(title, "bold $primary"), *shown])


def _reviews(record: CourseRecord) -> Iterator[Content]:
    for one in record.reviews:
        yield Content.assemble(
            (f"{GLYPHS[DUE]} ", "$operation"),
            f"{one.topic.id} {one.title}",
            (f"  since {date(one.since)}", "$muted"),
        )


def _topics(topics: list[TopicRecord], width: int) -> Iterator[Content]:
    for one in topics:
        if one.changed is not None:
            yield Content.assemble(
                (f"{GLYPHS[one.state]} ", COLOURS.get(one.state, "$operation")),
                (f"{one.topic.id} {one.topic.title}", "bold"),
                (f"  {STATE_NAMES[one.state]} {date(one.changed)}", "$muted"),
            )
            for text, mastery in one.objectives:
                yield _objective(text, mastery, width)


def _objective(text: str, mastery: Mastery, width: int) -> Content:
    """Bar and count, and the objective beside them; more lines of it stand under its first."""
    indent = 2 + BAR + 1 + COUNTS
    first, *more = textwrap.wrap(text, max(20, width - indent))
    return Content.assemble(
        "  ",
        _bar(mastery.share) if mastery.share is not None else Content.styled("no check".ljust(BAR), "$faint"),
        (f" {mastered(mastery.right, mastery.checks):{COUNTS}}", "$muted"),
        first,
        *(f"\n{' ' * indent}{line}" for line in more),
    )


def _bar(share: float) -> Content:
    full = bar(share, 1, BAR) if share else ""
    return Content.assemble((full, "$trainable"), ("·" * (BAR - len(full)), "$faint"))


def _exercises(exercises: list[ExerciseRecord]) -> Iterator[Content]:
    for one in exercises:
        record = one.record
        if record.state != NEW:
            facts = [counted(record.attempts, "check"), counted(record.hints, "hint")]
            facts += [f"solution opened {date(record.gave_up)}"] if record.gave_up else []
            facts += [f"passed {date(record.passed)}"] if record.passed else []
            yield Content.assemble(
                (f"{GLYPHS[record.state]} ", COLOURS.get(record.state, "$operation")),
                f"{one.exercise.topic} {one.exercise.title}",
                ("  " + ", ".join(facts), "$muted"),
            )


def _labs(labs: list[LabRecord]) -> Iterator[Content]:
    for one in labs:
        if one.lab.available and one.state != NEW:
            by = f"  {STATE_NAMES[one.state]}"
            if one.run:
                by = f"  passed by {one.run.run.id}" + (", a short run" if one.run.smoke else "")
            yield Content.assemble(
                (f"{GLYPHS[one.state]} ", COLOURS.get(one.state, "$operation")), one.lab.title, (by, "$muted")
            )
