"""Predictions, answers, planted faults, and the grade that is computed from artefacts alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.graded_lab import MakeRun
from tutor.errors import TutorError, UsageError
from tutor.questions import Question
from tutor.runs import grading, study
from tutor.runs.config import load_lab
from tutor.runs.store import RunDir

PREDICTED = {"asleep": "7", "colour": "b"}


def verdicts(run: RunDir) -> dict[str, bool | None]:
    return {criterion.name: criterion.passed for criterion in grading.grade(run).criteria}


@pytest.mark.parametrize(
    ("given", "right"),
    [("1,14,576", True), ("[1, 14, 576]", True), ("1 × 14 × 576", True), ("14,1,576", False), ("", False)],
)
def test_a_shape_can_be_written_in_several_ways(given: str, right: bool) -> None:
    assert Question("q", "Which shape?", answer=("1,14,576",)).is_right(given) == right


@pytest.mark.parametrize(("given", "right"), [("100", True), ("1.1e2", True), ("111", False), ("many", False)])
def test_a_number_may_be_off_by_its_tolerance(given: str, right: bool) -> None:
    assert Question("q", "How many?", answer=("100",), tolerance=0.1).is_right(given) == right


def test_a_whole_grade_needs_the_learner(sheep_run: MakeRun) -> None:
    run = sheep_run(PREDICTED)
    assert verdicts(run) == {
        "all counted": True,
        "predictions made before the run": True,
        "questions answered rightly": None,
        "planted faults found": None,
    }
    study.answer(run, {"legs": "28", "sound": "a"})
    assert verdicts(run)["questions answered rightly"] is True  # half of them is enough in this lab
    assert grading.grade(run).state == "open"
    sick = sheep_run(drill="any")
    study.answer(sick, {study.DIAGNOSIS: study.planted(sick)})
    assert grading.grade(sick).state == grading.grade(run).state == "passed"


def test_predictions_are_judged_but_may_be_wrong(sheep_run: MakeRun) -> None:
    run = sheep_run(PREDICTED)
    assert [each.right for each in grading.grade(run).predictions] == [True, False]
    assert "| ✗ | Which colour is the last? | black | white |" in run.report.read_text()
    assert verdicts(sheep_run({"asleep": "8"}))["predictions made before the run"] is False


def test_wrong_answers_fail(sheep_run: MakeRun) -> None:
    run = sheep_run(PREDICTED)
    study.answer(run, {"legs": "3", "sound": "a"})
    assert verdicts(run)["questions answered rightly"] is False
    assert grading.grade(run).state == "failed"


def test_the_first_answer_counts(sheep_run: MakeRun) -> None:
    run = sheep_run()
    study.answer(run, {"legs": "3"})
    with pytest.raises(UsageError, match="legs is answered: 3"):
        study.answer(run, {"legs": "28"})
    with pytest.raises(UsageError, match="'c' is not among the answers"):
        study.answer(run, {"sound": "c"})
    with pytest.raises(UsageError, match="no question called 'wool'"):
        study.answer(run, {"wool": "1"})
    assert study.answers(run) == {"legs": "3"}


def test_what_a_learner_sees_before_answering_holds_no_answer(sheep_run: MakeRun) -> None:
    run = sheep_run()
    text = (run.path / study.QUIZ).read_text()
    assert [question.id for question in study.asked(run)] == ["legs", "sound"]
    assert "28" not in text
    assert "Four each" not in text


def test_flags_in_the_report_change_no_grade(sheep_run: MakeRun) -> None:
    run = sheep_run(PREDICTED, drill="wolf")
    before = verdicts(run)
    assert before["all counted"] is False
    good = {"status": "passed", "checks": [{"name": "all counted", "passed": True, "value": 7, "wanted": ""}]}
    (run.path / "report.json").write_text(json.dumps(good))
    run.events.write_text(run.events.read_text().replace('"passed":false', '"passed":true'))
    run.report.write_text("# Passed\n")
    assert verdicts(run) == before
    (run.path / "sheep.json").write_text('{"there": 6, "counted": 6}')
    assert verdicts(run)["all counted"] is True  # the artefact itself is what is judged


def test_a_fault_is_to_be_found_not_read(sheep_run: MakeRun) -> None:
    run = sheep_run(drill="any")
    truth = study.planted(run)
    told = [path.read_text() for path in run.path.iterdir() if path.name not in ("quiz.json", "report.md")]
    assert not any(truth in text for text in told)
    wrong = "fog" if truth == "wolf" else "wolf"
    study.answer(run, {study.DIAGNOSIS: wrong})
    assert grading.grade(run).state == "failed"
    assert grading.faults_found("lab-sheep") == set()


def test_which_fault_it_is_differs_from_run_to_run(sheep_run: MakeRun, tmp_path: Path) -> None:
    run = sheep_run(drill="any")
    names = [tmp_path / f"sheep-{number}" for number in range(20)]
    for name in names:
        name.symlink_to(run.path)
    assert {study.planted(RunDir(name)) for name in names} == {"wolf", "fog"}


def test_a_fault_that_the_learner_named_is_no_riddle(sheep_run: MakeRun) -> None:
    run = sheep_run(drill="wolf")
    with pytest.raises(UsageError, match="no question called"):
        study.answer(run, {study.DIAGNOSIS: "wolf"})
    assert grading.faults_found("lab-sheep") == set()


def test_the_process_that_grades_says_the_same(sheep_run: MakeRun) -> None:
    run = sheep_run(PREDICTED)
    study.answer(run, {"legs": "28"})
    assert grading.result(run, grading.start(run)) == grading.grade(run)


def test_missing_artefacts_are_a_sentence(sheep_run: MakeRun) -> None:
    run = sheep_run()
    (run.path / "sheep.json").unlink()
    with pytest.raises(TutorError, match="it is missing"):
        grading.result(run, grading.start(run))
    (run.path / "sheep.json").write_text("{}")
    with pytest.raises(TutorError, match="cannot be judged: KeyError"):
        grading.result(run, grading.start(run))


@pytest.mark.usefixtures("toy_lab")
def test_a_lab_without_checks_has_no_grade() -> None:
    from tutor.runs import store

    lab = load_lab("toy")
    with pytest.raises(UsageError, match="has no grades"):
        grading.grade(store.create(lab, lab.defaults()))


def test_a_briefing_lies_beside_the_recipe(graded_lab: Path) -> None:
    found = study.load_study(load_lab("sheep"))
    assert found.briefing.startswith("# Count sheep")
    assert [question.id for question in found.predictions] == ["asleep", "colour"]


@pytest.mark.parametrize("lab", ["lab-attention-viz", "lab-transformer-trace", "lab-sft-chat", "lab-dpo-preference"])
def test_labs_of_the_course_declare_what_they_need(lab: str) -> None:
    found = study.load_study(load_lab(lab))
    assert len(found.briefing) > 500
    assert found.predictions
    assert len(found.drills) >= 4
    assert all(question.text and question.why for question in found.predictions)
