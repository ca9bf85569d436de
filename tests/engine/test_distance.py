"""How far a model moved, against the weights themselves."""

from __future__ import annotations

import copy

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine.distance import moved
from tutor.engine.lora import add_adapter, lora_layers
from tutor.engine.minitrain import twin


def test_of_a_model_whose_weights_were_changed() -> None:
    base = tiny_llama.model().eval()
    tuned = copy.deepcopy(base)
    with torch.no_grad():
        tuned.model.layers[1].mlp.up_proj.weight.mul_(1.5)
        tuned.model.norm.weight[0] += 1
    found = moved(base, tuned)
    assert found["changes"]["up_proj"] == [0, pytest.approx(0.5)]
    assert found["changes"]["q_proj"] == [0, 0]
    assert found["numbers"] == base.model.layers[1].mlp.up_proj.weight.numel() + 1
    assert found["all"] == sum(parameter.numel() for parameter in base.parameters())
    vectors = [torch.cat([p.detach().flatten() for p in model.parameters()]) for model in (base, tuned)]
    assert found["distance"] == pytest.approx(float((vectors[1] - vectors[0]).norm() / vectors[0].norm()), rel=1e-4)


def test_an_adapter_moved_as_far_as_the_model_it_is_merged_into() -> None:
    base = tiny_llama.model().eval()
    adapted = add_adapter(twin(base), r=2, alpha=4, dropout=0.0, targets=["q_proj", "v_proj"], seed=0)
    for layer in lora_layers(adapted).values():
        torch.nn.init.normal_(layer.lora_B["default"].weight)
    merged = copy.deepcopy(adapted).merge_and_unload()
    from_adapter, from_weights = moved(base, adapted), moved(base, merged)
    for name, shares in from_weights["changes"].items():
        assert from_adapter["changes"][name] == pytest.approx(shares, rel=1e-4), name
    assert from_adapter["numbers"] == from_weights["numbers"]
    assert from_adapter["distance"] == pytest.approx(from_weights["distance"], rel=1e-4)
