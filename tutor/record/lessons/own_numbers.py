"""The learner's own numbers of the whole course, from what was recorded, for topic 3.3.3."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tutor import paths
from tutor.course.outline import load_outline
from tutor.course.progress import PASSED, Progress
from tutor.engine.protocol import Call
from tutor.record.gather import CourseRecord, LabRecord, TopicRecord, gather
from tutor.record.report import LONGEST_SERIES
from tutor.record.summary import coming, done
from tutor.runs.lines import number

__all__ = ["board"]

SHOWN = 6
"""Predictions of each end that are sent."""
LONGEST_TEXT = 200
"""Characters of what was asked or said."""
DOORS = 5
"""Topics to go back to."""
BOXES = (
    "trainable share",
    "peak memory",
    "training time",
    "heldout loss",
    "QLoRA loss minus LoRA loss",
    "bits per weight",
)
"""Results that stand before the others of a lab, as far as it has them."""
RESULTS = 8


def board(call: Call) -> dict[str, Any]:
    """What was done, by kind.

    Returns:
        `rows` `{name, says, share}`: what is done and what comes next; `modules` `{title, passed, topics, first, later,
        never, near}`; `labs` `{title, state, run, smoke, results}` with results as pairs of name and value; `best` and
        `worst`: predictions that were near enough, or not, `{topic, asked, said, true, near, right}`; `slogans`: how
        many were judged, and how many of these rightly; `again`: topics with checks that were not right yet; `empty`:
        whether nothing is recorded.
    """
    outline = load_outline()
    saved = Progress(paths.progress_db()).saved()
    record = gather(outline, saved, time.time())
    facts = [one for one in saved.attempts if one.kind == "fact"]
    guesses = sorted(_predictions(record), key=lambda one: -float(one["near"]))
    return {
        "rows": [{"name": row.name, "says": row.says, "share": row.share} for row in done(record) + coming(record)],
        "modules": [
            _module(module.title, [one for one in record.topics if one.topic in _topics(module)])
            for module in outline.modules
        ],
        "labs": [_lab(one) for one in record.labs],
        "best": [one for one in guesses if one["right"]][:SHOWN],
        "worst": [one for one in reversed(guesses) if not one["right"]][:SHOWN],
        "slogans": {"judged": len(facts), "right": sum(one.right for one in facts)},
        "again": [
            {"topic": one.topic.id, "title": one.topic.title, "never": one.never} for one in record.topics if one.never
        ][:DOORS],
        "empty": not saved.attempts and not any(one.run for one in record.labs),
        "source": "what was answered, from progress.db, and what was measured, from the runs beside it",
    }


def _topics(module: Any) -> list[Any]:
    return [topic for lesson in module.lessons for topic in lesson.topics]


def _module(title: str, topics: list[TopicRecord]) -> dict[str, Any]:
    near = [one.score for topic in topics for one in topic.predictions]
    return {
        "title": title,
        "topics": len(topics),
        "passed": sum(topic.state == PASSED for topic in topics),
        "first": sum(topic.first_try for topic in topics),
        "later": sum(topic.later for topic in topics),
        "never": sum(topic.never for topic in topics),
        "near": 100 * sum(near) / len(near) if near else None,
    }


def _lab(one: LabRecord) -> dict[str, Any]:
    found = {"title": one.lab.title, "state": one.state, "run": "", "smoke": False, "results": []}
    if one.run is None:
        return found
    results = {str(event["name"]): number(event["value"], str(event["unit"])) for event in one.run.last("result")}
    first = [name for box in BOXES for name in results if name.startswith(box)]
    ordered = list(dict.fromkeys([*first[:LONGEST_SERIES], *results]))[:RESULTS]
    return found | {
        "run": one.run.run.id,
        "smoke": one.run.smoke,
        "results": [[name, results[name]] for name in ordered],
    }


def _predictions(record: CourseRecord) -> Iterator[dict[str, Any]]:
    for topic in record.topics:
        for one in topic.predictions:
            told = {key: _plain(str(one.detail.get(key, ""))) for key in ("asked", "said", "true")}
            yield {"topic": topic.topic.id, **told, "near": 100 * one.score, "right": one.right}


def _plain(text: str) -> str:
    """A number in four digits, or whole; other text cut off where it is very long."""
    try:
        value = float(text)
    except ValueError:
        return text[:LONGEST_TEXT]
    return f"{value:,.0f}" if value.is_integer() or abs(value) >= 10_000 else f"{value:.4g}"
