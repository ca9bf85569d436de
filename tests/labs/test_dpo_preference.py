"""lab-dpo-preference: where it starts, what it leaves behind, that every criterion can fail, and that it resumes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.labs.tiny_models import run_lab, without_gguf, write_random
from tutor.childprocess import quiet_environment
from tutor.codetasks.dpo_found import Found
from tutor.engine.loading import load_tokenizer
from tutor.errors import UsageError
from tutor.files import read_json
from tutor.runs import grading, store, study
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter, read_all
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir
from tutor.stages.pairs import add_reference, encode_pairs
from tutor.stages.start import prepare_start

LAB = "lab-dpo-preference"
LEARNS: dict[str, Any] = {
    **{"lr": 1e-2, "r": 8, "epochs": 3, "warmup": 0.0, "pass_kl": 99.0, "pass_preference": 0.5, "smoke": True},
    **{"questions": 3, "answer_tokens": 3, "save_every": 2},
}
"""Enough for the random model to learn in a second which of two words is preferred."""
PATIENCE = 120


@pytest.fixture(scope="module")
def tiny(nano_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that reads with the embedded one's tokenizer."""
    return write_random(tmp_path_factory.mktemp("models") / "tiny", nano_store / "nano")


@pytest.fixture(autouse=True)
def no_gguf(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test."""
    without_gguf(monkeypatch)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs that one word tells apart."""
    path = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    rows = [{"prompt": f"Is {n} even?", "chosen": f"{n} it is", "rejected": f"{n} no way"} for n in range(70)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def run_tiny(tiny: Path, pairs: Path, **options: Any) -> RunDir:
    return run_lab(LAB, LEARNS | {"model": str(tiny), "data": str(pairs)} | options)


def failed(run: RunDir) -> set[str]:
    """What the run's own numbers fail; predictions are another matter."""
    names = {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}
    return names - {"predictions made before the run"}


@pytest.fixture(scope="module")
def healthy(tiny: Path, pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """One run for all tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(tmp_path_factory.mktemp("home")))
        without_gguf(patch)
        return run_tiny(tiny, pairs)


def test_a_healthy_run_fails_nothing_and_begins_at_ln_2(healthy: RunDir) -> None:
    assert failed(healthy) == set()
    found = Found(healthy.path)
    assert found.first["loss"] == pytest.approx(0.693147, abs=1e-4)
    assert max(abs(each) for each in found.first["advantages"]) < 1e-3
    assert found.start["name"] == "tiny"
    assert "no run of lab-sft-chat was used" in healthy.report.read_text()


def test_every_pair_is_kept_token_by_token_and_adds_up(healthy: RunDir) -> None:
    found = Found(healthy.path)
    held = [pair for name in found.data.held_out for pair in found.data.pairs[name]]
    assert [pair["name"] for pair in found.pairs] == [pair.name for pair in held]
    for kept, pair in zip(found.pairs, held, strict=True):
        assert "".join(kept["chosen"]["pieces"]) == pair.chosen + "<|im_end|>"
        assert "".join(kept["rejected"]["pieces"]) == pair.rejected + "<|im_end|>"
        assert len(kept["chosen"]["policy"]) == len(kept["chosen"]["reference"]) == len(kept["chosen"]["pieces"])
    references = read_json(healthy.path / "reference.json")["heldout"]
    for kept, (chosen, rejected) in zip(found.pairs, references, strict=True):
        assert sum(kept["chosen"]["reference"]) == pytest.approx(chosen, abs=0.3)
        assert sum(kept["rejected"]["reference"]) == pytest.approx(rejected, abs=0.3)


def test_every_step_says_how_its_pairs_moved(healthy: RunDir) -> None:
    events = [event for event in read_all(healthy.events) if event["kind"] == "preference"]
    assert [event["step"] for event in events] == list(range(1, 19))
    names = [pair["name"] for event in events[:6] for pair in event["pairs"]]
    assert sorted(names) == sorted(pair.name for pair in Found(healthy.path).data.pairs["train"])
    assert any(abs(pair["chosen"]) > 0.1 for pair in events[-1]["pairs"])


def test_the_right_answers_to_its_questions_pass(healthy: RunDir) -> None:
    answers = grading.grade(healthy).answers
    assert {each.question.id for each in answers} == {"loss", "pair", "misranked", "order"}
    assert all(each.question.is_right(each.question.answer[0]) for each in answers)


SYMPTOMS = {
    "swapped": {"held-out preference"},
    "reference": {"first loss", "first margin"},
    "beta": {"held-out preference"},
}
OF_THE_DATA = {"length": {"answers alike in length"}, "leak": {"nothing leaked"}}


@pytest.mark.parametrize("fault", SYMPTOMS)
def test_every_planted_fault_fails_its_criteria(fault: str, tiny: Path, pairs: Path) -> None:
    epochs = 3 if fault == "swapped" else 1  # the others show at once, or never learn
    found = failed(run_tiny(tiny, pairs, drill=fault, epochs=epochs))
    assert found - SYMPTOMS[fault] <= {"held-out preference"}
    assert SYMPTOMS[fault] <= found


@pytest.mark.parametrize("fault", OF_THE_DATA)
def test_every_fault_of_the_data_fails_its_criteria(
    fault: str, healthy: RunDir, tiny: Path, pairs: Path, tmp_path: Path
) -> None:
    """The data of a run with a fault, beside the models of one without."""
    lab = load_lab(LAB)
    directory = store.create(lab, resolve(lab, LEARNS | {"model": str(tiny), "data": str(pairs), "drill": fault}))
    run, tokenizer, recipe = (
        Run(directory, EventWriter(directory.events)),
        load_tokenizer(tiny),
        load_recipe(lab.recipe),
    )
    start = prepare_start(run, directory.path / "start.json")
    add_reference(run, tokenizer, encode_pairs(run, tokenizer, recipe.prepare_data(run)), start)
    copy = RunDir(Path(shutil.copytree(healthy.path, tmp_path / healthy.id)))
    for name in ("data.json", "reference.json"):
        shutil.copy(directory.path / name, copy.path / name)
    assert failed(copy) == OF_THE_DATA[fault]


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == {*SYMPTOMS, *OF_THE_DATA}


def test_it_starts_from_the_newest_run_of_the_chat_lab(tiny: Path) -> None:
    small = {"model": str(tiny), "smoke": True, "answer_tokens": 2, "train_examples": 8, "eval_examples": 2, "seed": 7}
    faulty = run_lab("lab-sft-chat", small | {"drill": "lr"})
    started = run_lab("lab-sft-chat", small)
    run = run_lab(LAB, LEARNS | {"model": str(tiny), "train_examples": 8, "epochs": 1, "eval_examples": 2})
    start, found = read_json(run.path / "start.json"), Found(run.path)
    assert (start["name"], start["run"], start["seed"]) == (started.id, started.id, 7)
    assert set(start["asked"]) >= {pair.question[-1]["content"] for pair in found.data.pairs["train"]}
    assert found.leaked == 0
    assert found.first["loss"] == pytest.approx(0.693147, abs=1e-4)
    assert read_json(run.path / "merged" / "manifest.json")["base"] == str(started.path / "merged")
    _going_too_far_and_writing_worse_code_fails(run)
    shutil.rmtree(faulty.path / "merged")
    with pytest.raises(UsageError, match="has made no model"):
        run_lab(LAB, LEARNS | {"model": str(tiny), "start": faulty.id})


def _going_too_far_and_writing_worse_code_fails(run: RunDir) -> None:
    before = failed(run)
    (run.path / "kl.json").write_text(json.dumps({"answers": [99.5, 99.1]}))
    path = run.path / "evaluation" / "start.json"
    kept = json.loads(path.read_text())
    for task, answer in zip(Found(run.path).tasks, kept["answers"], strict=True):
        answer["text"] = task.chosen
    path.write_text(json.dumps(kept))
    assert failed(run) - before == {"near the reference", "pass@1 not worse"}


def test_the_plan_is_made_of_real_steps(tiny: Path, pairs: Path) -> None:
    lab = load_lab(LAB)
    options = LEARNS | {"model": str(tiny), "data": str(pairs), "epochs": 2}
    directory = store.create(lab, resolve(lab, options), mode="plan")
    load_recipe(lab.recipe).plan(Run(directory, EventWriter(directory.events)))
    (plan,) = (event for event in read_all(directory.events) if event["kind"] == "plan")
    rows = {row["name"]: row["value"] for row in plan["rows"]}
    assert (rows["examples"], rows["steps"]) == (24, 2 * 6)
    assert rows["training time"] > 0


def test_killed_and_resumed_it_ends_with_the_same_adapter(tiny: Path, pairs: Path, healthy: RunDir) -> None:
    lab = load_lab(LAB)
    run = store.create(lab, resolve(lab, LEARNS | {"model": str(tiny), "data": str(pairs)}))
    command = [sys.executable, "-m", "tutor.runs.worker", str(run.path)]
    worker = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet_environment()
    )
    deadline = time.monotonic() + PATIENCE
    while not any(event["kind"] == "step" for event in (read_all(run.events) if run.events.exists() else ())):
        assert worker.poll() is None, run.finished()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    assert not (run.path / "adapter").exists()
    events = EventWriter(run.events)
    load_recipe(lab.recipe).run(Run(run, events))
    events.close()
    adapters = [each.path / "adapter" / "adapter_model.safetensors" for each in (run, healthy)]
    assert adapters[0].read_bytes() == adapters[1].read_bytes()
