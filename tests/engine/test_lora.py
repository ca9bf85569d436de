"""Adapters: how many parameters, what they start as, and dropout that drops as often as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine.architecture import Architecture
from tutor.engine.lora import ByteDropout, add_adapter, load_adapter, lora_layers, save_adapter, trainable
from tutor.engine.memory import lora_parameters
from tutor.errors import UsageError

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj"]
IDS = torch.tensor([[5, 6, 7, 8, 9]])


def test_only_the_adapter_is_trained_and_the_planner_counts_it_right() -> None:
    model = tiny_llama.model().bfloat16()
    architecture = Architecture.from_config(model.config.to_dict())
    adapted = add_adapter(model, r=4, alpha=8, dropout=0, targets=TARGETS, seed=1)
    parameters = trainable(adapted)
    assert sum(p.numel() for p in parameters.values()) == lora_parameters(architecture, 4, TARGETS)
    assert all("lora_" in name and p.dtype == torch.float32 for name, p in parameters.items())
    assert len(lora_layers(adapted)) == 2 * len(TARGETS)


def test_a_new_adapter_changes_nothing_and_its_seed_decides_it() -> None:
    before = tiny_llama.model()(IDS).logits
    adapters = [add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=TARGETS, seed=s) for s in (1, 1, 2)]
    for adapted in adapters:
        torch.testing.assert_close(adapted(IDS).logits, before)
    first, again, other = (list(trainable(adapted).values()) for adapted in adapters)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_an_unknown_target_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no layer w_proj.*q_proj"):
        add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=["w_proj"], seed=1)


def test_saved_and_loaded_it_computes_the_same(tmp_path: Path) -> None:
    training = tiny_llama.training()
    for _ in training:
        pass
    save_adapter(training.model, tmp_path / "adapter")
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    loaded = load_adapter(tiny_llama.model(), tmp_path / "adapter")
    torch.testing.assert_close(loaded(IDS).logits, training.model.eval()(IDS).logits)


def test_dropout_drops_at_its_rate_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout, ones = ByteDropout(0.25), torch.ones(400, 501)
    out = dropout(ones)
    assert (out == 0).float().mean().item() == pytest.approx(0.25, abs=0.005)
    assert out.mean().item() == pytest.approx(1, abs=0.01)
    assert torch.equal(dropout.eval()(ones), ones)


def test_dropout_gives_gradients_only_where_it_kept() -> None:
    x = torch.ones(64, 33, requires_grad=True)
    out = ByteDropout(0.5)(x)
    out.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())
