"""From scratch and from a head start, on the course's own texts."""

from __future__ import annotations

import math

import pytest

from tutor.engine.desk import scratch_vs_tuned
from tutor.engine.desk.scratch_vs_tuned import JUDGED, LEARNED, race
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the steps."""
    monkeypatch.setattr(scratch_vs_tuned, "STEPS", 40)


def test_a_head_start_is_ahead() -> None:
    parts: list[dict[str, object]] = []
    answer = race(Call(parts.append, lambda: False), head_start=200)
    assert answer["scratch"][0][1] == pytest.approx(math.log(answer["characters"]), abs=0.1)
    assert answer["tuned"][0][1] == pytest.approx(answer["pretraining"][-1][1], rel=1e-5)
    assert answer["goal"] == min(loss for _, loss in answer["scratch"])
    assert answer["tuned"][-1][1] < answer["goal"]
    assert answer["steps"]["tuned"] == 0
    assert answer["when"] == "Before its first step"
    assert parts and set(parts[0]) <= set(answer)


def test_without_a_head_start_both_are_the_same() -> None:
    answer = race(CALL, head_start=0)
    assert answer["scratch"] == answer["tuned"]
    assert answer["samples"]["scratch"] == answer["samples"]["tuned"]


def test_texts_are_long_enough_for_both_parts() -> None:
    for task in ("glossary", "Python"):
        assert len(scratch_vs_tuned._task_text(task)) >= LEARNED + JUDGED
    assert len(scratch_vs_tuned._library_text()) > 200_000
