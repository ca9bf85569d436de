"""What a dashboard makes of a run's events."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.runs.events import KINDS, make
from tutor.screens import run_texts
from tutor.screens.run_state import RunState


def _step(step: int, loss: float | str) -> dict[str, Any]:
    fields = {"lr": 1e-3, "grad_norm": 1.0, "tokens": step, "tokens_per_s": 1.0, "eta_s": 1.0, "rss_bytes": 1}
    return make("step", step=step, total=10, loss=loss, **fields)


def test_of_a_step_seen_twice_the_later_counts() -> None:
    state = RunState()
    state.feed([_step(1, 3.0), _step(2, 2.0), _step(2, 1.5), _step(3, 1.0)])
    assert state.train_points() == [(1, 3.0), (2, 1.5), (3, 1.0)]
    assert state.total_steps == 10


def test_a_resumed_run_is_not_finished() -> None:
    state = RunState()
    state.feed([make("finished", status="interrupted", exit_code=130, what="", todo="")])
    assert state.finished is not None
    state.feed([make("started", run="r", lab="l", mode="run", config={})])
    assert state.finished is None


def test_every_kind_but_checkpoints_is_understood() -> None:
    assert {kind for kind in KINDS if not hasattr(RunState, f"_on_{kind}")} == {"checkpoint"}


def test_measured_memory_is_the_gpus_where_there_is_one() -> None:
    state = RunState()
    state.feed([make("memory", rows=[{"name": "weights", "bytes": 5}], available=9)])
    assert (state.memory, state.available, state.measured_memory()) == ([("weights", 5)], 9, [])
    state.feed([_step(1, 3.0)])
    assert state.measured_memory() == [("measured", 1)]
    state.feed([_step(2, 3.0) | {"cuda_allocated_bytes": 4, "cuda_reserved_bytes": 6}])
    assert state.measured_memory() == [("in tensors", 4), ("held", 6)]


def test_numbers_that_are_not_finite_survive() -> None:
    state = RunState()
    state.feed([_step(1, "nan")])
    assert "nan" in run_texts.metrics(state).plain


def test_the_curve_is_of_the_split_measured_most_often() -> None:
    state = RunState()
    fields = {"low": 0.0, "high": 9.0, "n": 4}
    state.feed([make("eval", step=0, split="seen", loss=3.0, **fields)])
    state.feed([make("eval", step=step, split="new", loss=4.0 - step, **fields) for step in (0, 1)])
    assert state.eval_points() == [(0, 4.0), (1, 3.0)]


def test_what_a_run_says_is_cleaned() -> None:
    state = RunState()
    state.feed([make("message", level="info", text="[bold]a\x1b[31mb")])
    assert run_texts.messages(state).plain == "[bold]ab"


@pytest.mark.parametrize(("count", "text"), [(5, "5 s"), (65, "1 min 05 s"), (3700, "1 h 01 min"), (-1, "0 s")])
def test_times_are_readable(count: float, text: str) -> None:
    assert run_texts.seconds(count) == text


def test_a_plan_names_values_units_and_notes() -> None:
    rows = [
        {"name": "memory", "value": 912_000_000, "unit": "bytes", "note": "predicted"},
        {"name": "steps", "value": 1200, "unit": "", "note": ""},
    ]
    assert run_texts.plan(rows).plain == "memory  912 MB\n  predicted\nsteps   1,200"


def test_pairs_are_listed_with_the_worst_first_and_the_latest_counts() -> None:
    state = RunState()
    assert "No pair" in run_texts.pairs(state).plain
    both = [{"name": "a", "chosen": 0.5, "rejected": -1.0}, {"name": "b", "chosen": -2.0, "rejected": -0.5}]
    state.feed([make("preference", step=1, pairs=[{"name": "a", "chosen": -9.0, "rejected": 9.0}])])
    state.feed([make("preference", step=2, pairs=both)])
    lines = [line.split() for line in run_texts.pairs(state).plain.splitlines()]
    assert lines[0][:4] == ["1", "of", "2", "pairs"]
    assert lines[-2:] == [["b", "2", "-2.00", "-0.50", "-1.50"], ["a", "2", "+0.50", "-1.00", "+1.50"]]
