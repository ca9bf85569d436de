"""The record of a course: what was answered, written and run, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.app_fakes import RUN, record_run
from tests.toy_course import DAY, NOW, answer, half_way
from tutor import paths
from tutor.course.outline import CourseLab, Topic, load_outline
from tutor.course.progress import Progress
from tutor.course.progress.mastery import Mastery
from tutor.record import overview
from tutor.record.gather import CourseRecord, gather
from tutor.record.labs import best_run, lab_runs, lab_states
from tutor.record.states import ABSENT, DUE, FAILED, NEW, PASSED, STARTED, States, inside, next_place

pytestmark = pytest.mark.usefixtures("toy_course")


def record(now: float = NOW) -> CourseRecord:
    return gather(load_outline(), Progress(paths.progress_db()).saved(), now)


def test_an_empty_home_has_an_empty_record() -> None:
    found = record()
    assert [one.state for one in found.topics] == [NEW, NEW, NEW, ABSENT, ABSENT]
    assert found.reviews == []
    assert isinstance(found.next, Topic) and found.next.id == "1.1.1"
    assert overview.plain(found)["due"] == []


def test_counts_predictions_and_mastery_of_a_topic() -> None:
    half_way()
    first, second, *_ = record().topics
    assert (first.state, first.changed) == (PASSED, NOW - 29 * DAY)
    assert (first.first_try, first.later, first.never) == (1, 1, 0)
    assert [(one.check, one.score) for one in first.predictions] == [("vocabulary", 0.75)]
    assert [mastery for _, mastery in first.objectives] == [Mastery(1, 2), Mastery(1, 1), Mastery(0, 0)]
    assert (second.first_try, second.later, second.never) == (0, 0, 1)
    assert second.state == STARTED


def test_what_is_due_has_its_page_and_what_left_the_course_is_not_due() -> None:
    half_way()
    clock = Progress(paths.progress_db(), lambda: NOW - 5 * DAY)
    clock.record(answer("1.1.1", "taken-out", 1, False))
    clock.record(answer("2.1.1", "not-written", 1, False))
    clock.record(answer("9.9.9", "no-topic", 1, False))
    found = record()
    assert [(one.topic.id, one.check, one.page) for one in found.reviews] == [
        ("1.1.1", "vocabulary", 1),
        ("1.1.1", "weights", 0),
        ("1.1.1", "vector", 1),
    ]
    assert found.states.due == {"1.1.1": 3}
    assert found.states.shown(found.topics[0].topic) == DUE
    assert found.states.of(found.topics[0].topic) == PASSED


def test_a_broken_lesson_has_no_objectives_and_nothing_due(toy_course: Path) -> None:
    half_way()
    (toy_course / "1.1-core-concepts" / "1.1.1-parameters.md").write_text("broken")
    found = record()
    assert found.topics[0].objectives == ()
    assert found.topics[0].state == PASSED
    assert found.reviews == []


def test_next_skips_what_is_passed_or_not_written() -> None:
    outline = load_outline()
    steps = list(outline.steps())
    states = States(topics={"1.1.1": PASSED, "1.1.2": PASSED}, due={"1.1.1": 1})
    assert next_place(outline, states) == outline.topic("1.2.1")
    assert states.passed(steps) == 2
    assert states.minutes_left(inside(outline.modules[0])) == 100 + 15
    assert states.minutes_left(inside(outline.modules[1])) == 0


def _run(home: Path, name: str, *, status: str, smoke: bool) -> None:
    directory = record_run(home)
    events = (directory / "events.jsonl").read_text()
    (directory / "events.jsonl").write_text(events.replace('"status":"passed"', f'"status":"{status}"'))
    if smoke:
        (directory / "run.toml").write_text((directory / "run.toml").read_text() + "smoke = true\n")
    directory.rename(directory.with_name(name))


def test_the_best_run_of_a_lab_is_full_passed_and_new(home: Path) -> None:
    lab = "lab-lora-cli-help"
    assert best_run(lab, lab_runs()) is None
    _run(home, "lora-20260102-000000-aaaa", status="failed-check", smoke=False)
    assert lab_states(lab_runs()) == {lab: FAILED}
    _run(home, "lora-20260105-000000-bbbb", status="passed", smoke=True)
    assert best_run(lab, lab_runs()).run.id == "lora-20260105-000000-bbbb"  # type: ignore[union-attr]
    _run(home, "lora-20260103-000000-cccc", status="passed", smoke=False)
    _run(home, "lora-20260104-000000-dddd", status="passed", smoke=False)
    _run(home, "lora-20260106-000000-eeee", status="error", smoke=False)
    best = best_run(lab, lab_runs())
    assert best is not None and best.run.id == "lora-20260104-000000-dddd"
    assert lab_states(lab_runs()) == {lab: PASSED}


def test_lines_and_plain_data_say_the_same(home: Path) -> None:
    half_way()
    record_run(home)
    found = record()
    text = "\n".join(overview.lines(found))
    assert "Topics       1 of 5 passed" in text
    assert "Exercises    0 of 1 passed" in text
    assert "Checks       1 right at the first try, 1 later, 1 not yet" in text
    assert "Review       3 checks due, in 1.1.1" in text
    assert "Next         1.1.2 Data shapes, 10 min" in text
    assert "1 of 2  Count the parameters" in text
    assert max(map(len, text.splitlines())) <= 80
    plain = overview.plain(found)
    assert [one["state"] for one in plain["topics"]] == ["passed", "started", "new", "absent", "absent"]
    assert plain["topics"][0]["objectives"][0]["right"] == 1
    assert plain["exercises"][0]["gave_up"] == NOW - DAY / 2
    assert plain["labs"][0] == {"lab": "lab-lora-cli-help", "state": "passed", "run": RUN}
    assert plain["next"] == "1.1.2"


def test_a_lab_comes_after_its_topics_and_after_all_comes_nothing() -> None:
    outline = load_outline()
    topics = dict.fromkeys(("1.1.1", "1.1.2", "1.2.1"), PASSED)
    lab = next_place(outline, States(topics=topics))
    assert isinstance(lab, CourseLab) and lab.id == "lab-lora-cli-help"
    assert next_place(outline, States(topics=topics, labs={lab.id: PASSED})) is None
