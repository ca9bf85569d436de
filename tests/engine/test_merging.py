"""Merging file by file says what PEFT says, and refuses a base that an adapter was not trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from tests.engine import tiny_llama
from tutor.engine import combine, safetensors_file, store
from tutor.engine.adapter_file import AdapterFile, Factors, read_adapter
from tutor.engine.loading import load_model
from tutor.engine.lora import add_adapter, save_adapter
from tutor.engine.merging import How, merge_adapters, merge_models
from tutor.engine.quantized import dequantized, load_quantized
from tutor.errors import UsageError


def silent(_done: int, _total: int, _unit: str, _label: str) -> None:
    pass


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model in two files, with a manifest."""
    directory = tmp_path_factory.mktemp("merging") / "base"
    tiny_llama.model(hidden_size=64).save_pretrained(directory, max_shard_size="60KB")
    tiny_llama.tokenizer().save_pretrained(directory)
    store.write_manifest(directory, {"model": "tiny", "source": "test", "license": "mit"})
    assert len(safetensors_file.weight_files(directory)) > 1
    return directory


def adapter(base: Path, path: Path, seed: int, model: Any = None, **changes: Any) -> Path:
    """An adapter whose B is not zero."""
    model = model or load_model(base, "float32", "eager")
    usual: dict[str, Any] = {"r": 4, "alpha": 8, "dropout": 0, "targets": ["q_proj", "up_proj"], "seed": seed}
    adapted = add_adapter(model, **(usual | changes))
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=chance) / 8)
            elif "magnitude" in name:
                parameter.mul_(1 + torch.rand(parameter.shape, generator=chance))
    save_adapter(adapted, path)
    return path


def weights_of(directory: Path) -> dict[str, torch.Tensor]:
    return {k: v for path in safetensors_file.weight_files(directory) for k, v in load_file(path).items()}


def peft_says(base: Path, adapters: list[Path], strategy: str, weights: list[float], density: float) -> Any:
    """PEFT's own merged model."""
    model = load_model(base, "float32", "eager")
    merged = PeftModel.from_pretrained(model, str(adapters[0]), adapter_name="0")
    for number, path in enumerate(adapters[1:], 1):
        merged.load_adapter(str(path), adapter_name=str(number))
    if len(adapters) > 1:
        names = [str(number) for number in range(len(adapters))]
        rank = {"svd_rank": 4} if strategy == "svd" else {}
        kept = {"density": density} if strategy in combine.SPARSE else {}
        merged.add_weighted_adapter(names, weights, "sum", combination_type=strategy, **rank, **kept)
        merged.set_adapter("sum")
    return merged.merge_and_unload()


def assert_same(directory: Path, model: Any) -> None:
    ours, theirs = weights_of(directory), model.state_dict()
    assert ours.keys() <= theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("changes", [{}, {"rslora": True}, {"dora": True}], ids=["plain", "rslora", "dora"])
def test_one_adapter_is_merged_as_peft_does(base: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    trained = adapter(base, tmp_path / "adapter", 1, **changes)
    done = merge_adapters(base, [trained], tmp_path / "out", How(), False, silent)
    assert_same(tmp_path / "out", peft_says(base, [trained], "lora", [1], 1))
    assert len(done.changes) == 4 and min(change.delta for change in done.changes) > 0.01
    assert not store.problems(store.StoredModel(tmp_path / "out"))
    assert done.manifest["license"] == "mit"
    load_model(tmp_path / "out", "float32", "eager")


@pytest.mark.parametrize("strategy", ["linear", "cat", "svd", "ties", "magnitude_prune"])
def test_two_adapters_are_combined_as_peft_does(base: Path, tmp_path: Path, strategy: str) -> None:
    pair = [adapter(base, tmp_path / str(seed), seed) for seed in (1, 2)]
    merge_adapters(base, pair, tmp_path / "out", How(strategy, (1.0, 0.5), 0.4), False, silent)
    assert_same(tmp_path / "out", peft_says(base, pair, strategy, [1.0, 0.5], 0.4))


@pytest.mark.parametrize("strategy", ["dare_linear", "dare_ties"])
def test_dare_drops_by_its_seed_and_scales_up_the_rest(strategy: str) -> None:
    pair = [Factors(torch.ones(1, 50), torch.ones(60, 1), 1.0)] * 2
    changes = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        changes.append(combine.change_of(pair, [1, 1], strategy, 0.5))
    assert torch.equal(changes[0], changes[1]) and not torch.equal(changes[0], changes[2])
    assert {0.0, 4.0} <= set(changes[0].round().flatten().tolist())  # a kept 1 of A and one of B, each doubled


def test_an_adapter_of_another_base_is_refused_unless_forced(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    tiny_llama.model(seed=9, hidden_size=64).save_pretrained(other)
    trained = adapter(base, tmp_path / "adapter", 1)
    with pytest.raises(UsageError, match=r"other weights \(tiny\)"):
        merge_adapters(other, [trained], tmp_path / "out", How(), False, silent)
    assert not (tmp_path / "out").exists()
    (trained / "manifest.json").unlink()
    with pytest.raises(UsageError, match="does not say"):
        merge_adapters(base, [trained], tmp_path / "out", How(), False, silent)
    merge_adapters(other, [trained], tmp_path / "out", How(), True, silent)


def test_an_adapter_of_other_shapes_is_refused_even_then(base: Path, tmp_path: Path) -> None:
    tiny_llama.model(hidden_size=32).save_pretrained(tmp_path / "narrow")
    trained = adapter(base, tmp_path / "adapter", 1)
    with pytest.raises(UsageError, match="another matrix"):
        merge_adapters(tmp_path / "narrow", [trained], tmp_path / "out", How(), True, silent)


def test_the_dequantized_base_is_the_one_that_was_trained_on(base: Path, tmp_path: Path) -> None:
    model = load_quantized(base, "nf4", True, "float32", "eager")
    expected = dequantized(base, model).state_dict()
    trained = adapter(base, tmp_path / "adapter", 1, model=model)
    assert read_adapter(trained).quantized == {"quant": "nf4", "double_quant": True, "dtype": "float32"}
    coarse = merge_adapters(base, [trained], tmp_path / "coarse", How(dequantized=True), False, silent)
    fine = merge_adapters(base, [trained], tmp_path / "fine", How(), False, silent)
    assert coarse.rounding == fine.rounding and coarse.rounding is not None and 0.02 < coarse.rounding < 0.2
    stored = weights_of(tmp_path / "coarse")
    untouched = [name for name in stored if "v_proj" in name or "norm" in name or "embed" in name]
    for name in untouched:
        torch.testing.assert_close(stored[name], expected[name].half(), atol=0, rtol=0)
    layer = "model.layers.1.mlp.up_proj"
    change = combine.change_of([read_adapter(trained).layers[layer]], [1], "lora", 1)
    torch.testing.assert_close(stored[f"{layer}.weight"], (expected[f"{layer}.weight"] + change).half())
    assert not torch.equal(stored[f"{layer}.weight"], weights_of(tmp_path / "fine")[f"{layer}.weight"].half())
    assert load_model(tmp_path / "coarse", attention="eager").config.dtype is not None


def test_average_and_slerp_lie_between(base: Path, tmp_path: Path) -> None:
    trained = adapter(base, tmp_path / "adapter", 1)
    merge_adapters(base, [trained], tmp_path / "tuned", How(), False, silent)
    ends = [weights_of(base), weights_of(tmp_path / "tuned")]
    for strategy in ("average", "slerp"):
        merge_models([base, tmp_path / "tuned"], tmp_path / strategy, strategy, [1, 3], False, silent)
    mean = weights_of(tmp_path / "average")
    for name, tensor in mean.items():
        torch.testing.assert_close(tensor, 0.25 * ends[0][name] + 0.75 * ends[1][name])
    name = "model.layers.0.mlp.up_proj.weight"
    arc = weights_of(tmp_path / "slerp")[name]
    cosine = torch.nn.functional.cosine_similarity
    angles = [float(cosine(arc.flatten(), end[name].flatten(), dim=0).acos()) for end in ends]
    assert angles[0] == pytest.approx(3 * angles[1], rel=1e-2)


def test_models_of_other_shapes_or_tokenizers_are_not_mixed(base: Path, tmp_path: Path) -> None:
    tiny_llama.model(hidden_size=32).save_pretrained(tmp_path / "narrow")
    with pytest.raises(UsageError, match="other matrices"):
        merge_models([base, tmp_path / "narrow"], tmp_path / "out", "average", [1, 1], True, silent)
    stranger = tmp_path / "stranger"
    tiny_llama.model(seed=4, hidden_size=64).save_pretrained(stranger)
    (stranger / "tokenizer.json").write_text("{}")
    with pytest.raises(UsageError, match="split text differently"):
        merge_models([base, stranger], tmp_path / "out", "average", [1, 1], False, silent)


def test_a_merge_that_overflows_leaves_nothing(base: Path, tmp_path: Path) -> None:
    from tutor.errors import TutorError

    trained = adapter(base, tmp_path / "adapter", 1)
    with pytest.raises(TutorError, match="not finite"):
        merge_adapters(base, [trained], tmp_path / "out", How(weights=(1e39,)), False, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_the_manifest_of_an_adapter_names_base_and_files(base: Path, tmp_path: Path) -> None:
    found: AdapterFile = read_adapter(adapter(base, tmp_path / "adapter", 1))
    assert (found.manifest["base"]["name"], found.quantized) == ("tiny", None)
    assert set(found.manifest["files"]) == {"adapter_config.json", "adapter_model.safetensors"}
    assert json.loads((base / "manifest.json").read_text())["model"] == "tiny"
