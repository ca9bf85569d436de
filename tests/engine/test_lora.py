"""Adapters: how many parameters, what they start as, and dropout that drops as often as it says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.engine import tiny_llama
from tutor.engine import merge
from tutor.engine.architecture import PRESETS, Architecture
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


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"r": 0}, "r must be more than 0"),
        ({"alpha": -1}, "alpha must be more than 0"),
        ({"dropout": 1.0}, "dropout must be"),
        ({"targets": []}, "names no layer"),
        ({"init": "zebra"}, "init cannot be 'zebra'"),
        ({"init": "pissa", "dora": True}, "Choose one"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes: dict[str, Any], sentence: str) -> None:
    usual: dict[str, Any] = {"r": 4, "alpha": 8, "dropout": 0, "targets": TARGETS, "seed": 1}
    with pytest.raises(UsageError, match=sentence):
        add_adapter(tiny_llama.model(), **(usual | changes))


@pytest.mark.parametrize(("preset", "layers"), PRESETS.items())
def test_presets_name_several_layers(preset: str, layers: tuple[str, ...]) -> None:
    adapted = add_adapter(tiny_llama.model(), r=2, alpha=4, dropout=0, targets=[preset, layers[0]], seed=1)
    assert sorted(name.rpartition(".")[2] for name in lora_layers(adapted)) == sorted(2 * layers)


def test_rslora_scales_by_the_root_of_the_rank() -> None:
    for rslora, scaling in ((False, 8 / 4), (True, 8 / math.sqrt(4))):
        adapted = add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=TARGETS, seed=1, rslora=rslora)
        assert {layer.scaling["default"] for layer in lora_layers(adapted).values()} == {scaling}


def test_pissa_begins_as_the_base_with_its_largest_directions_taken_out() -> None:
    base = tiny_llama.model()
    weight = base.model.layers[0].self_attn.q_proj.weight.detach().clone()
    before = base(IDS).logits
    adapted = add_adapter(base, r=4, alpha=8, dropout=0, targets=TARGETS, seed=1, init="pissa")
    torch.testing.assert_close(adapted(IDS).logits, before, atol=1e-5, rtol=1e-4)
    left = lora_layers(adapted)["model.layers.0.self_attn.q_proj"].get_base_layer().weight
    energies = torch.linalg.svdvals(weight)
    torch.testing.assert_close(torch.linalg.svdvals(left)[: 32 - 4], energies[4:], atol=1e-4, rtol=1e-3)


VARIANTS: list[dict[str, Any]] = [
    {},
    {"rslora": True},
    {"dora": True},
    {"init": "pissa"},
    {"init": "pissa", "rslora": True},
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_saved_and_loaded_it_computes_the_same(tmp_path: Path, variant: dict[str, Any]) -> None:
    training = tiny_llama.training(adapter=variant)
    for _ in training:
        pass
    save_adapter(training.model, tmp_path / "adapter")
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    loaded = load_adapter(tiny_llama.model(), tmp_path / "adapter")
    trained = training.model.eval()(IDS).logits
    torch.testing.assert_close(loaded(IDS).logits, trained, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(trained, tiny_llama.model()(IDS).logits, atol=1e-3)
    merged, _ = merge.fold(loaded)
    torch.testing.assert_close(merged(IDS).logits, trained, atol=1e-5, rtol=1e-4)


def test_pissa_is_saved_as_peft_converts_it(tmp_path: Path) -> None:
    adapter = {"init": "pissa", "targets": TARGETS}
    fresh = tiny_llama.training(adapter=adapter).model
    fresh.peft_config["default"].init_lora_weights = True  # PEFT wants the start as it is, not made again
    fresh.save_pretrained(str(tmp_path / "start"))
    training = tiny_llama.training(adapter=adapter)
    for _ in training:
        pass
    training.model.save_pretrained(
        str(tmp_path / "theirs"), path_initial_model_for_weight_conversion=str(tmp_path / "start")
    )
    theirs = load_adapter(tiny_llama.model(), tmp_path / "theirs")
    torch.testing.assert_close(theirs(IDS).logits, training.model.eval()(IDS).logits, atol=1e-5, rtol=1e-4)
    training = tiny_llama.training(adapter=adapter)
    for _ in training:
        pass
    save_adapter(training.model, tmp_path / "ours")
    ours, converted = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("ours", "theirs"))
    assert ours.keys() == converted.keys()
    for name, tensor in converted.items():
        torch.testing.assert_close(ours[name], tensor)


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
