"""The whole lab, headless, in its own process: what it leaves behind, and that nothing is lost when it is killed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from tests.labs.tiny_models import write_random
from tutor.childprocess import quiet_environment
from tutor.engine.architecture import Architecture
from tutor.engine.memory import lora_parameters
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, EXIT_INTERRUPTED
from tutor.runs import config, grading, store, study
from tutor.runs.events import read_all
from tutor.runs.store import RunDir

LAB = "lab-lora-cli-help"
PATIENCE = 240
"""Seconds until a run that does not do what the test waits for counts as stuck."""


@pytest.fixture(scope="module")
def lab_home(nano_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the embedded model that the tests of this file share, so that data is collected once."""
    home = tmp_path_factory.mktemp("lab")
    (home / "models").symlink_to(nano_store)
    return home


PREDICTIONS = {"share": "0.7", "unseen": "0.2", "kind": "v_proj"}


def new_run(home: Path, mode: str = "run", **options: Any) -> RunDir:
    lab = config.load_lab(LAB)
    small = {"smoke": True, "eval_examples": 2, "answer_tokens": 12}
    resolved = config.resolve(lab, small | options)
    return store.create(lab, resolved, mode=mode, parent=home / "runs", predictions=PREDICTIONS)


def questioned_as(run: RunDir, other: RunDir) -> RunDir:
    """`run`, which need not question the same base model once more."""
    shutil.copytree(other.path / "evaluation", run.path / "evaluation", ignore=lambda *_: ["tuned.json"])
    return run


def start(run: RunDir) -> subprocess.Popen[bytes]:
    with run.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tutor.runs.worker", str(run.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=quiet_environment() | {"TUTOR_HOME": str(run.path.parents[1])},
        )


def finish(run: RunDir) -> int:
    return start(run).wait(PATIENCE)


def events(run: RunDir, kind: str) -> list[dict[str, Any]]:
    return [event for event in read_all(run.events) if event["kind"] == kind] if run.events.exists() else []


def wait_until(run: RunDir, worker: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert worker.poll() is None, run.log.read_text()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def last_step(run: RunDir) -> int:
    return max((int(event["step"]) for event in events(run, "step")), default=0)


def train_only(run: RunDir) -> None:
    """Run until the adapter is there, then stop."""
    worker = start(run)
    wait_until(run, worker, (run.path / "adapter").exists)
    worker.send_signal(signal.SIGTERM)
    worker.wait(PATIENCE)


def adapter(run: RunDir) -> bytes:
    return (run.path / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def finished(lab_home: Path) -> RunDir:
    """A whole small run of the embedded model."""
    run = new_run(lab_home)
    code = finish(run)
    assert code == EXIT_DONE, run.log.read_text()[-2000:] + str(run.finished())
    return run


@pytest.mark.model
def test_everything_is_left_behind(finished: RunDir) -> None:
    for name in ("adapter/adapter_model.safetensors", "merged/manifest.json", "gguf/model-f16.gguf", "report.md"):
        assert (finished.path / name).is_file(), name
    assert (finished.path / "gguf" / "model-q4_k_m.gguf").read_bytes()[:4] == b"GGUF"
    assert not list(finished.path.rglob(".partial-*"))
    stages = [event["name"] for event in events(finished, "stage") if event["state"] == "done"]
    assert stages == ["data", "model", "base", "train", "merge", "tuned", "gguf", "parity", "report"]


@pytest.mark.model
def test_it_learned_and_every_copy_says_the_same(finished: RunDir) -> None:
    report = json.loads((finished.path / "report.json").read_text())
    results = {result["name"]: result["value"] for result in report["results"]}
    assert results["loss tuned heldout_in"] < results["loss base heldout_in"]
    assert results["max |Δlogit| merged"] < 1e-3
    assert results["gguf KL f16"] < 1e-4
    assert results["trainable parameters"] == 921_600
    assert results["steps"] == 6
    assert all(check["passed"] for check in report["checks"])
    assert [event["step"] for event in events(finished, "eval")] == [0, 0, 6, 6]


@pytest.mark.model
def test_the_report_shows_what_changed_and_what_to_type(finished: RunDir) -> None:
    assert (finished.path / "changes.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    text = finished.report.read_text()
    sample = events(finished, "sample")[0]
    assert sample["reference"] in text
    assert f"tutor chat {finished.id} --versus nano" in text
    assert "95 % interval" in text
    assert "| ✗ | " not in text.partition("## Did it pass?")[2]
    assert "[[" in text.partition("## What the loss saw")[2]
    assert "| 29 | " in text.partition("## Where it changed most")[2]


def light_copy(run: RunDir, to: Path) -> RunDir:
    """What a grade reads of a run, to be changed: everything but the weights."""
    heavy = shutil.ignore_patterns("gguf", "checkpoints", "*.safetensors", "log.txt")
    return RunDir(Path(shutil.copytree(run.path, to / run.id, ignore=heavy)))


def failed(run: RunDir) -> set[str]:
    return {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}


@pytest.mark.model
def test_the_grade_needs_the_learner_and_no_report(finished: RunDir, tmp_path: Path) -> None:
    run = light_copy(finished, tmp_path)
    (run.path / "report.json").write_text("{}")
    run.events.write_text("")
    grade = grading.grade(run)
    assert {each.name for each in grade.criteria if each.passed is not True} == {
        "questions answered rightly",
        "planted faults found",
    }
    assert grade.state == "open"
    study.answer(run, {each.question.id: each.question.answer[0] for each in grade.answers})
    assert all(each.right for each in grading.grade(run).answers)


@pytest.mark.model
def test_questions_are_about_this_run(finished: RunDir) -> None:
    asked = {each.question.id: each.question for each in grading.grade(finished).answers}
    kind = asked["parameters"].text.split()[1]
    tensors = load_file(finished.path / "adapter" / "adapter_model.safetensors")
    counted = sum(tensor.numel() for name, tensor in tensors.items() if f"layers.0.self_attn.{kind}" in name)
    assert asked["parameters"].is_right(str(counted))
    assert asked["scaling"].is_right("2")
    changes = json.loads((finished.path / "copies.json").read_text())["changes"]
    top = max(changes, key=lambda change: change["delta"] / change["weight"])
    assert asked["moved"].says(asked["moved"].answer[0]) == top["layer"]


def nothing_learned(evaluation: dict[str, Any]) -> None:
    for split in ("heldout_in", "heldout_out"):
        evaluation["losses"][split]["nats"] = [1e4 for _ in evaluation["losses"][split]["nats"]]
        evaluation["answers"]["tuned"][split] = ["" for _ in evaluation["answers"]["tuned"][split]]


def set_in(part: str, name: str, value: float) -> Callable[[dict[str, Any]], None]:
    return lambda copies: copies[part].update({name: value})


def in_the_questions(rows: dict[str, Any]) -> None:
    rows["trained"][0]["prompt"] = rows["asked"]["heldout_in"]["prompts"][0]


SPOILED: list[tuple[str, Callable[[dict[str, Any]], None], set[str]]] = [
    ("rows.json", in_the_questions, {"training rows are as they should be"}),
    ("copies.json", set_in("merged", "max_logit_difference", 0.1), {"merged logits equal"}),
    ("copies.json", set_in("merged", "same_answers", 0), {"merged answers equal"}),
    ("copies.json", set_in("f16", "same_tokens", 0), {"f16 reads the same tokens"}),
    ("copies.json", set_in("f16", "top1", 0.9), {"f16 predicts the same"}),
    ("copies.json", set_in("q4_k_m", "mean_kl", 1.0), {"q4_k_m stays close"}),
]


@pytest.mark.model
@pytest.mark.parametrize(("file", "spoil", "symptoms"), SPOILED)
def test_every_criterion_can_fail(
    finished: RunDir, tmp_path: Path, file: str, spoil: Callable[[dict[str, Any]], None], symptoms: set[str]
) -> None:
    run = light_copy(finished, tmp_path)
    data = json.loads((run.path / file).read_text())
    spoil(data)
    (run.path / file).write_text(json.dumps(data))
    assert failed(run) == symptoms


@pytest.mark.model
def test_a_model_that_learned_nothing_fails_as_a_whole(finished: RunDir, tmp_path: Path) -> None:
    run = light_copy(finished, tmp_path)
    path = run.path / "evaluation" / "tuned.json"
    data = json.loads(path.read_text())
    nothing_learned(data)
    path.write_text(json.dumps(data))
    toml = (run.path / "run.toml").read_text()
    strict = toml.replace("pass_structure = 0.0", "pass_structure = 0.8").replace(
        "pass_margins = false", "pass_margins = true"
    )
    (run.path / "run.toml").write_text(strict)
    found = failed(RunDir(run.path))
    assert {"loss fell heldout_in", "loss fell heldout_out", "format"} < found
    assert sum(" beats " in name for name in found) == 8


@pytest.fixture(scope="module")
def tiny_model(lab_home: Path) -> Path:
    """A random model of two small layers with the embedded model's tokenizer."""
    return write_random(lab_home / "tiny", lab_home / "models" / "nano", spread=0.02)


def test_killed_again_and_again_and_stopped_it_ends_with_the_same_adapter(lab_home: Path, tiny_model: Path) -> None:
    options: dict[str, Any] = {"model": str(tiny_model), "epochs": 16, "save_every": 7}
    whole = new_run(lab_home, **options)
    train_only(whole)

    run = questioned_as(new_run(lab_home, **options), whole)
    chance = random.Random()
    for target in (chance.randrange(1, 40), chance.randrange(44, 70)):
        worker = start(run)
        wait_until(run, worker, lambda target=target: last_step(run) >= target)  # type: ignore[misc]
        time.sleep(chance.random() / 20)
        worker.kill()
        worker.wait()
    worker = start(run)
    wait_until(run, worker, lambda: last_step(run) >= 80)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == EXIT_INTERRUPTED
    assert run.status() == "interrupted"
    assert events(run, "checkpoint")[-1]["step"] >= 80
    train_only(run)
    assert any("Going on from step-" in event["text"] for event in events(run, "message"))
    assert adapter(run) == adapter(whole)


def test_the_plan_is_made_of_real_steps_and_overrides_bite(lab_home: Path, tiny_model: Path) -> None:
    run = new_run(lab_home, mode="plan", model=str(tiny_model), r=3, targets=["q_proj"], epochs=5, batch_size=8)
    assert finish(run) == EXIT_DONE, run.log.read_text()[-2000:]
    (plan,) = events(run, "plan")
    rows = {row["name"]: row["value"] for row in plan["rows"]}
    assert rows["trainable parameters"] == lora_parameters(Architecture.read(tiny_model), 3, ["q_proj"])
    assert rows["steps"] == 5 * 3
    assert rows["training time"] > 0
    assert not (run.path / "adapter").exists()


def test_a_learning_rate_that_is_too_high_ends_the_run_with_a_sentence(lab_home: Path, tiny_model: Path) -> None:
    run = new_run(lab_home, model=str(tiny_model), lr=1e38, clip=0.0, save_every=1)
    assert finish(run) not in (EXIT_DONE, EXIT_CHECK_FAILED)
    said = run.finished()
    assert said is not None
    assert "diverged" in said["what"]
    assert "Lower lr" in said["todo"]
    assert not (run.path / "adapter").exists()
