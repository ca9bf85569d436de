"""The arithmetic of a layer against lengths that were published, and against PyTorch's counter."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.desk import growth
from tutor.engine.modules import meta_model
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.widgets.figures import growth as figure

CALL = Call(lambda _part: None, lambda: False)
CROSS = {"nano": 1_536, "tiny": 6_272, "small": 11_648, "medium": 24_320, "large": 35_328}
# percent of a layer that is attention at 512 tokens
AT_512 = {"nano": 36, "tiny": 17, "small": 15, "medium": 14, "large": 14}


@pytest.mark.parametrize("tier", TIERS)
def test_where_attention_overtakes(tier: str) -> None:
    answer = growth.curves(CALL, tier)
    assert answer["cross"] == CROSS[tier]
    point = next(point for point in answer["points"] if point["tokens"] == 512)
    attention = point["projections"] + point["scores"]
    assert round(100 * attention / (attention + point["mlp"])) == AT_512[tier]


def test_a_layer_computes_that_much() -> None:
    layer = meta_model(TIERS["small"].architecture).model.layers[0]
    counter = FlopCounterMode(display=False)
    states = torch.empty(1, 64, 1536, device="meta")
    angles = torch.empty(1, 64, 128, device="meta")
    layer.self_attn.config._attn_implementation = "eager"
    with torch.no_grad(), counter:
        layer(states, position_embeddings=(angles, angles))
    point = next(point for point in growth.curves(CALL, "small")["points"] if point["tokens"] == 64)
    assert counter.get_total_flops() == point["mlp"] + point["projections"] + point["scores"]


def test_the_picture() -> None:
    answer = growth.curves(CALL, "nano")
    assert [point["tokens"] for point in answer["points"]] == list(figure.LENGTHS)
    for tokens in figure.LENGTHS:
        assert_fits(figure.Growth(), answer, tokens=tokens)
    text = " ".join(drawn(figure.Growth(), answer, tokens=512).split())
    assert "MLP 64.3 %" in text
    assert "from 1,536 tokens on" in text
