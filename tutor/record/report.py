"""The report of what was done, in Markdown: recorded facts only, and what was not done by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import tutor
from tutor.record.gather import CourseRecord, ExerciseRecord, LabRecord, TopicRecord
from tutor.record.labs import LabRun
from tutor.record.states import ABSENT, PASSED, STATE_NAMES
from tutor.record.summary import date, done
from tutor.runs.events import Event
from tutor.runs.lines import number, size
from tutor.text import clean_text

LONGEST_ANSWER = 100
"""Characters that are shown; what a learner typed may be a book."""
LONGEST_SERIES = 8
"""Results whose names begin with the same word."""


def markdown(record: CourseRecord, now: float) -> str:
    """The whole report, made at `now` (seconds since the epoch)."""
    parts = [
        "# What was done in tutor",
        f"Made on {date(now)} by tutor {tutor.__version__}, from what it recorded on this machine while it happened. "
        "Nobody stood by: it says what was answered, written and run here, and not by whom.",
        table(("", ""), [(row.name, row.says) for row in done(record)]),
        "## Topics",
        *_topics(record.topics),
        "## Predictions",
        *_predictions(record.topics),
        "## Exercises",
        *_exercises(record.exercises),
        "## Labs",
        *_labs(record.labs),
        "## Not done",
        _not_done(record),
    ]
    return "\n\n".join(parts) + "\n"


def _topics(topics: Iterable[TopicRecord]) -> list[str]:
    done = [topic for topic in topics if topic.changed is not None]
    if not done:
        return ["None was opened."]
    rows = [
        (
            f"{one.topic.id} {one.topic.title}",
            f"{one.state} {date(one.changed)}" if one.changed is not None else one.state,
            one.first_try,
            one.later,
            one.never,
            _mastered(one),
        )
        for one in done
    ]
    return [table(("topic", "", "right at once", "right later", "not yet right", "checks right when last asked"), rows)]


def _mastered(topic: TopicRecord) -> str:
    right = sum(mastery.right for _, mastery in topic.objectives)
    checks = sum(mastery.checks for _, mastery in topic.objectives)
    return f"{right} of {checks}" if checks else "no checks"


def _predictions(topics: Iterable[TopicRecord]) -> list[str]:
    rows = [
        (topic.topic.id, *(_short(one.detail.get(key, "")) for key in ("asked", "said", "true")), f"{one.score:.0%}")
        for topic in topics
        for one in topic.predictions
    ]
    if not rows:
        return ["None was made."]
    note = "What was said first. *Near*: 1 minus the relative error; for a choice, all or nothing."
    return [note, table(("topic", "asked", "said", "was", "near"), rows)]


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_ANSWER else text[: LONGEST_ANSWER - 1] + "…"


def _exercises(exercises: Iterable[ExerciseRecord]) -> list[str]:
    rows = [
        (
            f"{one.exercise.topic} {one.exercise.title}",
            date(one.record.passed),
            one.record.attempts,
            one.record.hints,
            f"opened {date(one.record.gave_up)}, before passing" if one.record.gave_up else "not opened before passing",
        )
        for one in exercises
        if one.record.passed
    ]
    if not rows:
        return ["None was passed."]
    return [table(("exercise", "passed", "attempts", "hints", "solution"), rows)]


def _labs(labs: Iterable[LabRecord]) -> list[str]:
    parts = [part for one in labs if one.run for part in _lab(one, one.run)]
    return parts or ["None was passed."]


def _lab(one: LabRecord, run: LabRun) -> list[str]:
    says = "A short run (`smoke=true`), on little data." if run.smoke else "A full run."
    checks = [
        ("✓" if event["passed"] else "✗", event["name"], number(event["value"], ""), event["wanted"])
        for event in run.last("check")
    ]
    return [
        f"### {one.lab.title}",
        f"{says} {cell(run.run.id)}, begun {cell(str(run.facts.get('created', ''))[:10])}.",
        *([table(("measured", "", ""), _measured(results))] if (results := run.last("result")) else []),
        *([table(("", "check", "measured", "wanted"), checks)] if checks else []),
        table(("", ""), _made_with(run)),
    ]


def _measured(results: list[Event]) -> Iterator[tuple[str, str, str]]:
    """A row for each result; a long series, such as one value for each layer, is one row."""
    series = Counter(str(event["name"]).partition(" ")[0] for event in results)
    for event in results:
        first = str(event["name"]).partition(" ")[0]
        if series[first] <= LONGEST_SERIES:
            yield event["name"], number(event["value"], str(event["unit"])), event["note"]
    for first, count in series.items():
        if count > LONGEST_SERIES:
            yield f"{first} …", f"{count} values", "the run's own report lists them"


def _made_with(run: LabRun) -> list[tuple[str, str]]:
    machine, versions = run.facts.get("machine", {}), run.facts.get("versions", {})
    hardware = [str(machine[key]) for key in ("cpu", "gpu") if key in machine]
    if "cores" in machine:
        hardware.append(f"{machine['cores']} cores")
    if "memory_bytes" in machine:
        hardware.append(f"{size(machine['memory_bytes'])} memory")
    return [
        ("machine", ", ".join(hardware) or "not recorded"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items()) or "not recorded"),
    ]


def _not_done(record: CourseRecord) -> str:
    topics = [
        f"- Topic {one.topic.id} {one.topic.title}: {STATE_NAMES[one.state]}"
        for one in record.topics
        if one.state not in (PASSED, ABSENT)
    ]
    exercises = [
        f"- Exercise {one.exercise.topic} {one.exercise.title}: {STATE_NAMES[one.record.state]}"
        + (", solution opened" if one.record.gave_up else "")
        for one in record.exercises
        if not one.record.passed
    ]
    labs = [
        f"- Lab {one.lab.title}: {STATE_NAMES[one.state]}"
        for one in record.labs
        if one.run is None and one.state != ABSENT
    ]
    return "\n".join([*topics, *exercises, *labs]) or "Everything that this version of the course has was done."


def cell(value: object) -> str:
    """`value` as one cell of a table: one line, nothing that ends the cell or the text."""
    text = " ".join(clean_text(str(value)).split())
    for mark in ("\\", "|", "`", "*", "_", "<", "[", "#"):
        text = text.replace(mark, "\\" + mark)
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *([cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
