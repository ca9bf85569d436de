"""Attention on three tokens, against PyTorch's own, the numbers of a published demo, and real models' rotation."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as functional
from torch import Tensor
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from tutor.engine.desk.attention_facts import FAULTS, broken, formula
from tutor.engine.desk.attention_steps import EMBEDDINGS, WEIGHTS, dot, rotate, steps
from tutor.engine.desk.grouping import cache
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.errors import UsageError

CALL = Call(lambda _part: None, lambda: False)


def matrix(answer: dict[str, Any], name: str) -> Tensor:
    """A stage's matrix; what is hidden is minus infinity."""
    values = next(stage["values"] for stage in answer["stages"] if stage["name"] == name)
    return torch.tensor(
        [[-math.inf if value is None else value for value in row] for row in values], dtype=torch.float64
    )


@pytest.mark.parametrize("weights", ["equal", "different"])
@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("shared", [False, True])
def test_the_output_is_that_of_pytorch(weights: str, heads: int, shared: bool) -> None:
    x = torch.tensor(EMBEDDINGS, dtype=torch.float64)
    q, k, v = (x @ weight for weight in WEIGHTS[weights])
    for head in range(heads):
        answer = steps(CALL, weights=weights, heads=heads, shared=shared, head=head)
        own = slice(head * 4 // heads, (head + 1) * 4 // heads)
        keys = slice(0, 4 // heads) if shared else own
        theirs = functional.scaled_dot_product_attention(
            q[None, :, own], k[None, :, keys], v[None, :, keys], is_causal=True
        )
        torch.testing.assert_close(matrix(answer, "O"), theirs[0])
        assert answer["differs"] < 1e-12
        assert answer["row_sums"] == pytest.approx([1, 1, 1])


def test_the_numbers_of_the_demo() -> None:
    bare = steps(CALL, scale=False, mask=False, softmax=False)
    raw = [[0.3225, 0.155, 0.195], [0.155, 0.4225, 0.3025], [0.195, 0.3025, 0.4775]]
    torch.testing.assert_close(matrix(bare, "A"), torch.tensor(raw, dtype=torch.float64))
    assert bare["row_sums"] == pytest.approx([0.6725, 0.88, 0.975])
    plain = steps(CALL, scale=False, mask=False)
    shares = [[0.367, 0.310, 0.323], [0.289, 0.377, 0.334], [0.291, 0.324, 0.386]]
    torch.testing.assert_close(matrix(plain, "A"), torch.tensor(shares, dtype=torch.float64), atol=6e-4, rtol=0)
    assert matrix(plain, "O")[0].tolist() == pytest.approx([0.461, 0.407, 0.755, 0.395], abs=1e-3)
    facts = formula(CALL)
    assert (facts["plain"], facts["scaled"]) == ("0.367, 0.310, 0.323", "0.350, 0.322, 0.328")
    assert facts["masked"] == "1.000, 0.000, 0.000"
    assert [case["holds"] for case in facts["cases"]] == [True, False, False]


def test_what_is_switched_off_changes_nothing() -> None:
    for option, before, after in (("scale", "S", "S/√d"), ("mask", "S/√d", "M"), ("softmax", "M", "A")):
        options: dict[str, Any] = {"mask": False, option: False}
        answer = steps(CALL, **options)
        assert torch.equal(matrix(answer, before), matrix(answer, after))
        assert answer["differs"] > 0.01


@pytest.mark.parametrize("size", [2, 4])
def test_rotation_is_that_of_real_models(size: int) -> None:
    torch.manual_seed(0)
    vectors = torch.randn(6, size, dtype=torch.float64)
    config = LlamaConfig(hidden_size=size, num_attention_heads=1, head_dim=size, rope_theta=10_000.0)
    cos, sin = LlamaRotaryEmbedding(config)(vectors[None], torch.arange(6)[None])
    theirs, _ = apply_rotary_pos_emb(vectors[None, None], vectors[None, None], cos, sin)
    torch.testing.assert_close(rotate(vectors), theirs[0, 0], atol=1e-6, rtol=1e-6)
    turned = steps(CALL, weights="different", heads=4 // size, rope=True)
    torch.testing.assert_close(matrix(turned, "Qr"), rotate(matrix(turned, "Q")))
    assert turned["differs"] < 1e-12


def test_a_rotated_score_depends_on_the_distance_only() -> None:
    torch.manual_seed(0)
    q, k = torch.randn(2, 4, dtype=torch.float64)
    scores = rotate(q.expand(6, 4)) @ rotate(k.expand(6, 4)).T
    for distance in (0, 1, 3):
        diagonal = scores.diagonal(-distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


@pytest.mark.parametrize("x", [[], [[1.0, 2.0]], [[1.0, 2.0, 3.0, math.inf]], [[0.0] * 4] * 7])
def test_what_is_no_matrix_of_four_columns_is_refused(x: list[list[float]]) -> None:
    with pytest.raises(UsageError):
        steps(CALL, embeddings=x)


def test_a_score_by_hand() -> None:
    answer = dot(CALL, [0.1, 0.5, 0.4, 0.05], [0.05, 0.15, 0.5, 0.45])
    assert answer["score"] == pytest.approx(0.3025)
    assert answer["scaled"] == pytest.approx(0.3025 / 2)
    assert answer["products"] == "0.1·0.05 + 0.5·0.15 + 0.4·0.5 + 0.05·0.45"


def test_every_fault_has_its_own_mark() -> None:
    found = {fault: torch.tensor(broken(CALL, fault)["weights"]) for fault in FAULTS}
    assert broken(CALL, "none")["differs"] < 1e-12
    assert all(broken(CALL, fault)["differs"] > 0.1 for fault in FAULTS if fault != "none")
    sums = {fault: (weights.sum(-1) - 1).abs().max().item() for fault, weights in found.items()}
    assert {fault for fault, off in sums.items() if off < 1e-9} == {"none", "no_mask", "no_scale"}
    assert found["no_mask"].triu(1).max() > 0.1
    assert {fault for fault, weights in found.items() if weights.triu(1).abs().max() > 0} == {"no_mask"}
    assert (found["no_softmax"] < 0).any()
    assert (found["columns"].sum(0) - 1).abs().max() < 1e-9
    assert (found["no_scale"][2:].amax(-1) > 0.9).all()
    with pytest.raises(UsageError):
        broken(CALL, "nothing")


def test_the_cache_is_that_of_the_planner() -> None:
    for tier in TIERS.values():
        answer = cache(CALL, tier.name)
        assert answer["factor"] == tier.architecture.heads / tier.architecture.kv_heads
        assert answer["bytes"] == f"{kv_bytes(tier.name):,}"


def kv_bytes(tier: str) -> int:
    """Published per token at 16 bits: layers × 2 × kv_heads × head_dim × 2 bytes, from each model's card."""
    return {"nano": 23_040, "tiny": 12_288, "small": 28_672, "medium": 57_344, "large": 262_144}[tier]
