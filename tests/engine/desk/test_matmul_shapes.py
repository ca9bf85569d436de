"""Products of lesson 1.1.2 against NumPy, which has rules of its own for what is legal."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

from tutor.engine.desk import matmul
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize(
    ("rows", "inner", "other", "columns"), [(2, 3, 3, 4), (1, 6, 6, 1), (6, 1, 1, 6), (2, 3, 2, 4)]
)
def test_the_product_is_numpys(rows: int, inner: int, other: int, columns: int) -> None:
    answer = matmul.product(CALL, rows, inner, other, columns)
    left, right = np.array(answer["left"]), np.array(answer["right"])
    assert (left.shape, right.shape) == ((rows, inner), (other, columns))
    if inner == other:
        assert answer["result"] == (left @ right).tolist()
        assert answer["flops"] == 2 * rows * inner * columns
        assert answer["error"] == ""
    else:
        assert answer["result"] is None
        assert f"{rows}x{inner} and {other}x{columns}" in answer["error"]


@pytest.mark.parametrize(
    ("tier", "tokens"), itertools.product(["nano", "tiny", "small", "medium"], [7, 8, 12, 48, 64, 100, 200])
)
def test_one_option_of_a_puzzle_is_legal(tier: str, tokens: int) -> None:
    for step in ("gate", "down"):
        _one_is_legal(matmul.puzzle(CALL, tier, tokens, step), tier, tokens)
    assert matmul.puzzle(CALL, tier, tokens, "down")["result"] == f"[{tokens}, {TIERS[tier].architecture.hidden}]"


def _one_is_legal(answer: dict[str, Any], tier: str, tokens: int) -> None:
    assert [option["legal"] for option in answer["options"]].count(True) == 1
    assert len({option["text"] for option in answer["options"]}) == 4
    hidden, wide = TIERS[tier].architecture.hidden, TIERS[tier].architecture.intermediate
    legal = next(option["text"] for option in answer["options"] if option["legal"])
    rows, inner, other, columns = map(int, re.findall(r"\d+", legal))
    assert inner == other == answer["inner"]
    assert answer["result"] == f"[{rows}, {columns}]"
    assert answer["megaflops"] == pytest.approx(2 * tokens * hidden * wide / 1e6)
