"""lab-transformer-trace: the trace is what the model does, and every criterion can fail."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.labs.tiny_models import run_lab, write_model
from tutor.errors import UsageError
from tutor.insight.trace_compare import paces, parting
from tutor.insight.trace_found import Trace
from tutor.runs import grading, study
from tutor.runs.config import load_lab
from tutor.runs.store import RunDir

LAB = "lab-transformer-trace"
PROMPT = "what is this a cat is this"
SYMPTOMS = {
    "tokenizer": {"the tokens are the prompt", "the trace is what generate does"},
    "layer": {"every stage is there", "the trace is what generate does"},
    "mask": {"nothing looks ahead", "the cache changes nothing", "the trace is what generate does"},
    "norm": {"the lens ends at the output", "the trace is what generate does"},
    "position": {"the cache changes nothing", "the trace is what generate does"},
    "clock": {"times add up"},
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that all tests but one trace."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny")


def run_tiny(tiny: Path, **options: Any) -> RunDir:
    return run_lab(LAB, {"model": str(tiny), "prompt": PROMPT, "smoke": True} | options)


@pytest.fixture(scope="module")
def traced(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], RunDir]:
    """One run for each fault, made when it is first asked for; that of no fault is also continued by chance."""
    home = tmp_path_factory.mktemp("home")

    @cache
    def run(fault: str) -> RunDir:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TUTOR_HOME", str(home))
            return run_tiny(tiny, drill=fault, temperature=0.0 if fault else 0.9, top_k=5)

    return run


@pytest.fixture
def healthy(traced: Callable[[str], RunDir]) -> RunDir:
    """The run without a fault."""
    return traced("")


def failed(run: RunDir) -> set[str]:
    """What the run's own numbers fail, but for times: those of a model this small are mostly Python's."""
    names = {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}
    trace = Trace.read(run.path)
    python_only = trace.covered > 0.3 and not trace.counted_twice
    return names - {"predictions made before the run"} - ({"times add up"} if python_only else set())


def test_the_trace_is_what_the_model_does(healthy: RunDir, tiny: Path) -> None:
    trace = Trace.read(healthy.path)
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    inputs = torch.tensor([trace.data["ids"]])
    with torch.inference_mode():
        output = model(inputs, output_hidden_states=True)
    assert trace.data["output"][0]["id"] == output.logits[0, -1].argmax()
    assert trace.data["output"][0]["p"] == pytest.approx(output.logits[0, -1].softmax(-1).max().item(), rel=1e-4)
    lengths = [state[0].norm(dim=-1).tolist() for state in output.hidden_states[:-1]]
    assert trace.data["norms"][:-1] == [pytest.approx(row, rel=1e-4) for row in lengths]
    assert len(trace.data["generated"]) == len(trace.data["cached"]) == len(trace.data["sampled"]) == 16
    assert trace.tokens("cached") == trace.tokens("uncached") == trace.data["generated"]
    assert trace.matching == 16
    assert failed(healthy) == set()


def test_every_stage_has_its_values_and_its_time(healthy: RunDir) -> None:
    trace = Trace.read(healthy.path)
    assert len(trace.stages) == 5 + 6 * 3
    for stage in trace.stages:
        assert stage["min"] <= stage["mean"] <= stage["max"]
        count = math.prod(stage["shape"])
        spread = math.sqrt(count * (stage["std"] ** 2 + stage["mean"] ** 2))
        assert stage["l2"] == pytest.approx(spread, rel=1e-3)
        assert stage["seconds"] > 0
    assert len(trace.data["passes"]) == 3
    assert trace.cache_bytes_per_token == 2 * 3 * 2 * 8 * 4


def test_chrome_can_read_the_times(healthy: RunDir) -> None:
    """The parts of the format that chrome://tracing and Perfetto rely on."""
    data = json.loads((healthy.path / "trace.chrome.json").read_text())
    events = data["traceEvents"]
    complete = [event for event in events if event["ph"] == "X"]
    assert {event["ph"] for event in events} == {"M", "X"}
    assert all({"name", "cat", "ts", "dur", "pid", "tid", "args"} <= set(event) for event in complete)
    named = {event["tid"] for event in events if event["name"] == "thread_name"}
    assert {event["tid"] for event in complete} == named == {1, 2, 3}
    assert sum(event["cat"] == "stage" for event in complete) == 3 + 6 * 3
    # On one thread, two events are apart or one lies inside the other, or the viewer refuses them.
    for thread in named:
        open_until: list[float] = []
        for event in (each for each in complete if each["tid"] == thread):
            while open_until and event["ts"] >= open_until[-1] - 0.01:
                open_until.pop()
            end = event["ts"] + event["dur"]
            assert not open_until or end <= open_until[-1] + 0.01
            open_until.append(end)


@pytest.mark.parametrize("fault", SYMPTOMS)
def test_every_planted_fault_fails_its_criteria(fault: str, traced: Callable[[str], RunDir]) -> None:
    run = traced(fault)
    assert failed(run) == SYMPTOMS[fault]
    assert grading.grade(run).state == "failed"


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == set(SYMPTOMS)


@pytest.mark.parametrize(
    ("fault", "stage"),
    [
        ("tokenizer", ("tokenize", None)),
        ("mask", ("attention", 0)),
        ("layer", ("attention", 1)),
        ("norm", ("final norm", None)),
        ("position", None),
    ],
)
def test_a_sick_trace_parts_from_a_healthy_one_where_it_is_sick(
    fault: str, stage: tuple[str, int | None] | None, healthy: RunDir, traced: Callable[[str], RunDir]
) -> None:
    parted = parting(Trace.read(healthy.path), Trace.read(traced(fault).path))
    if stage is None:
        assert parted is None
    else:
        assert parted is not None
        assert (parted.stage, parted.layer) == stage


def test_times_are_compared_with_intervals(healthy: RunDir) -> None:
    one = Trace.read(healthy.path)
    slower = json.loads(json.dumps(one.data))
    for timed in slower["passes"]:
        timed["wall"] *= 3
        for span in timed["spans"]:
            span["seconds"] *= 3 if span["name"] == "mlp" else 1
    found = {pace.stage: pace for pace in paces(one, Trace(one.path, slower))}
    assert found["mlp"].ratio == pytest.approx(3)
    assert found["norm"].ratio == pytest.approx(1)
    assert found["norm"].verdict == "no difference proved"
    assert found["mlp"].low < 3 < found["mlp"].high


def test_a_run_is_compared_with_an_earlier_one(tiny: Path) -> None:
    first = run_tiny(tiny)
    second = run_tiny(tiny, compare=first.id, drill="norm", layers="1-2")
    report = second.report.read_text()
    assert f"## Compared with {first.id}" in report
    assert "part at **final norm**" in report
    assert "Layers 1 to 2 of 3" in report


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"new_tokens": 3}, "new_tokens is 3"),
        ({"prompt": "cat"}, "has 1 tokens"),
        ({"layers": "2-9"}, "layers cannot be '2-9'"),
        ({"layers": "first"}, "layers cannot be 'first'"),
    ],
)
def test_what_cannot_be_done_is_said(options: dict[str, Any], sentence: str, tiny: Path) -> None:
    with pytest.raises(UsageError, match=sentence):
        run_tiny(tiny, **options)


@pytest.mark.model
@pytest.mark.usefixtures("nano_home")
def test_the_embedded_model_passes() -> None:
    predictions = {"tokens": "5", "slowest": "mlp", "cache": "2", "decided": "30"}
    run = run_lab(LAB, {"model": "nano", "smoke": True}, predictions)
    grade = grading.grade(run)
    assert {criterion.name for criterion in grade.criteria if criterion.passed is not True} == {
        "questions answered rightly",
        "planted faults found",
    }
    assert {each.question.id: each.right for each in grade.predictions}["tokens"] is True
    study.answer(run, {each.question.id: each.question.answer[0] for each in grade.answers})
    assert all(each.right for each in grading.grade(run).answers)
