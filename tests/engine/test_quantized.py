"""Bases in 4 bits: what they take, that they train and merge rightly, and the guard without which they do not."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.engine import tiny_llama
from tutor.engine import merge, parity, quantized
from tutor.engine.architecture import Architecture
from tutor.engine.footprint import count_memory
from tutor.engine.hardware import cpu_flags
from tutor.engine.loading import load_model
from tutor.engine.lora import add_adapter, load_adapter, save_adapter, trainable
from tutor.engine.memory import nf4_bytes
from tutor.engine.quantized import QUANTS, bits_per_weight, load_quantized
from tutor.engine.training import Training
from tutor.errors import UsageError

TEXTS = [list(range(2, 30)), list(range(40, 20, -1))]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers whose blocks are worth quantizing."""
    torch.manual_seed(0)
    shape = LlamaConfig(
        hidden_size=128,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=tiny_llama.VOCAB,
        tie_word_embeddings=True,
        initializer_range=0.1,
    )
    directory = tmp_path_factory.mktemp("plain")
    LlamaForCausalLM(shape).bfloat16().save_pretrained(directory)
    return directory


def adapted(directory: Path, dtype: str = "float32") -> Any:
    """On a base in 4 bits, with an adapter that changes something."""
    base = load_quantized(directory, "nf4", True, dtype)
    model = add_adapter(base, r=4, alpha=8, dropout=0, targets=["q_proj", "down_proj"], seed=1)
    torch.manual_seed(2)
    for name, parameter in trainable(model).items():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return model


@pytest.mark.parametrize("quant", QUANTS)
@pytest.mark.parametrize("double", [True, False])
def test_blocks_take_the_bits_that_were_promised(quant: str, double: bool, plain: Path) -> None:
    model = load_quantized(plain, quant, double, "float32")
    packed = {name for name, _ in quantized.four_bit_layers(model)}
    assert len(packed) == 7 * 2
    found = {matrix.name: matrix for matrix in quantized.matrices(model)}
    assert set(found) - packed == {"lm_head"}
    for name in packed:
        assert 8 * found[name].bytes / found[name].weights == pytest.approx(bits_per_weight(double), rel=0.05)
    assert 8 * found["lm_head"].bytes / found["lm_head"].weights == 32
    planned = nf4_bytes(Architecture.read(plain), "float32", double)
    assert quantized.weight_bytes(model.requires_grad_(False)) == pytest.approx(planned, rel=0.02)


def test_weights_are_sixteen_values_times_a_scale(plain: Path) -> None:
    model = quantized.dequantized(plain, load_quantized(plain, "nf4", False, "float32"))
    weight = model.model.layers[0].mlp.up_proj.weight.detach().reshape(-1, 64)
    levels = (weight / weight.abs().amax(1, keepdim=True)).mul(1000).round().unique()
    assert 8 < len(levels) <= 16 + 15  # the block's largest is 1 or -1, and the values are not symmetric
    original = load_model(plain, "float32").model.layers[0].mlp.up_proj.weight.detach().reshape(-1, 64)
    assert 0.02 < float((weight - original).norm() / original.norm()) < 0.15


def test_the_dequantized_base_says_the_same(plain: Path) -> None:
    model = load_quantized(plain, "nf4", True, "float32")
    same = quantized.dequantized(plain, model)
    assert not list(quantized.four_bit_layers(same))
    ours, theirs = parity.logits_of(model, TEXTS), parity.logits_of(same, TEXTS)
    assert parity.compare(ours, theirs, []).max_logit_difference < 1e-4


def test_in_float32_it_keeps_its_weights(plain: Path, tmp_path: Path) -> None:
    model = adapted(plain, "bfloat16").eval()
    save_adapter(model, tmp_path / "adapter")
    rounded = parity.logits_of(model, TEXTS)
    exact = parity.logits_of(quantized.in_float32(model), TEXTS)
    base = quantized.dequantized(plain, load_quantized(plain, "nf4", True, "bfloat16"))
    merged = parity.logits_of(merge.fold(load_adapter(base, tmp_path / "adapter"))[0], TEXTS)
    assert parity.compare(exact, merged, []).max_logit_difference < 1e-4
    assert parity.compare(rounded, merged, []).max_logit_difference > 1e-3


def test_only_the_merge_into_the_dequantized_base_is_what_was_trained(plain: Path, tmp_path: Path) -> None:
    model = adapted(plain)
    save_adapter(model, tmp_path / "adapter")
    trained = parity.logits_of(model.eval(), TEXTS)
    base = quantized.dequantized(plain, load_quantized(plain, "nf4", True, "float32"))
    faithful = merge.fold(load_adapter(base, tmp_path / "adapter"))[0]
    original = merge.fold(load_adapter(load_model(plain, "float32"), tmp_path / "adapter"))[0]
    again = quantized.merge_requantized(model)
    assert len(list(quantized.four_bit_layers(again))) == 7 * 2
    found = {
        name: parity.compare(trained, parity.logits_of(each, TEXTS), [])
        for name, each in {"faithful": faithful, "original": original, "again": again}.items()
    }
    assert found["faithful"].mean_kl < 1e-6
    assert found["faithful"].top1 == 1
    assert found["original"].mean_kl > 1e-3
    assert found["again"].mean_kl > 1e-3


def gradient_norms(plain: Path) -> tuple[float, float]:
    """Of a training step's gradient, before and after the model was evaluated."""
    model = adapted(plain, "bfloat16").train()
    ids = torch.tensor([TEXTS[0]])

    def norm() -> float:
        model.zero_grad()
        model(ids, labels=ids).loss.backward()
        gradients = [parameter.grad for parameter in trainable(model).values() if parameter.grad is not None]
        return sum(float(gradient.square().sum()) for gradient in gradients) ** 0.5

    before = norm()
    with torch.no_grad():
        model.eval()(ids)
    model.train()
    return before, norm()


def test_evaluating_does_not_spoil_the_gradient(plain: Path) -> None:
    before, after = gradient_norms(plain)
    assert before == pytest.approx(after, rel=1e-3)


def test_without_the_guard_it_does(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "avx512_bf16" not in cpu_flags():
        pytest.skip("bitsandbytes repacks weights only on processors with AVX512-BF16, and this one has none")
    monkeypatch.setattr(quantized, "never_repack", lambda model: None)
    before, after = gradient_norms(plain)
    assert after != pytest.approx(before, rel=0.05)


def test_the_library_says_nothing_of_what_it_does_not_need() -> None:
    import bitsandbytes  # noqa: F401 (what it logs while it is imported is what this is about)

    assert logging.getLogger("bitsandbytes.backends.cpu.ops").getEffectiveLevel() >= logging.ERROR


def test_memory_is_counted_tensor_by_tensor(plain: Path) -> None:
    training = Training(adapted(plain), tiny_llama.examples(), tiny_llama.settings(), pad_id=1)
    training.step()
    found = count_memory(training)
    trained = sum(parameter.numel() for parameter in training.parameters.values())
    assert found["adapter"] == 4 * trained
    assert found["optimizer"] == pytest.approx(8 * trained, rel=0.01)  # two moments, and a step count for each
    assert found["weights"] == pytest.approx(nf4_bytes(Architecture.read(plain), "float32"), rel=0.02)


@pytest.mark.parametrize(("options", "said"), [(("nf5", True, "float32"), "nf5"), (("nf4", True, "int8"), "int8")])
def test_what_does_not_exist_is_refused(options: tuple[str, bool, str], said: str, plain: Path) -> None:
    with pytest.raises(UsageError, match=said):
        load_quantized(plain, *options)
