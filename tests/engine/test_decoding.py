"""Token by token, with and without a cache, by the clock, and with mistakes planted in the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from tutor.engine import attention
from tutor.engine.decoding import TOP, decode, generate
from tutor.engine.faults import FAULTS, planted
from tutor.engine.timing import time_stages

SHAPE = {
    "vocab_size": 61,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.4,
}
IDS = [5, 17, 3, 60, 0, 41]


@pytest.fixture(params=["llama", "qwen2"])
def toy(request: pytest.FixtureRequest) -> Any:
    """A random model of each family."""
    torch.manual_seed(0)
    if request.param == "llama":
        return LlamaForCausalLM(LlamaConfig(**SHAPE, eos_token_id=9)).eval()
    return Qwen2ForCausalLM(Qwen2Config(**SHAPE)).eval()


def test_both_ways_of_decoding_are_what_generate_does(toy: Any) -> None:
    expected = generate(toy, IDS, 20)
    assert len(expected) == 20
    cached, plain = (decode(toy, IDS, 20, cache=cache) for cache in (True, False))
    assert cached.tokens == plain.tokens == expected
    # 25 tokens were read (the last one written never is), each with a key and a value in 2 heads of 8 in 3 layers.
    assert cached.cache_bytes == 2 * 3 * 2 * 8 * 25 * 4
    assert plain.cache_bytes == 0


def test_steps_keep_the_choice_they_came_from(toy: Any) -> None:
    step = decode(toy, IDS, 1, cache=True).steps[0]
    with torch.inference_mode():
        probabilities = toy(torch.tensor([IDS])).logits[0, -1].softmax(-1)
    assert step.token == step.top[0][0]
    assert len(step.top) == TOP
    assert [p for _, p in step.top] == pytest.approx(probabilities.topk(TOP).values.tolist(), rel=1e-4)


def test_forgetting_what_is_cached_changes_the_text(toy: Any) -> None:
    right, wrong = (decode(toy, IDS, 20, cache=True, from_zero=from_zero) for from_zero in (False, True))
    assert wrong.tokens[0] == right.tokens[0]
    assert wrong.tokens != right.tokens
    assert decode(toy, IDS, 20, cache=False, from_zero=True).tokens == right.tokens


def test_decoding_can_be_stopped(toy: Any) -> None:
    steps = iter([None, None])
    with pytest.raises(StopIteration):
        decode(toy, IDS, 20, cache=True, check=lambda: next(steps))


def test_stages_are_timed_one_after_the_other(toy: Any) -> None:
    timed = time_stages(toy, IDS)
    inside = ["norm", "attention", "residual", "norm", "mlp", "residual"]
    assert [span.name for span in timed.spans] == ["embed", *inside * 3, "final norm", "LM head"]
    ends = [span.begin + span.seconds for span in timed.spans]
    assert all(end <= after.begin for end, after in zip(ends, timed.spans[1:], strict=False))
    assert 0 < timed.covered <= 1
    assert ends[-1] <= timed.wall
    assert not toy.model.norm._forward_hooks


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(model(torch.tensor([IDS])).logits)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_bites_and_leaves_no_trace(toy: Any, fault: str) -> None:
    healthy = logits(toy)
    with planted(toy, fault):
        # With fused attention and with attention written out: a fault must not hide in either.
        with attention.eager(toy):
            assert not torch.allclose(logits(toy), healthy, atol=1e-2)
        assert not torch.allclose(logits(toy), healthy, atol=1e-2)
    assert logits(toy).equal(healthy)
    with planted(toy, ""):
        assert logits(toy).equal(healthy)


@pytest.mark.parametrize(
    ("fault", "shows"),
    [
        ("mask", lambda weights, _: attention.future_weight(weights) > 0.01),
        ("dropout", lambda weights, _: attention.row_sum_error(weights) > 0.01),
        (
            "scale",
            lambda weights, healthy: (attention.entropy(weights) > attention.entropy(healthy)).float().mean() > 0.7,
        ),
        ("rope", lambda weights, _: torch.allclose(weights[0, :, -1, 0], weights[0, :, -1, -2], atol=1e-5)),
    ],
)
def test_faults_of_attention_have_their_symptoms(
    toy: Any, fault: str, shows: Callable[[torch.Tensor, torch.Tensor], bool]
) -> None:
    ids = [7, 3, 60, 0, 7, 41]  # without positions, the two copies of 7 look alike in the first layer
    healthy = attention.attention_weights(toy, ids)
    assert not shows(healthy, healthy)
    with planted(toy, fault):
        assert shows(attention.attention_weights(toy, ids), healthy)
