"""lab-sft-chat: what it leaves behind, that its numbers are right, and that every criterion can fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.labs.tiny_models import run_lab, without_gguf, write_random
from tutor.codetasks.data import Data
from tutor.codetasks.sft_found import Found
from tutor.engine.loading import load_tokenizer
from tutor.runs import grading, store, study
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter, read_all
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

LAB = "lab-sft-chat"
LEARNS: dict[str, Any] = {"lr": 3e-2, "r": 8, "epochs": 2, "warmup": 0.0, "answer_tokens": 4, "smoke": True}
"""Enough for the random model to learn something in a second."""


@pytest.fixture(scope="module")
def tiny(nano_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that reads with the embedded one's tokenizer."""
    return write_random(tmp_path_factory.mktemp("models") / "tiny", nano_store / "nano")


@pytest.fixture(autouse=True)
def no_gguf(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test."""
    without_gguf(monkeypatch)


def run_tiny(tiny: Path, **options: Any) -> RunDir:
    return run_lab(LAB, LEARNS | {"model": str(tiny)} | options)


def failed(run: RunDir) -> set[str]:
    """What the run's own numbers fail; predictions are another matter."""
    names = {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}
    return names - {"predictions made before the run"}


@pytest.fixture(scope="module")
def healthy(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """One run for all tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(tmp_path_factory.mktemp("home")))
        without_gguf(patch)
        return run_tiny(tiny)


def test_a_healthy_run_fails_nothing_and_leaves_all_behind(healthy: RunDir) -> None:
    assert failed(healthy) == set()
    for name in ("adapter/adapter_model.safetensors", "merged/manifest.json", "mask.json", "evaluation/tuned.json"):
        assert (healthy.path / name).is_file(), name
    report = healthy.report.read_text()
    assert "| assistant | **yes** |" in report
    assert "| user | no |" in report
    assert "| ✓ | no question in the loss |" in report


def test_the_mask_is_kept_token_by_token(healthy: RunDir, tiny: Path) -> None:
    shown = Found(healthy.path).shown
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    for talk in shown:
        text = tokenizer.apply_chat_template(talk["messages"], tokenize=False)
        assert "".join(token["text"] for token in talk["tokens"]) == text
        answers = [message["content"] for message in talk["messages"] if message["role"] == "assistant"]
        seen = "".join(token["text"] for token in talk["tokens"] if token["supervised"])
        assert seen == "".join(f"{answer}<|im_end|>" for answer in answers)
        assert all(token["loss"] > 0 for token in talk["tokens"][1:])
    assert [message["role"] for message in shown[0]["messages"]].count("assistant") == 2


def test_predictions_are_held_against_what_was_measured(healthy: RunDir) -> None:
    found = Found(healthy.path)
    predicted = {each.question.id: each.question.answer[0] for each in grading.grade(healthy).predictions}
    assert float(predicted["share"]) == pytest.approx(found.mask.supervised / found.mask.tokens, rel=0.01)
    assert predicted["passed"] == "0"
    assert predicted["forgot"] in ("falls", "same", "rises")


def test_the_right_answers_to_its_questions_pass(healthy: RunDir) -> None:
    answers = grading.grade(healthy).answers
    assert {each.question.id for each in answers} >= {"supervised", "header", "perplexity", "end", "solved"}
    assert all(each.question.is_right(each.question.answer[0]) for each in answers)


SYMPTOMS = {
    "prompt": {"no question in the loss"},
    "eos": {"the end is taught"},
    "template": {"the model's own template"},
    "leak": {"nothing leaked"},
}


@pytest.mark.parametrize("fault", SYMPTOMS)
def test_every_fault_of_the_data_fails_its_criteria(fault: str, healthy: RunDir, tiny: Path, tmp_path: Path) -> None:
    """The data and the mask of a run with a fault, beside the models of one without."""
    lab = load_lab(LAB)
    directory = store.create(lab, resolve(lab, LEARNS | {"model": str(tiny), "drill": fault}))
    run, recipe, tokenizer = (
        Run(directory, EventWriter(directory.events)),
        load_recipe(lab.recipe),
        load_tokenizer(tiny),
    )
    data = recipe.prepare_data(run)
    recipe.check_masks(run, tokenizer, data, recipe.encode_training(run, tokenizer, data), tiny)
    copy = RunDir(Path(shutil.copytree(healthy.path, tmp_path / healthy.id)))
    for name in ("data.json", "mask.json"):
        shutil.copy(directory.path / name, copy.path / name)
    found = failed(copy)
    # Another template moves every token, so that its mask covers other ones too.
    assert SYMPTOMS[fault] <= found if fault == "template" else SYMPTOMS[fault] == found


def test_a_learning_rate_that_is_too_low_fails_the_fall_of_the_loss(tiny: Path) -> None:
    assert failed(run_tiny(tiny, drill="lr")) == {"loss fell heldout_in", "loss fell heldout_out"}


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == {*SYMPTOMS, "lr"}


def changed(run: RunDir, to: Path, **answer: Any) -> RunDir:
    """A copy of a run in which the tuned model answered otherwise, and the base solved every task."""
    copy = RunDir(Path(shutil.copytree(run.path, to / run.id)))
    found = Found(copy.path)
    for name, new in (("tuned", answer), ("base", {"text": "", "stopped": True})):
        path = copy.path / "evaluation" / f"{name}.json"
        kept = json.loads(path.read_text())
        for task, each in zip(found.data.judged, kept["answers"], strict=True):
            each.update(new if name == "tuned" else new | {"text": task.chosen})
        path.write_text(json.dumps(kept))
    text = (copy.path / "run.toml").read_text()
    (copy.path / "run.toml").write_text(text.replace("= 0.0\n", "= 0.9\n"))
    return copy


def test_answers_are_judged_by_what_they_are(healthy: RunDir, tmp_path: Path) -> None:
    worse = changed(healthy, tmp_path, text="Here you are!", stopped=False)
    assert failed(worse) == {"answers end by themselves", "format", "pass@1 not worse than the base"}
    assert Found(worse.path).pass_at_1("base").value == 1


def test_the_grade_asks_the_artefacts_and_not_the_report(healthy: RunDir, tmp_path: Path) -> None:
    copy = changed(healthy, tmp_path, text="Here you are!", stopped=False)
    (copy.path / "report.json").write_text(json.dumps({"status": "passed", "checks": []}))
    assert grading.grade(copy).state == "failed"


def test_the_plan_is_made_of_real_steps(tiny: Path) -> None:
    lab = load_lab(LAB)
    directory = store.create(lab, resolve(lab, LEARNS | {"model": str(tiny), "r": 3, "epochs": 5}), mode="plan")
    load_recipe(lab.recipe).plan(Run(directory, EventWriter(directory.events)))
    (plan,) = (event for event in read_all(directory.events) if event["kind"] == "plan")
    rows = {row["name"]: row["value"] for row in plan["rows"]}
    assert rows["trainable parameters"] == 3 * 2 * ((32 + 32) + (32 + 16))  # of queries and values, in two layers
    assert rows["steps"] == 5 * 6
    assert rows["training time"] > 0


def test_other_data_are_trained_on_without_a_judge(tiny: Path, tmp_path: Path) -> None:
    rows = [{"instruction": f"Say {n}.", "response": f"It is {n}."} for n in range(30)]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = run_tiny(tiny, data=str(tmp_path / "mine.jsonl"), pass_loss_fall=0.0)
    assert len(Data.load(run.path / "data.json").conversations["heldout_in"]) == 3
    assert not any("pass@1" in str(event.get("name")) for event in read_all(run.events))
    assert failed(run) == set()
    assert "no tests, so nothing that the models wrote was run" in run.report.read_text()
