"""Attention maps, head scores and ablation against the same things computed another way."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as functional
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

from tutor.engine import attention
from tutor.engine.lora import add_adapter

SHAPE = {
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "initializer_range": 0.4,  # large enough that heads have opinions
}
IDS = [5, 17, 3, 60, 0, 41, 5, 17]
EVERY = [(layer, head) for layer in range(3) for head in range(4)]
FAMILIES = {
    "llama": (LlamaForCausalLM, LlamaConfig),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config),
}


@pytest.fixture(params=FAMILIES)
def toy(request: pytest.FixtureRequest) -> Any:
    """A random model of each family, with the attention it would have by default."""
    torch.manual_seed(0)
    model_class, config_class = FAMILIES[request.param]
    return model_class(config_class(**SHAPE)).eval()


def test_rows_are_distributions_over_the_past(toy: Any) -> None:
    weights = attention.attention_weights(toy, IDS)
    assert weights.shape == (3, 4, len(IDS), len(IDS))
    assert weights.dtype == torch.float32
    assert attention.row_sum_error(weights) < 1e-6
    assert attention.future_weight(weights) == 0
    assert (weights[..., 0, 0] == 1).all()
    assert toy.config._attn_implementation == "sdpa"


def test_broken_maps_are_noticed() -> None:
    weights = torch.full((1, 1, 3, 3), 1 / 3)
    assert attention.future_weight(weights) == pytest.approx(1 / 3)
    weights[0, 0, 2, 1] += 0.25
    assert attention.row_sum_error(weights) == pytest.approx(0.25)


def test_stages_of_a_head_lead_to_the_models_own_weights(toy: Any) -> None:
    weights = attention.attention_weights(toy, IDS)
    for (layer, head), stages in attention.head_stages(toy, IDS, EVERY).items():
        assert stages.q.shape == stages.k.shape == stages.v.shape == (len(IDS), 8)
        torch.testing.assert_close(stages.weights, weights[layer, head], atol=1e-5, rtol=1e-4)
        assert stages.masked[2, 3] == -math.inf
        assert stages.masked[3, 2] == stages.scores[3, 2]


def test_stages_agree_with_the_fused_kernel(toy: Any) -> None:
    for stages in attention.head_stages(toy, IDS, EVERY).values():
        fused = functional.scaled_dot_product_attention(stages.q[None], stages.k[None], stages.v[None], is_causal=True)
        torch.testing.assert_close(stages.output, fused[0])


def test_query_heads_share_keys_in_order(toy: Any) -> None:
    assert [attention.kv_head(head, 9, 3) for head in range(9)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    stages = attention.head_stages(toy, IDS, [(1, 0), (1, 1), (1, 2)])
    assert stages[1, 0].k.equal(stages[1, 1].k)
    assert not stages[1, 1].k.equal(stages[1, 2].k)
    assert not stages[1, 0].q.equal(stages[1, 1].q)


def test_ablation_is_a_zero_in_the_output_projection(toy: Any) -> None:
    """Silencing a head and deleting its columns of o_proj are the same model."""
    whole = attention.token_losses(toy, IDS)
    with attention.without_heads(toy, [(1, 2), (2, 0)]):
        silenced = attention.token_losses(toy, IDS)
    assert attention.token_losses(toy, IDS).equal(whole)
    with torch.no_grad():
        for layer, head in ((1, 2), (2, 0)):
            toy.model.layers[layer].self_attn.o_proj.weight[:, head * 8 : (head + 1) * 8] = 0
    torch.testing.assert_close(silenced, attention.token_losses(toy, IDS))
    assert not torch.allclose(silenced, whole)


def test_token_losses_are_those_of_the_model(toy: Any) -> None:
    ids = torch.tensor([IDS])
    assert attention.token_losses(toy, IDS).mean().item() == pytest.approx(toy(ids, labels=ids).loss.item(), rel=1e-5)


def test_an_adapter_is_seen(toy: Any) -> None:
    before = attention.attention_weights(toy, IDS)
    adapted = add_adapter(toy, r=2, alpha=4, dropout=0, targets=["q_proj"], seed=0)
    assert attention.attention_weights(adapted, IDS).equal(before)
    torch.nn.init.normal_(attention.layers_of(adapted)[0].self_attn.q_proj.lora_B["default"].weight)
    after = attention.attention_weights(adapted, IDS)
    assert not torch.allclose(after, before)
    torch.testing.assert_close(attention.head_stages(adapted, IDS, [(0, 1)])[0, 1].weights, after[0, 1])
    with adapted.disable_adapter():
        assert attention.attention_weights(adapted, IDS).equal(before)


def test_scores_of_heads_that_do_one_thing_only() -> None:
    length = 4
    ids = attention.repeated_sequence(range(10, 50), length, seed=3, first=1)
    assert ids[0] == 1
    assert ids[1:5] == ids[5:9]
    assert len(set(ids[1:5])) == length
    assert ids == attention.repeated_sequence(range(10, 50), length, seed=3, first=1)
    n = len(ids)
    before, sink, copy, even = (torch.zeros(n, n) for _ in range(4))
    for row in range(n):
        before[row, max(0, row - 1)] = 1
        sink[row, 0] = 1
        # What followed the earlier copy of this row's token; rows without one look at the beginning.
        copy[row, row - length + 1 if row > length else 0] = 1
        even[row, : row + 1] = 1 / (row + 1)
    weights = torch.stack([before, sink, copy, even])[None]
    assert attention.previous_token(weights)[0].tolist()[:2] == [1, pytest.approx(1 / (n - 1))]
    assert attention.first_token(weights)[0, 1] == 1
    assert attention.induction(weights, length)[0].tolist()[:3] == [0, 0, 1]
    expected = sum(math.log(row + 1) for row in range(n)) / n
    assert attention.entropy(weights)[0].tolist() == [0, 0, 0, pytest.approx(expected)]
