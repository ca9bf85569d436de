"""The pictures of lesson 1.1 that need no model, at every width, and what they say."""

from __future__ import annotations

import pytest
from textual.content import Content

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk import matmul, memory, rank, tier_table
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.widgets.figures.matmul import Matmul
from tutor.widgets.figures.memory_stack import MODES, RANKS, WHERE, MemoryStack
from tutor.widgets.figures.parameter_bar import ParameterBar
from tutor.widgets.figures.rank_rectangles import SIZES, RankRectangles, rectangles

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("tier", TIERS)
def test_parameters(tier: str) -> None:
    answer = tier_table.part(CALL, tier)
    assert_fits(ParameterBar(), answer)
    text = drawn(ParameterBar(), answer)
    assert f"{TIERS[tier].architecture.parameters().mlp:,}" in text
    assert ("used again" in text) is TIERS[tier].architecture.tied


def test_the_bar_is_as_wide_as_all_parameters() -> None:
    bar = drawn(ParameterBar(), tier_table.part(CALL, "small"), 100, colours=False).splitlines()[2]
    # 15.1, 10.0 and 74.9 percent of 100 cells
    assert [bar.count(mark) for mark in ("eee", "aa", "mmm")] != [0, 0, 0]
    assert (bar.rindex("e") + 1, len(bar)) == (15, 100) or bar.index("aa") == 15


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("where", WHERE)
def test_memory(tier: str, where: str) -> None:
    answer = memory.plans(CALL, tier, WHERE[where])
    for mode in MODES.values():
        assert_fits(MemoryStack(tier, where), answer, mode=mode)


def test_memory_says_what_fits() -> None:
    text = drawn(MemoryStack("large", "24 GB GPU"), memory.plans(CALL, "large", "24"))
    run, qlora, lora, full = text.splitlines()[1:5]
    assert run.endswith("too large") and full.endswith("too large")
    assert qlora.endswith("fits") and "▶" not in qlora
    assert lora.count("▶") == 1
    assert "QLoRA large" in " ".join(text.split())


def test_its_request_is_for_whole_numbers() -> None:
    figure = MemoryStack()
    params = figure.params(start_values(figure) | {"seq": 1024.0, "checkpointing": "off"})
    assert params == {"tier": "small", "where": "here", "batch": 1, "seq": 1024, "rank": 8, "checkpointing": False}
    assert memory.plans(CALL, **params)["modes"]


@pytest.mark.parametrize("d", SIZES)
def test_rectangles_fit(d: int) -> None:
    for r in RANKS:
        assert_fits(RankRectangles(d, r), rank.factors(CALL, d, r), d=d, rank=r)


def test_rectangles_are_to_scale() -> None:
    # Half of 576 is 8 of 16 cells, and 4 of 8 lines, full ones.
    lines = [line.plain for line in rectangles(rank.factors(CALL, 512, 256), 8, colours=True)][1:]
    assert all(line[21:29] == "█" * 8 for line in lines)
    assert [line.count("█") for line in lines] == [8] * 4 + [24] * 4


def test_at_half_the_width_nothing_is_saved() -> None:
    assert "nothing is saved" in drawn(RankRectangles(), rank.factors(CALL, 512, 256))
    assert "128 times fewer" in drawn(RankRectangles(), rank.factors(CALL, 4096, 16))


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (6, 6, 6, 6), (2, 3, 3, 4), (2, 3, 4, 4)])
def test_matrix_products(sizes: tuple[int, int, int, int]) -> None:
    answer = matmul.product(CALL, *sizes)
    assert_fits(Matmul(*sizes), answer)
    assert ("cannot be multiplied" in drawn(Matmul(*sizes), answer)) is (sizes[1] != sizes[2])


def test_a_cell_says_how_it_came_about() -> None:
    answer = matmul.product(CALL, 2, 3, 3, 4)
    cells = Matmul().cells(answer, {})
    assert cells is not None
    for row in range(2):
        for column in range(4):
            terms, _, total = cells.explain(row, column).plain.partition(" = ")
            assert eval(terms.replace("·", "*")) == int(total) == answer["result"][row][column]
    assert isinstance(cells.explain(0, 0), Content)
