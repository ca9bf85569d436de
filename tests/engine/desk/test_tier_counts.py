"""Counts of the five sizes against a table that was computed apart, against models, and against PEFT."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from tutor.engine.architecture import LINEAR_TARGETS
from tutor.engine.desk import lora_budget, tier_table, what_if
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

CALL = Call(lambda _part: None, lambda: False)

# total, embedding, head, attention, MLP, norms: counted with transformers' Qwen2Config and LlamaConfig.
PUBLISHED = {
    "nano": (134_515_008, 28_311_552, 0, 26_542_080, 79_626_240, 35_136),
    "tiny": (494_032_768, 136_134_656, 0, 44_067_840, 313_786_368, 43_904),
    "small": (1_543_714_304, 233_373_696, 0, 154_198_016, 1_156_055_040, 87_552),
    "medium": (7_615_616_512, 544_997_376, 544_997_376, 822_212_608, 5_703_204_864, 204_288),
    "large": (32_763_876_352, 778_567_680, 778_567_680, 4_026_990_592, 27_179_089_920, 660_480),
}


def test_the_table_is_right_to_the_digit() -> None:
    rows = {row["name"]: row for row in tier_table.parts(CALL)["tiers"]}
    for name, (total, *parts) in PUBLISHED.items():
        row = rows[name]
        assert row["total"] == total
        assert [row["counts"][part] for part in ("embedding", "head", "attention", "mlp", "norms")] == parts
        shares = row["shares"]
        assert shares["embedding"] + shares["head"] + shares["body"] == pytest.approx(100)


def test_shares_that_slogans_are_held_against() -> None:
    body = tier_table.body_shares(CALL)["by"]
    assert [round(share, 2) for share in body.values()] == [78.95, 72.44, 84.88, 85.69, 95.25]
    assert [case["holds"] for case in tier_table.body_shares(CALL)["cases"]] == [True, False, False, False, False]
    assert [case["holds"] for case in tier_table.embedding_shares(CALL)["cases"]] == [False, False, True, False, False]
    assert [case["holds"] for case in tier_table.tied_heads(CALL)["cases"]] == [True, True, True, False, False]
    mlp = tier_table.feed_forward_shares(CALL)["cases"]
    assert " ".join(case["value"] for case in mlp) == "74.98 % 87.67 % 88.23 % 87.40 % 87.09 % 66.67 %"
    assert [case["holds"] for case in mlp] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("tier", "vocab", "head", "kv"),
    [("nano", 32_000, "untied", "each"), ("tiny", 0, "own", "one"), ("medium", 256, "tied", "own")],
)
def test_what_if_is_what_a_model_of_that_shape_has(tier: str, vocab: int, head: str, kv: str) -> None:
    now = what_if.counts(CALL, tier, vocab, head, kv)["now"]
    own = TIERS[tier].architecture
    kind = AutoConfig.for_model(
        own.model_type,
        hidden_size=own.hidden,
        intermediate_size=own.intermediate,
        num_hidden_layers=own.layers,
        num_attention_heads=own.heads,
        num_key_value_heads={"own": own.kv_heads, "one": 1, "each": own.heads}[kv],
        vocab_size=vocab or own.vocab,
        tie_word_embeddings=own.tied if head == "own" else head == "tied",
    )
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(kind)
    assert now["total"] == sum(parameter.numel() for parameter in model.parameters())
    assert now["mlp_of_a_layer"] == sum(weight.numel() for weight in model.model.layers[0].mlp.parameters())


def test_nothing_changed_is_as_published() -> None:
    for tier in TIERS:
        answer = what_if.counts(CALL, tier)
        assert answer["own"] == answer["now"]
        assert answer["own"]["total"] == PUBLISHED[tier][0]
    caches = [what_if.counts(CALL, tier)["own"]["cache_bytes"] for tier in TIERS]
    assert caches == [23_040, 12_288, 28_672, 57_344, 262_144]


@pytest.mark.parametrize(
    ("tier", "targets", "rank", "trainable"),
    [
        ("nano", "attention", 8, 921_600),
        ("nano", "all seven", 8, 2_442_240),
        ("tiny", "q and v", 8, 540_672),
        ("small", "attention", 8, 2_179_072),
        ("medium", "attention", 16, 10_092_544),
        ("large", "all seven", 8, 67_108_864),
    ],
)
def test_budgets_equal_the_published_counts(tier: str, targets: str, rank: int, trainable: int) -> None:
    answer = lora_budget.spend(CALL, tier, targets, rank)
    assert answer["trainable"] == trainable == sum(matrix["trainable"] for matrix in answer["matrices"])
    assert answer["trainable"] == rank * answer["per_rank"]
    frozen = sum(matrix["frozen"] for matrix in answer["matrices"])
    assert frozen == TIERS[tier].architecture.linear_weights()


def test_peft_counts_the_same() -> None:
    from tutor.engine.modules import meta_model

    for targets, names in lora_budget.TARGETS.items():
        with torch.device("meta"):
            adapted: Any = get_peft_model(
                meta_model(TIERS["tiny"].architecture), LoraConfig(r=4, target_modules=list(names))
            )
        trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
        assert lora_budget.spend(CALL, "tiny", targets, 4)["trainable"] == trainable
    assert set(lora_budget.spend(CALL, "tiny")["each"]) == set(LINEAR_TARGETS)
