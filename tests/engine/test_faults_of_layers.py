"""Faults of a layer's parts do what they say, and are gone afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tutor.engine.faults import planted

IDS = torch.tensor([[5, 17, 3, 60, 0, 41]])


@pytest.fixture
def toy() -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=61,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.4,
    )
    return LlamaForCausalLM(config).eval()


@torch.inference_mode()
def states(model: Any) -> tuple[torch.Tensor, ...]:
    """Before the first layer and after each but the last, whose output the final norm has changed already."""
    found: tuple[torch.Tensor, ...] = model(IDS, output_hidden_states=True).hidden_states
    return found


@torch.inference_mode()
def by_hand(model: Any, x: torch.Tensor, fault: str) -> torch.Tensor:
    """The first layer, with a part left out."""
    layer = model.model.layers[0]
    rotation = model.model.rotary_emb(x, torch.arange(x.shape[1])[None])
    mask = torch.full((x.shape[1], x.shape[1]), float("-inf")).triu(1)[None, None]
    attended = layer.self_attn(x if fault == "norms" else layer.input_layernorm(x), rotation, mask)[0]
    x = attended if fault == "residual" else x + attended
    normed = x if fault == "norms" else layer.post_attention_layernorm(x)
    gate = layer.mlp.gate_proj(normed)
    bent = gate if fault == "activation" else gate * torch.sigmoid(gate)
    mlp = layer.mlp.down_proj(bent * layer.mlp.up_proj(normed))
    return mlp if fault == "residual" else x + mlp


@pytest.mark.parametrize("fault", ["none", "activation", "residual", "norms"])
def test_a_part_is_left_out(toy: Any, fault: str) -> None:
    sound = states(toy)
    with planted(toy, fault):
        broken = states(toy)
    torch.testing.assert_close(broken[0], sound[0])
    torch.testing.assert_close(broken[1], by_hand(toy, sound[0], fault), rtol=1e-3, atol=1e-3)
    assert torch.equal(states(toy)[-1], sound[-1])
    assert torch.allclose(broken[-1], sound[-1]) == (fault == "none")
