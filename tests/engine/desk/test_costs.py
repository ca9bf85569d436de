"""Adapters and weights of the five sizes against a table that was computed apart and checked against PEFT."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import drawn
from tutor.engine.desk import costs
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.widgets.figures.cost_table import CostTable

CALL = Call(lambda _part: None, lambda: False)

# r = 4, 8, 16, 32, 64 on q, k, v, o; r = 8 on q, v; r = 8 on all seven
ADAPTERS = {
    "nano": (460_800, 921_600, 1_843_200, 3_686_400, 7_372_800, 460_800, 2_442_240),
    "tiny": (540_672, 1_081_344, 2_162_688, 4_325_376, 8_650_752, 540_672, 4_399_104),
    "small": (1_089_536, 2_179_072, 4_358_144, 8_716_288, 17_432_576, 1_089_536, 9_232_384),
    "medium": (2_523_136, 5_046_272, 10_092_544, 20_185_088, 40_370_176, 2_523_136, 20_185_088),
    "large": (8_388_608, 16_777_216, 33_554_432, 67_108_864, 134_217_728, 8_388_608, 67_108_864),
}
# percent of all parameters at r = 8 on q, k, v, o, and on all seven, as printed
PERCENT = {
    "nano": "0.685 1.82",
    "tiny": "0.219 0.89",
    "small": "0.141 0.60",
    "medium": "0.0663 0.265",
    "large": "0.051 0.205",
}
# GB as printed: fp32, bf16, NF4, NF4 with double quantization, half a byte for each parameter
WEIGHTS = {
    "nano": "0.538 0.269 0.116 0.111 0.067",
    "tiny": "1.976 0.988 0.474 0.457 0.247",
    "small": "6.175 3.087 1.204 1.143 0.772",
    "medium": "30.46 15.23 5.85 5.55 3.81",
    "large": "131.1 65.5 20.7 19.2 16.4",
}
# bytes of keys and values for a token, MiB for 2,048
CACHE = {
    "nano": (23_040, 45),
    "tiny": (12_288, 24),
    "small": (28_672, 56),
    "medium": (57_344, 112),
    "large": (262_144, 512),
}


def values(table: str, tier: str) -> list[float]:
    """The column of a tier."""
    answer = costs.tables(CALL)
    return [row["values"][answer["tiers"].index(tier)] for row in answer["tables"][table]]


def assert_printed(found: float, printed: str) -> None:
    """`found` is `printed` to its last digit."""
    assert f"{found:.{len(printed.partition('.')[2])}f}" == printed


@pytest.mark.parametrize("tier", TIERS)
def test_adapters_to_the_digit(tier: str) -> None:
    assert tuple(values("LoRA", tier)) == ADAPTERS[tier]
    percents = values("LoRA in %", tier)
    for found, printed in zip((percents[1], percents[-1]), PERCENT[tier].split(), strict=True):
        assert_printed(found, printed)


@pytest.mark.parametrize("tier", TIERS)
def test_weights_to_the_printed_digits(tier: str) -> None:
    *weights, token, context = values("memory", tier)
    for found, printed in zip(weights, WEIGHTS[tier].split(), strict=True):
        assert_printed(found, printed)
    assert (token, context) == CACHE[tier]


@pytest.mark.parametrize(("table", "shown"), [("LoRA", "2,179,072"), ("LoRA in %", "0.0663 %"), ("memory", "5.547 GB")])
def test_the_screen_shows_them(table: str, shown: str) -> None:
    answer: Any = costs.tables(CALL)
    for width in (56, 76, 120):
        text = drawn(CostTable(), answer, width, table=table)
        assert shown in text
        assert max(len(line) for line in text.splitlines()) <= width
        assert all(tier in text for tier in TIERS)
