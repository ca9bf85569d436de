"""Race, crossover and ceiling by their arithmetic; every check of lesson 1.2 has an answer, whatever the try."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.probes.toy_loaded import toy_loaded
from tests.lesson_checks import assert_checks_work, lesson
from tests.widgets.figure_checks import assert_fits, start_values
from tutor.course.blocks import WidgetBlock
from tutor.engine import products, stopwatch
from tutor.engine.desk import ceiling, crossover, race, reduce, scratch_vs_tuned
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call
from tutor.errors import UsageError
from tutor.widgets.figures.base import Figure, figure_class

CALL = Call(lambda _part: None, lambda: False)
DESK = PackageMethods("tutor.engine.desk")
PROBES = PackageMethods("tutor.engine.probes")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same code on less: few repeats, small sizes, short trainings."""
    monkeypatch.setattr(products, "LIMIT", 0.02)
    monkeypatch.setattr(stopwatch, "SHORTEST", 0.0)
    monkeypatch.setattr(crossover, "BUDGET", 0.0)
    monkeypatch.setattr(crossover, "SIZES", {"matmul": (8, 32), "dot": (10, 100)})
    monkeypatch.setattr(scratch_vs_tuned, "STEPS", 40)
    monkeypatch.setattr("tutor.engine.charmodel.BATCH", 8)
    monkeypatch.setattr("tutor.engine.bandwidth.SIDE", 64)


SHORTER = {"decision.train": {"steps": 60}, "scratch_vs_tuned.race": {"head_start": 60}}
"""Arguments of what would take seconds, where a lesson gives none."""

topics = pytest.mark.parametrize("topic", ["1.2.1", "1.2.2", "1.2.3"])


def _answer(role: str, method: str, params: dict[str, Any], call: Call = CALL) -> Any:
    params = SHORTER.get(method, {}) | params
    return DESK[method](call, **params) if role == "desk" else PROBES[method](call, toy_loaded(), **params)


@topics
def test_every_check_has_an_answer(topic: str) -> None:
    assert_checks_work(topic, _answer)


@topics
def test_every_picture_draws_what_it_asks_for(topic: str) -> None:
    for page in lesson(topic).pages:
        for block in page.blocks:
            kind = figure_class(block.name) if isinstance(block, WidgetBlock) else None
            if isinstance(block, WidgetBlock) and kind is not None and issubclass(kind, Figure):
                figure = kind(**block.arguments)
                params = figure.params(start_values(figure))
                params |= {"prompt": "what is this cat"} if figure.USES_PROMPT else {}
                parts: list[dict[str, Any]] = []
                answer = _answer(*figure.ASK, params, Call(parts.append, lambda: False))
                for shown in (*parts[:3], answer):
                    assert_fits(figure, json.loads(json.dumps(shown)))


def test_a_race_has_every_way_that_there_is() -> None:
    parts: list[dict[str, Any]] = []
    answer = race.run(Call(parts.append, lambda: False), "matmul", 16)
    names = [row["name"] for row in answer["rows"]]
    assert names[:2] == [products.LOOP, products.ONE]
    assert (products.SENT in names) == (answer["absent"] == "")
    assert [len(part["rows"]) for part in parts] == list(range(1, len(names) + 1)) or len(parts) == len(names)
    fastest = min((row for row in answer["rows"] if row["seconds"]), key=lambda row: row["seconds"])
    assert answer["fastest"] == fastest["name"]


def test_a_roof_is_above_every_point_of_the_kernels() -> None:
    answer = crossover.curve(CALL, "matmul")
    speeds = [p["gflops"] for name in (products.ONE, products.ALL) for p in answer["lines"].get(name, [])]
    assert answer["peak"] / 1e9 >= max(speeds) * 0.999
    assert answer["ridge"] == pytest.approx(answer["peak"] / answer["bandwidth"])
    assert [point["size"] for point in answer["lines"][products.ONE]] == [8, 32]


def test_it_pays_from_where_it_stays_faster() -> None:
    def line(*seconds: float) -> list[dict[str, Any]]:
        return [{"size": 2**n, "seconds": value} for n, value in enumerate(seconds, 9)]

    def pays(*seconds: float) -> str:
        return crossover.pays_from({"a": line(*seconds), "b": line(3, 3, 3)}, "a", "b")

    assert pays(9, 2, 1) == "1,024"
    assert pays(1, 9, 1) == "2,048"
    assert pays(1, 1, 1) == "512"
    assert pays(1, 1, 9) == "never"
    assert crossover.pays_from({"b": line(1)}, "a", "b") == "never"


def test_ceilings_are_bandwidth_over_bytes() -> None:
    """Against a table worked out by hand: bf16, T4 and RTX 4090."""
    for memory, small, medium in (("T4", 104, 21), ("RTX 4090", 327, 66)):
        rows = {row["tier"]: row["ceiling"] for row in ceiling.tiers(CALL, memory)["rows"]}
        assert rows["small"] == pytest.approx(small, abs=1)
        assert rows["medium"] == pytest.approx(medium, abs=1)
    cached = ceiling.tiers(CALL, "T4", tokens=2048)["rows"][2]["bytes"] - ceiling.tiers(CALL, "T4")["rows"][2]["bytes"]
    assert cached == 2048 * 28_672
    here = ceiling.tiers(CALL)
    assert here["measured"] and here["bandwidth"] > 0


@pytest.mark.parametrize(
    ("op", "numbers", "expected"),
    [
        ("softmax", "2.1, 0.5, 1.8, 0.2", [0.478, 0.096, 0.354, 0.071]),
        ("LayerNorm", "0.5 -0.2 0.8 0.1", [0.525, -1.313, 1.313, -0.525]),
        ("RMSNorm", "0.5; -0.2; 0.8; 0.1", [1.031, -0.413, 1.650, 0.206]),
    ],
)
def test_the_worked_numbers_are_what_pytorch_says(op: str, numbers: str, expected: list[float]) -> None:
    answer = reduce.by_hand(CALL, numbers, op)
    assert answer["result"] == pytest.approx(expected, abs=6e-4)
    assert answer["difference"] < 1e-12
    assert len(answer["rounds"]) == 3


def test_a_tree_halves_until_one_is_left() -> None:
    rounds = reduce.tree([float(n) for n in range(11)])
    assert [len(sums) for sums in rounds] == [11, 6, 3, 2, 1]
    assert rounds[-1] == [55.0]
    assert reduce.by_hand(CALL, "2.1, 0.5, 1.8, 0.2")["rounds"][-1][0] == pytest.approx(2.092, abs=5e-4)


@pytest.mark.parametrize("numbers", ["", "none", "1e999", ",".join("1" * 17)])
def test_what_is_no_list_of_numbers_is_refused(numbers: str) -> None:
    with pytest.raises(UsageError, match="no list"):
        reduce.by_hand(CALL, numbers)
