"""The solutions against the libraries that models are really trained with."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tutor.course.exercises.exercise import find_exercise

SEEDS = range(5)


def _load(name: str, file: str = "solution.py") -> Any:
    path: Path = find_exercise(name).folder / file
    spec = importlib.util.spec_from_file_location(f"{name}-{path.stem}", path)
    assert spec and spec.loader
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_is_that_of_autograd(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight, inputs, targets = rng.normal(size=3), rng.normal(size=(8, 3)), rng.normal(size=8)
    w, b = torch.tensor(weight, requires_grad=True), torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    functional.mse_loss(torch.tensor(inputs) @ w + b, torch.tensor(targets)).backward()  # type: ignore[no-untyped-call]
    by_weight, by_bias = _load("gradient-step").gradient(weight, 0.5, inputs, targets)
    assert w.grad is not None and b.grad is not None
    np.testing.assert_allclose(by_weight, w.grad.numpy())
    np.testing.assert_allclose(by_bias, b.grad.item())


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_is_that_of_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(scale=50, size=(9, 11)), rng.integers(11, size=9)
    targets[seed] = -100
    wanted = functional.cross_entropy(torch.tensor(logits), torch.tensor(targets))
    np.testing.assert_allclose(_load("cross-entropy").cross_entropy(logits, targets), wanted.item())


@pytest.mark.parametrize("seed", SEEDS)
def test_sampler_filters_as_transformers_does(seed: int) -> None:
    from transformers.generation import logits_process as warp

    rng = np.random.default_rng(seed)
    logits, temperature = rng.normal(scale=3, size=40), float(rng.uniform(0.2, 2))
    top_k, top_p = int(rng.integers(2, 30)), float(rng.uniform(0.2, 0.99))
    scores = torch.tensor(logits)[None]
    for warper in (
        warp.TemperatureLogitsWarper(temperature),
        warp.TopKLogitsWarper(top_k),
        warp.TopPLogitsWarper(top_p),
    ):
        scores = warper(torch.zeros((1, 1), dtype=torch.long), scores)
    wanted = scores.softmax(-1)[0].numpy()
    np.testing.assert_allclose(_load("sampler").distribution(logits, temperature, top_k, top_p), wanted, atol=1e-12)


def test_trainer_learns_the_merges_of_tokenizers() -> None:
    """Where no pair ties with another: the library breaks ties by the order in which pieces were made."""
    from tokenizers import Tokenizer, models, trainers

    brute, solution = _load("bpe-trainer", "check.py"), _load("bpe-trainer")
    pick, compared = random.Random(0), 0
    for _ in range(300):
        words = {"".join(pick.choices("abc", k=pick.randint(2, 4))): pick.randint(1, 40) for _ in range(4)}
        merges = solution.train(words, 4)
        if len(merges) < 4 or _has_ties(brute, words, merges):
            continue
        tokenizer = Tokenizer(models.BPE())
        alphabet = len(set("".join(words)))
        trainer = trainers.BpeTrainer(vocab_size=alphabet + 4, show_progress=False)
        tokenizer.train_from_iterator([word for word, count in words.items() for _ in range(count)], trainer)
        vocabulary = tokenizer.get_vocab()
        learned = sorted((piece for piece in vocabulary if len(piece) > 1), key=vocabulary.__getitem__)
        assert ["".join(pair) for pair in merges] == learned
        compared += 1
    assert compared >= 10


def _has_ties(brute: Any, words: dict[str, int], merges: list[tuple[str, str]]) -> bool:
    texts = {brute._split(word): count for word, count in words.items()}
    for pair in merges:
        counts = list(brute._counts(texts).values())
        if counts.count(max(counts)) > 1:
            return True
        texts = {brute._apply(text, pair): count for text, count in texts.items()}
    return False


@pytest.mark.parametrize("seed", SEEDS)
def test_attention_is_that_of_torch(seed: int) -> None:
    q, k, v = np.random.default_rng(seed).normal(size=(3, 3, 7, 4))
    wanted = functional.scaled_dot_product_attention(torch.tensor(q), torch.tensor(k), torch.tensor(v), is_causal=True)
    output, _ = _load("causal-attention").causal_attention(q, k, v)
    np.testing.assert_allclose(output, wanted.numpy(), atol=1e-12)


def test_mlp_is_that_of_llama() -> None:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaMLP

    torch.manual_seed(0)
    mlp = LlamaMLP(LlamaConfig(hidden_size=6, intermediate_size=10, num_attention_heads=2)).double()
    hidden = torch.randn(5, 6, dtype=torch.float64)
    weights = [one.weight.detach().numpy() for one in (mlp.gate_proj, mlp.up_proj, mlp.down_proj)]
    solution = _load("swiglu-mlp")
    np.testing.assert_allclose(solution.swiglu_mlp(hidden.numpy(), *weights), mlp(hidden).detach().numpy(), atol=1e-12)
    assert solution.parameters(6, 10) == sum(one.numel() for one in mlp.parameters())


def test_lora_is_that_of_peft() -> None:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 4))
    mine = _load("lora-linear").LoraLinear(torch.nn.Linear(6, 4), rank=2, alpha=8)
    mine.base.load_state_dict(model[0].state_dict())
    theirs = get_peft_model(model, LoraConfig(r=2, lora_alpha=8, target_modules=["0"]))
    layer = theirs.base_model.model[0]
    with torch.no_grad():
        mine.lora_b.normal_()
        layer.lora_A["default"].weight.copy_(mine.lora_a)
        layer.lora_B["default"].weight.copy_(mine.lora_b)
    x = torch.randn(3, 6)
    torch.testing.assert_close(mine(x), theirs(x))
    torch.testing.assert_close(mine.merged()(x), theirs.merge_and_unload()(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_int8_codes_are_those_of_torch(seed: int) -> None:
    weight = np.random.default_rng(seed).normal(size=(4, 32)).astype(np.float32)
    codes, scale = _load("absmax-int8").quantize(weight)
    zero = torch.zeros(4, dtype=torch.long)
    wanted = torch.quantize_per_channel(torch.tensor(weight), torch.tensor(scale), zero, 0, torch.qint8)
    np.testing.assert_array_equal(codes, wanted.int_repr().numpy())


@pytest.mark.parametrize("seed", SEEDS)
def test_nf4_is_that_of_bitsandbytes(seed: int) -> None:
    bitsandbytes = pytest.importorskip("bitsandbytes.functional")
    weight = (0.02 * np.random.default_rng(seed).normal(size=1024)).astype(np.float32)
    packed, state = bitsandbytes.quantize_4bit(torch.tensor(weight), blocksize=64, quant_type="nf4")
    wanted = bitsandbytes.dequantize_4bit(packed, state).numpy().reshape(-1)
    solution = _load("nf4-blocks")
    codes, absmax = solution.quantize(weight, 64)
    np.testing.assert_allclose(solution.dequantize(codes, absmax, 64), wanted, atol=1e-6)
    stored = 8 * (packed.nbytes + state.absmax.nbytes) / weight.size
    assert solution.bits_per_weight(64) == stored


@pytest.mark.parametrize("seed", SEEDS)
def test_preference_loss_is_that_of_torch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    solution = _load("dpo-loss")
    logits, labels = rng.normal(scale=4, size=(9, 11)), rng.integers(11, size=9)
    labels[:3] = -100
    summed = functional.cross_entropy(torch.tensor(logits[:-1]), torch.tensor(labels[1:]), reduction="sum")
    np.testing.assert_allclose(solution.sequence_logp(logits, labels), -summed.item())
    policy_chosen, policy_rejected, chosen, rejected = rng.normal(scale=40, size=(4, 6))
    margin = torch.tensor((policy_chosen - policy_rejected) - (chosen - rejected))
    wanted = -functional.logsigmoid(0.3 * margin).mean()
    got = solution.dpo_loss(policy_chosen, policy_rejected, chosen, rejected, 0.3)
    np.testing.assert_allclose(got, wanted.item())
