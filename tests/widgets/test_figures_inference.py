"""The pictures of lesson 1.2.3 from numbers that were measured once, and from the desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.desk.ceiling import HERE, QUOTED, tiers
from tutor.engine.desk.reduce import OPERATIONS, by_hand
from tutor.engine.protocol import Call
from tutor.widgets.figures.ceiling import MEMORIES, Ceiling
from tutor.widgets.figures.reduce import Reduce
from tutor.widgets.figures.reductions import Reductions
from tutor.widgets.figures.train_vs_generate import TrainVsGenerate

CALL = Call(lambda _part: None, lambda: False)

TIMELINE: dict[str, Any] = {
    "prompt_tokens": 5,
    "tokens": 4,
    "batch": 2,
    "ways": {
        "cached": {"prefill": 0.1, "steps": [0.05, 0.05, 0.06, 0.04], "per_second": 40.0},
        "uncached": {"prefill": 0.1, "steps": [0.11, 0.12, 0.13, 0.14], "per_second": 16.0},
    },
    "text": "The \x1b[31mcapital\n",
    "read": 0.12,
    "times": 2.5,
    "training": {"forward": 0.2, "backward": 0.3, "update": 0.01},
    "difference": 4.6e-5,
    "bytes": 539_000_000,
    "bandwidth": 14.1e9,
    "ceiling": 52.2,
}
FIRST = TIMELINE | {
    "ways": {"cached": {"prefill": 0.1, "steps": [], "per_second": None}},
    "text": "",
    **dict.fromkeys(("read", "times", "training", "difference", "bytes", "bandwidth", "ceiling")),
}

SHARES: dict[str, Any] = {
    "tiers": [{"tier": "nano", "norms": 61, "softmaxes": 31, "total": 92}],
    "counted": {"norms": 61, "softmaxes": 31, "total": 92},
    "passes": {
        name: {"norms": 0.1, "softmax": 0.01, "matrix products": 0.8, "everything else": 0.09}
        for name in ("prompt", "one token")
    },
    "tokens": 5,
}


@pytest.mark.parametrize("look", ["timeline", "steps"])
def test_the_timeline_fits(look: str) -> None:
    assert_fits(TrainVsGenerate(), TIMELINE, look=look)
    assert_fits(TrainVsGenerate(), FIRST, look=look)
    assert_fits(TrainVsGenerate(), FIRST | {"ways": {}}, look=look)


def test_every_way_has_its_time_and_its_tokens_per_second() -> None:
    lines = {line[:15].strip(): line for line in drawn(TrainVsGenerate(), TIMELINE, colours=False).splitlines()}
    assert lines["write, cache"].split()[-3:] == ["0.30", "s", "40.0"]
    assert lines["read it at once"].split()[-3:] == ["0.12", "s", f"{2 * 9 / 0.12:.1f}"]
    assert lines["train on it"].split()[-3:] == ["0.51", "s", f"{2 * 9 / 0.51:.1f}"]
    longest, shortest = lines["write, no cache"], lines["read it at once"]
    assert sum(map(longest.count, "#-o")) > 4 * sum(map(shortest.count, "#-o")) - 8


def test_the_timeline_says_what_bounds_it() -> None:
    picture = drawn(TrainVsGenerate(), TIMELINE, 120)
    assert "each step reads 539 MB, memory gives 14.1 GB/s: at most 52.2 tokens/s; measured 40.0" in picture
    assert "differ by at most 4.6e-05" in picture
    assert "\x1b" not in picture


@pytest.mark.parametrize("memory", [HERE, "T4"])
def test_ceilings_say_whether_they_were_measured(memory: str) -> None:
    assert (HERE, *QUOTED) == MEMORIES
    answer = tiers(CALL, "T4") | {"memory": memory, "measured": memory == HERE}
    assert_fits(Ceiling(), answer)
    picture = drawn(Ceiling(), answer)
    assert ("measured just now" in picture) == (memory == HERE)
    assert ("quoted from a data sheet" in picture) == (memory != HERE)
    assert "21.0 tokens/s" in picture


def test_reductions_are_counted_and_shared() -> None:
    assert_fits(Reductions(), SHARES)
    assert_fits(Reductions(), SHARES | {"counted": None, "passes": {}})
    picture = drawn(Reductions(), SHARES)
    assert "counted here     61         31        92" in picture
    assert "reading 5 tokens at once" in picture
    assert "80.0 %" in picture


@pytest.mark.parametrize("op", OPERATIONS)
def test_the_worked_numbers_fit(op: str) -> None:
    for numbers in ("3", "2.1, 0.5, 1.8, 0.2", ",".join(f"{n}e5" for n in range(16))):
        answer = by_hand(CALL, numbers, op)
        for shown in (0, 2, 4):
            assert_fits(Reduce(), answer, round=shown)


def test_the_tree_grows_round_by_round() -> None:
    answer = by_hand(CALL)
    assert "sum, round" not in drawn(Reduce(), answer, round=0)
    one = drawn(Reduce(), answer, round=1)
    assert "sum, round 1       1.202           0.890" in one
    assert "2.092" not in one
    assert "sum, round 2       2.092" in drawn(Reduce(), answer, round=2)
    assert "4 numbers: 3 additions, but only 2 rounds" in one
