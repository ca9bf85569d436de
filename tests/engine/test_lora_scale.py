"""Three rules for alpha: their scale is the one that PEFT computes."""

from __future__ import annotations

import math

import pytest
from peft import LoraConfig, get_peft_model

from tests.engine import tiny_llama
from tutor.engine.lora import add_adapter, lora_layers
from tutor.engine.lora_scale import FIXED_ALPHA, FIXED_RATIO, RSLORA, RULES, alpha_of, scale_of


@pytest.mark.parametrize("rule", RULES)
def test_all_rules_meet_at_rank_8(rule: str) -> None:
    assert scale_of(rule, 8) == pytest.approx(2)
    assert alpha_of(rule, 8) == pytest.approx(16)


@pytest.mark.parametrize("rank", [2, 4, 32])
def test_plain_lora_with_that_alpha_has_the_scale_of_pefts_own_option(rank: int) -> None:
    for rule, alpha, rslora in ((FIXED_RATIO, 2 * rank, False), (FIXED_ALPHA, 16, False), (RSLORA, 2 * 8**0.5, True)):
        config = LoraConfig(r=rank, lora_alpha=alpha, use_rslora=rslora, target_modules=["q_proj"])
        theirs = next(iter(lora_layers(get_peft_model(tiny_llama.model(), config)).values()))
        plain = add_adapter(
            tiny_llama.model(), r=rank, alpha=alpha_of(rule, rank), dropout=0.0, targets=["q_proj"], seed=0
        )
        ours = next(iter(lora_layers(plain).values()))
        assert math.isclose(ours.scaling["default"], theirs.scaling["default"])
        assert math.isclose(ours.scaling["default"], scale_of(rule, rank))
