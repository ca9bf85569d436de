"""lab-qlora-cli-help: what it leaves behind, that it goes on where it was killed, and that every criterion can fail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.labs.tiny_models import run_lab, write_model
from tutor.childprocess import quiet_environment
from tutor.engine.architecture import Architecture
from tutor.engine.memory import nf4_bytes
from tutor.insight.qlora_found import (
    BASE,
    BASE_4BIT,
    DEQUANTIZED,
    LORA,
    MODELS,
    ORIGINAL,
    PATHS,
    QLORA,
    REQUANTIZED,
    Found,
)
from tutor.runs import config, grading, store, study
from tutor.runs.config import load_lab
from tutor.runs.context import Run
from tutor.runs.events import EventWriter, read_all
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

LAB = "lab-qlora-cli-help"
PREDICTIONS = {"shrink": "2", "gap": "none", "merge": "dequantized", "slowdown": "1"}
PATIENCE = 120
"""Seconds until a run that does not do what the test waits for counts as stuck."""

SYMPTOMS = {
    "plain": {"blocks are in 4 bits", "bits a weight"},
    "head": {"nothing else is", "merged is what was trained"},  # the stored model has its output matrix in 16 bits
    REQUANTIZED: {"merged is what was trained"},
    ORIGINAL: {"merged is what was trained"},
    "frozen": {"loss fell heldout_in", "loss fell heldout_out"},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that all tests share, so that data is collected once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def options(home: Path) -> dict[str, Any]:
    """Of a tiny model that learns something in two dozen steps."""
    model = str(write_model(home / "tiny"))
    return {"model": model, "smoke": True, "epochs": 4, "lr": 0.05, "save_every": 4, "eval_examples": 4}


@pytest.fixture(scope="module")
def made(home: Path, options: dict[str, Any]) -> Callable[[str], RunDir]:
    """One run for each fault, made when it is first asked for, without the GGUF that a toy tokenizer cannot have."""

    @cache
    def run(fault: str) -> RunDir:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TUTOR_HOME", str(home))
            patch.setattr("tutor.stages.copies.convert", lambda run: None)
            patch.setattr("tutor.engine.footprint.give_back_memory", lambda: None)  # a second each among all tests
            return run_lab(LAB, options | {"drill": fault, "epochs": 1 if fault else 4}, PREDICTIONS)

    return run


@pytest.fixture
def healthy(made: Callable[[str], RunDir]) -> RunDir:
    """The run without a fault."""
    return made("")


def go_on(run: RunDir) -> None:
    """Run what is not yet done of a run, in this process."""
    events = EventWriter(run.events)
    load_recipe(load_lab(LAB).recipe).run(Run(run, events))
    events.close()


def failed(run: RunDir) -> set[str]:
    return {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}


def copied(run: RunDir, to: Path) -> RunDir:
    """A copy whose questions nobody has answered."""
    return RunDir(Path(shutil.copytree(run.path, to / run.id, ignore=shutil.ignore_patterns("answers.json"))))


def test_everything_is_measured_and_passes(healthy: RunDir) -> None:
    assert failed(healthy) == set()
    found = Found(healthy.path)
    assert len(found.four_bit) == 7 * 3
    assert {len(found.losses[model].nats) for model in MODELS} == {8}
    assert found.losses[QLORA].loss().value < found.losses[BASE_4BIT].loss().value != found.losses[BASE].loss().value
    assert found.kl(DEQUANTIZED).value < 1e-4 < found.kl(ORIGINAL).value
    assert min(PATHS, key=lambda path: found.kl(path).value) == DEQUANTIZED
    gap = sum(a - b for a, b in zip(found.losses[QLORA].nats, found.losses[LORA].nats, strict=True))
    assert found.gap.value == pytest.approx(gap / sum(found.losses[LORA].tokens))


def test_memory_is_predicted_and_counted(healthy: RunDir) -> None:
    lora, qlora = (Found(healthy.path).memory(arm) for arm in (LORA, QLORA))
    assert qlora.counted["weights"] < lora.counted["weights"]
    assert qlora.counted["adapter"] == lora.counted["adapter"] == qlora.predicted["adapter"]
    rows = qlora.rows()
    assert rows[-1] == ("peak", sum(row[1] for row in rows[:-1]), sum(row[2] for row in rows[:-1]))
    assert qlora.place == "memory"


def test_the_report_and_the_merged_model_are_left_behind(healthy: RunDir) -> None:
    report = healthy.report.read_text()
    assert "functional, not a demonstration of memory or speed" in report
    for title in MODELS.values():
        assert f"| {title} |" in report
    assert json.loads((healthy.path / "merged" / "manifest.json").read_text())["dtype"] == "float16"
    trials = {event["trial"] for event in read_all(healthy.events) if event["kind"] == "step"}
    assert trials == {LORA, QLORA}


def test_the_plan_is_that_of_the_four_bit_base(
    home: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    lab = load_lab(LAB)
    run = store.create(lab, config.resolve(lab, options | {"compute_dtype": "float32"}), mode="plan")
    events = EventWriter(run.events)
    load_recipe(lab.recipe).plan(Run(run, events))
    events.close()
    (plan,) = (event for event in read_all(run.events) if event["kind"] == "plan")
    (memory,) = (event for event in read_all(run.events) if event["kind"] == "memory")
    rows = {row["name"]: row["value"] for row in plan["rows"]}
    assert rows["memory"] == sum(row["bytes"] for row in memory["rows"])
    assert next(row["bytes"] for row in memory["rows"] if row["name"] == "weights") == nf4_bytes(
        Architecture.read(Path(options["model"])), "float32"
    )


def test_questions_are_answered_by_the_run_itself(healthy: RunDir) -> None:
    study.answer(healthy, {each.question.id: each.question.answer[0] for each in grading.grade(healthy).answers})
    graded = grading.grade(healthy)
    assert all(each.right for each in graded.answers)
    assert {criterion.name for criterion in graded.criteria if criterion.passed is not True} == {"planted faults found"}
    assert next(each for each in graded.predictions if each.question.id == "merge").right


@pytest.mark.parametrize("fault", ["plain", "head", "frozen"])
def test_every_fault_of_the_training_fails_its_criteria(fault: str, made: Callable[[str], RunDir]) -> None:
    # What a wrong merge moves may change which token is likeliest, or not.
    assert failed(made(fault)) - {"merged chooses the same"} == SYMPTOMS[fault]


@pytest.mark.parametrize("fault", [ORIGINAL, REQUANTIZED])
def test_every_wrong_merge_fails_its_criteria(
    fault: str, healthy: RunDir, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    monkeypatch.setattr("tutor.stages.copies.convert", lambda run: None)
    copy = copied(healthy, tmp_path)
    shutil.rmtree(copy.path / "merged")
    facts = copy.path / "run.toml"
    facts.write_text(facts.read_text().replace('drill = ""', f'drill = "{fault}"'))
    copy = RunDir(copy.path)
    go_on(copy)
    assert failed(copy) - {"merged chooses the same"} == SYMPTOMS[fault]


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == set(SYMPTOMS)


def test_a_merge_that_chooses_otherwise_fails(healthy: RunDir, tmp_path: Path) -> None:
    copy = copied(healthy, tmp_path)
    path = copy.path / "merges" / "stored.json"
    texts = json.loads(path.read_text())["texts"]
    path.write_text(json.dumps({"texts": [text | {"same_top": 0.9 * text["positions"]} for text in texts]}))
    assert failed(copy) == {"merged chooses the same"}


def test_on_a_gpu_the_prediction_of_memory_is_judged_too(healthy: RunDir, tmp_path: Path) -> None:
    copy = copied(healthy, tmp_path)
    path = copy.path / "memory" / "qlora.json"
    memory = json.loads(path.read_text()) | {"place": "GPU"}
    path.write_text(json.dumps(memory | {"peak": sum(memory["predicted"].values())}))
    assert failed(copy) == set()
    path.write_text(json.dumps(memory | {"peak": 2 * sum(memory["predicted"].values())}))
    assert failed(copy) == {"memory as predicted"}


def start(run: RunDir) -> subprocess.Popen[bytes]:
    with run.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tutor.runs.worker", str(run.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=quiet_environment() | {"TUTOR_HOME": str(run.path.parents[1])},
        )


def wait_until(run: RunDir, worker: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert worker.poll() is None, run.log.read_text()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_and_resumed_it_ends_with_the_same_adapter(
    healthy: RunDir, home: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_HOME", str(home))
    run = store.create(load_lab(LAB), config.resolve(load_lab(LAB), options))
    worker = start(run)
    wait_until(run, worker, lambda: any((run.path / QLORA / "checkpoints").glob("step-*")))
    worker.kill()
    worker.wait()
    adapter = run.path / QLORA / "adapter"
    assert not adapter.exists()
    monkeypatch.setattr("tutor.stages.copies.convert", lambda run: None)
    go_on(run)
    name = "adapter_model.safetensors"
    assert (adapter / name).read_bytes() == (healthy.path / QLORA / "adapter" / name).read_bytes()
    assert any("Going on from step-" in event["text"] for event in read_all(run.events) if event["kind"] == "message")
    assert "kernels" not in run.log.read_text()
