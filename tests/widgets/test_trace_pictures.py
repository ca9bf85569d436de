"""The cells of the lesson's own trace: every one says how its number came about."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.app.app_fakes import RECORDED
from tutor.widgets.figures.stream import StreamHeat
from tutor.widgets.figures.vector import COLUMNS, VectorCells
from tutor.widgets.lesson.trace import Trace

NUMBER = re.compile(r"[+-]\d+\.\d+")


@pytest.fixture
def trace() -> Trace:
    """What the real engine said of `The capital of France is`."""
    recorded: dict[str, Any] = json.loads((RECORDED / "trace.json").read_text())
    return Trace("The capital of France is", about=recorded["load"], report=recorded["trace"])


def test_a_number_of_the_stream_is_the_one_before_it_and_what_its_layer_added(trace: Trace) -> None:
    cells = StreamHeat(every=3).cells(trace)
    assert cells.rows[:3] == ["embed", "3", "6"]
    for row in range(1, len(cells.rows)):
        for column in range(len(cells.columns)):
            before, attention, mlp, value = map(float, NUMBER.findall(cells.explain(row, column).plain))
            assert value == pytest.approx(cells.values[row][column], abs=6e-4)
            assert before + attention + mlp == pytest.approx(value, abs=2.1e-3)  # four numbers of three digits


def test_a_number_of_the_embedding_is_looked_up(trace: Trace) -> None:
    cells = VectorCells(layer=0, count=20).cells(trace)
    assert cells.explain(1, 2).plain.startswith(f"embedding of ·is: row 314, column {COLUMNS + 2} of the table holds")
    assert cells.values[2][4:] == [None] * 4
    assert cells.explain(2, 4).plain == "not shown"
    assert float(NUMBER.findall(cells.explain(1, 2).plain)[0]) == pytest.approx(cells.values[1][2], abs=6e-4)


def test_each_row_of_the_stream_has_a_scale_of_its_own(trace: Trace) -> None:
    assert StreamHeat().cells(trace).by_row
