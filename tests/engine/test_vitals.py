"""Signs of a small random model: those that are exact."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tutor.engine.architecture import Architecture
from tutor.engine.faults import planted
from tutor.engine.loaded import Loaded
from tutor.engine.vitals import LEAK, ORDER, signs

IDS = [5, 17, 3, 96, 0, 41]


@pytest.fixture
def loaded() -> Loaded:
    """A random model with a tokenizer that only counts."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=97,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    tokenizer: Any = SimpleNamespace(decode=lambda ids: " ".join(map(str, ids)))
    model = LlamaForCausalLM(config).eval()
    found = Loaded(Path(), {}, Architecture.from_config(config.to_dict()), model, tokenizer)
    object.__setattr__(found, "pieces", lambda ids: [str(token) for token in ids])
    return found


def test_a_sound_model_sees_nothing_ahead_and_minds_the_order(loaded: Loaded) -> None:
    found = signs(loaded, IDS)
    assert found.leak < LEAK
    assert found.order is not None and found.order > ORDER
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([IDS])).logits[0, -1].double()
    same: Any = torch.distributions.Categorical(logits=logits)
    assert found.entropy == pytest.approx(same.entropy().item(), rel=1e-5)
    assert found.top[0][0] == logits.argmax().item()
    assert found.size == pytest.approx(1, rel=0.01)  # a fresh norm brings every vector to 1
    assert found.read_back == "5 17 3 96 0 41"


def test_faults_show_in_their_signs(loaded: Loaded) -> None:
    with planted(loaded.model, "mask"):
        assert signs(loaded, IDS).leak > LEAK
    with planted(loaded.model, "rope"):
        order = signs(loaded, IDS).order
        assert order is not None and order < ORDER
    with planted(loaded.model, "norm"):
        assert abs(signs(loaded, IDS).size - 1) > 0.1
    assert signs(loaded, IDS).leak < LEAK


def test_what_cannot_be_told(loaded: Loaded) -> None:
    assert signs(loaded, [5, 17]).order is None
    assert signs(loaded, [5]).leak == 0
    broken = signs(loaded, [5, 97])
    assert broken.error.startswith("IndexError")
    assert broken.read_back == "5"
