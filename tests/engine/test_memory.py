"""The planner: its counts are exact, and its formulas agree with what torch itself keeps."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any

import pytest

from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, Architecture
from tutor.engine.memory import (
    CPU,
    GPU,
    MODES,
    Budget,
    capabilities,
    kv_bytes_per_token,
    lora_parameters,
    nf4_bytes,
    plan_memory,
)
from tutor.engine.tiers import TIERS
from tutor.errors import TutorError

# total, embedding, own head, attention, mlp, norms: published model cards and counted in transformers
COUNTS = {
    "nano": (134_515_008, 28_311_552, 0, 26_542_080, 79_626_240, 35_136),
    "tiny": (494_032_768, 136_134_656, 0, 44_067_840, 313_786_368, 43_904),
    "small": (1_543_714_304, 233_373_696, 0, 154_198_016, 1_156_055_040, 87_552),
    "medium": (7_615_616_512, 544_997_376, 544_997_376, 822_212_608, 5_703_204_864, 204_288),
    "large": (32_763_876_352, 778_567_680, 778_567_680, 4_026_990_592, 27_179_089_920, 660_480),
}

# r = 4, 8, 16, 32, 64 on q, k, v, o; r = 8 on q, v; r = 8 on all seven
ADAPTERS = {
    "nano": (460_800, 921_600, 1_843_200, 3_686_400, 7_372_800, 460_800, 2_442_240),
    "tiny": (540_672, 1_081_344, 2_162_688, 4_325_376, 8_650_752, 540_672, 4_399_104),
    "small": (1_089_536, 2_179_072, 4_358_144, 8_716_288, 17_432_576, 1_089_536, 9_232_384),
    "medium": (2_523_136, 5_046_272, 10_092_544, 20_185_088, 40_370_176, 2_523_136, 20_185_088),
    "large": (8_388_608, 16_777_216, 33_554_432, 67_108_864, 134_217_728, 8_388_608, 67_108_864),
}

# GB of the weights in NF4, without and with double quantization; bytes of cache per token in 16 bits
STORED = {
    "nano": (0.116, 0.111, 23_040),
    "tiny": (0.474, 0.457, 12_288),
    "small": (1.204, 1.143, 28_672),
    "medium": (5.85, 5.55, 57_344),
    "large": (20.7, 19.2, 262_144),
}


@pytest.mark.parametrize("tier", TIERS)
def test_parameters_by_part(tier: str) -> None:
    count = TIERS[tier].architecture.parameters()
    assert (count.total, count.embedding, count.head, count.attention, count.mlp, count.norms) == COUNTS[tier]


@pytest.mark.parametrize("tier", TIERS)
def test_adapter_parameters(tier: str) -> None:
    architecture = TIERS[tier].architecture
    found = [lora_parameters(architecture, rank) for rank in (4, 8, 16, 32, 64)]
    found += [lora_parameters(architecture, 8, ("q_proj", "v_proj")), lora_parameters(architecture, 8, LINEAR_TARGETS)]
    assert tuple(found) == ADAPTERS[tier]


@pytest.mark.parametrize("tier", TIERS)
def test_stored_bytes(tier: str) -> None:
    architecture, (plain, double, cache) = TIERS[tier].architecture, STORED[tier]
    digits = 1 if plain > 10 else 2 if plain > 5 else 3
    assert round(nf4_bytes(architecture, double_quant=False) / 1e9, digits) == plain
    assert round(nf4_bytes(architecture) / 1e9, digits) == double
    assert kv_bytes_per_token(architecture) == cache


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3"])
@pytest.mark.parametrize("tied", [True, False])
def test_counts_what_transformers_counts(kind: str, tied: bool) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        kind,
        vocab_size=101,
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=8,
        tie_word_embeddings=tied,
    )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    architecture = Architecture.from_config(json.loads(config.to_json_string(use_diff=False)))
    assert architecture.parameters().total == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("targets", [ATTENTION_TARGETS, LINEAR_TARGETS])
def test_activations_are_what_the_backward_pass_keeps(targets: tuple[str, ...], dora: bool, attention: str) -> None:
    """The formula counts the very bytes that autograd saves for each block of a bf16 model with an fp32 adapter.

    The first block keeps a little less, because nothing below it is trained; over eight blocks that is 2 %.
    """
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from tutor.engine.lora import add_adapter

    config = Qwen2Config(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=8,
        num_attention_heads=4,
        num_key_value_heads=2,
        dtype="bfloat16",
        attn_implementation=attention,
    )
    base = Qwen2ForCausalLM(config).to(torch.bfloat16)
    model = add_adapter(base, r=8, alpha=16, dropout=0.1, targets=targets, seed=0, dora=dora).train()
    kept = saved_bytes(model, torch.randint(0, 64, (2, 128)))
    architecture = Architecture.from_config(json.loads(config.to_json_string(use_diff=False)))
    plan = plan_memory(architecture, "lora", batch=2, seq=128, rank=8, targets=targets, dora=dora, attention=attention)
    assert plan.activations == pytest.approx(kept, rel=0.03)


def saved_bytes(model: Any, ids: Any) -> int:
    """What autograd holds after a forward pass, besides the model itself."""
    import torch

    class Kept:
        def __init__(self, tensor: torch.Tensor) -> None:
            self.tensor = tensor

    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    alive: weakref.WeakSet[Kept] = weakref.WeakSet()

    def keep(tensor: torch.Tensor) -> Kept:
        alive.add(kept := Kept(tensor))
        return kept

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept.tensor):
        output = model(ids, use_cache=False, logits_to_keep=1)
    assert output.logits.requires_grad
    stores = {kept.tensor.untyped_storage().data_ptr(): kept.tensor.untyped_storage() for kept in alive}
    return sum(store.nbytes() for place, store in stores.items() if place not in own)


def test_states_of_an_adapter_are_what_the_optimizer_keeps() -> None:
    from tests.engine import tiny_llama
    from tutor.engine.checkpoint import optimizer_tensors

    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: it holds the states of 8 bits")
    for kind, dora in (("adamw", True), ("adamw8bit", True), ("adamw8bit", False)):
        adapter = {"r": 128, "targets": ["attention"], "dora": dora}
        training = tiny_llama.training(adapter=adapter, optimizer=kind)
        training.step()
        kept = sum(
            tensor.nbytes
            for name, tensor in optimizer_tensors(training).items()
            if not name.endswith(("/step", "/qmap1", "/qmap2"))
        )
        architecture = Architecture.from_config(training.model.config.to_dict())
        plan = plan_memory(architecture, "lora", rank=128, dora=dora, optimizer=kind)
        assert plan.optimizer == kept
        assert plan.adapter == 4 * sum(parameter.numel() for parameter in training.parameters.values())


def test_every_lever_moves_its_component_only() -> None:
    architecture = TIERS["nano"].architecture
    base = plan_memory(architecture, "lora", batch=4, seq=128)
    fewer_logits = plan_memory(architecture, "lora", batch=4, seq=128, supervised_fraction=0.25)
    assert fewer_logits.logits == base.logits // 4
    assert fewer_logits.activations == base.activations
    checkpointed = plan_memory(architecture, "lora", batch=4, seq=128, checkpointing=True)
    assert checkpointed.activations < base.activations / 5
    assert checkpointed.weights == base.weights
    assert plan_memory(architecture, "lora", batch=4, seq=128, rank=16).optimizer == 2 * base.optimizer
    assert plan_memory(architecture, "qlora", batch=4, seq=128).weights < base.weights / 2
    assert plan_memory(architecture, "full").total > plan_memory(architecture, "lora").total
    assert base.total == sum(size for _, size in base.rows())


def test_full_fine_tuning_keeps_sixteen_bytes_per_parameter() -> None:
    architecture = TIERS["medium"].architecture
    for dtype in ("bfloat16", "float32"):
        plan = plan_memory(architecture, "full", dtype=dtype)
        assert plan.weights + plan.gradients + plan.optimizer == 16 * 7_615_616_512


def test_capabilities_follow_the_memory_there_is() -> None:
    architecture = TIERS["medium"].architecture
    laptop = capabilities(architecture, Budget(CPU, 8 * 10**9, "bfloat16"))
    card = capabilities(architecture, Budget(GPU, 24 * 10**9, "bfloat16"))
    assert {mode: laptop[mode].fits for mode in MODES} == dict.fromkeys(MODES, False)
    assert {mode: card[mode].fits for mode in MODES} == {"inference": True, "lora": True, "qlora": True, "full": False}


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "gpt2"},
        {"model_type": None},
        {"hidden_size": "576"},
        {"num_hidden_layers": -1},
        {"vocab_size": 2**40},
        {"num_attention_heads": 0},
        {"quantization_config": {"quant_method": "bitsandbytes"}},
    ],
)
def test_a_strange_configuration_is_a_sentence(change: dict[str, object]) -> None:
    config = {
        "model_type": "llama",
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
        "tie_word_embeddings": True,
    }
    assert Architecture.from_config(config).parameters().total == 134_515_008
    with pytest.raises(TutorError):
        Architecture.from_config(config | change)


def test_a_damaged_configuration_file_is_a_sentence(tmp_path: Path) -> None:
    for content in ("", "[]", '"x"', "[" * 100_000):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(TutorError):
            Architecture.read(tmp_path)
