"""Feed-forward blocks counted, against the models' published sizes and against matrices of PyTorch."""

from __future__ import annotations

import pytest
from torch import nn

from tutor.engine.desk.mlp_shapes import count, gpt2, shares
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

CALL = Call(lambda _part: None, lambda: False)

IN_ALL = {
    "nano": 79_626_240,
    "tiny": 313_786_368,
    "small": 1_156_055_040,
    "medium": 5_703_204_864,
    "large": 27_179_089_920,
}
OF_BODY = {"nano": 74.98, "tiny": 87.67, "small": 88.23, "medium": 87.40, "large": 87.09}
OF_MODEL = {"nano": 59.20, "tiny": 63.52, "small": 74.89, "medium": 74.89, "large": 82.95}


@pytest.mark.parametrize("tier", TIERS)
def test_published_blocks(tier: str) -> None:
    answer = count(CALL, tier)
    assert answer["chosen"] == answer["own"]
    row = next(row for row in answer["tiers"] if row["tier"] == tier)
    assert row["total"] == answer["own"]["total"] == IN_ALL[tier]
    assert row["of_body"] == pytest.approx(OF_BODY[tier], abs=0.005)
    assert row["of_model"] == pytest.approx(OF_MODEL[tier], abs=0.005)


def test_a_classic_block_is_two_matrices() -> None:
    classic = count(CALL, "small")["classic"]
    block = nn.Sequential(nn.Linear(1536, 6144, bias=False), nn.Linear(6144, 1536, bias=False))
    assert classic["layer"] == sum(weight.numel() for weight in block.parameters())


def test_three_matrices_at_eight_thirds_are_two_at_four() -> None:
    answer = count(CALL, "nano", ratio=8 / 3, gated=True)
    assert answer["chosen"]["wide"] == 1536
    assert answer["chosen"]["layer"] == answer["classic"]["layer"]


def test_without_a_gate_a_third_is_saved() -> None:
    gated, plain = (count(CALL, "tiny", gated=gated)["chosen"] for gated in (True, False))
    assert plain["total"] * 3 == gated["total"] * 2
    rest = 357_898_112 - gated["total"]  # the layers of the 0.5B model, final norm included
    assert plain["of_body"] == pytest.approx(100 * plain["total"] / (rest + plain["total"]))


def test_two_thirds_hold_for_gpt2_only() -> None:
    answer = shares(CALL)
    block = nn.TransformerEncoderLayer(768, 12, 3072)
    mlp = sum(weight.numel() for layer in (block.linear1, block.linear2) for weight in layer.parameters())
    share = 100 * mlp / sum(weight.numel() for weight in block.parameters())
    assert answer["cases"][0] == {"name": "GPT-2 small", "value": f"{share:.1f} %", "holds": True}
    assert not any(case["holds"] for case in answer["cases"][1:])
    assert (answer["least"], answer["most"]) == pytest.approx((74.98, 88.23), abs=0.005)


def test_gpt2s_shape_is_gpt2s_only() -> None:
    cases = gpt2(CALL)["cases"]
    assert [case["holds"] for case in cases] == [True] + [False] * len(TIERS)
    assert cases[3]["value"] == "1536 → 8960 → 1536, SiLU, three matrices"
