"""Slogans about LoRA: `cases` of `{name, value, holds}` for the fact checks of lessons 1.1.1 and 2.3."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.architecture import MLP_TARGETS
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["merge_scale", "one_matrix", "product_order", "rank_eight", "seven_million", "where"]

SOURCE = "counted from the models' configurations"
Case = dict[str, Any]


def one_matrix(call: Call, rank: int = 16, full: int = 4096**2, low: int = 131_072) -> dict[str, Any]:
    """Does an adapter of `rank` turn `full` numbers into `low`? For a matrix 4096 wide, then as wide as each tier."""
    sizes = {"4096 wide": 4096} | {name: tier.architecture.hidden for name, tier in TIERS.items()}
    cases = []
    for name, d in sizes.items():
        factors = 2 * d * rank
        says = f"{d * d:,} → {factors:,}, {d * d / factors:.0f} times fewer"
        cases.append(_case(name, says, (d * d, factors) == (full, low)))
    return _answer(cases)


def seven_million(call: Call, tier: str = "medium", claimed: int = 7_000_000) -> dict[str, Any]:
    """Does an adapter on q, k, v and o of a 7B model have `claimed` parameters, rounded to a million?"""
    architecture = TIERS[tier].architecture
    total, per_rank = architecture.parameters().total, lora_parameters(architecture, 1)
    cases = [
        _case(f"rank {r}", f"{r * per_rank:,}, {100 * r * per_rank / total:.3f} %", round(r * per_rank, -6) == claimed)
        for r in (4, 8, 16, 32, 64)
    ]
    return _answer(cases) | {"total": total, "nearest_rank": round(claimed / per_rank)}


def rank_eight(call: Call, claimed: int = 65_536) -> dict[str, Any]:
    """Does an adapter of rank 8 on q, k, v and o have `claimed` parameters? For one matrix, then for every tier."""
    one = 8 * (4096 + 4096)
    cases = [_case("one 4096 × 4096 matrix", f"{one:,}", one == claimed)]
    for name, tier in TIERS.items():
        count = lora_parameters(tier.architecture, 8)
        cases.append(_case(name, f"{count:,}, {count / claimed:,.0f} times as many", count == claimed))
    return _answer(cases) | {"medium": lora_parameters(TIERS["medium"].architecture, 8)}


def where(call: Call, claimed: float = 2 / 3) -> dict[str, Any]:
    """Are about `claimed` of a model's parameters in its MLPs? All tiers."""
    cases = []
    for name, tier in TIERS.items():
        parts = tier.architecture.parameters()
        share = parts.mlp / parts.total
        cost = lora_parameters(tier.architecture, 8, MLP_TARGETS) / lora_parameters(tier.architecture, 8)
        says = f"{100 * share:.0f} % in MLPs; adapters there cost {cost:.1f} times those on attention"
        cases.append(_case(name, says, abs(share - claimed) < 0.05))
    return _answer(cases)


def product_order(call: Call, tier: str = "small", rank: int = 8) -> dict[str, Any]:
    """Is the update A · B? With PEFT's shapes for two matrices, then for the convention of row vectors.

    Shapes are tried out on tensors without contents.
    """
    cases = []
    shapes = TIERS[tier].architecture.linear_shapes()
    for name in ("q_proj", "k_proj"):
        inputs, outputs = shapes[name]
        a, b = torch.empty(rank, inputs, device="meta"), torch.empty(outputs, rank, device="meta")
        says = f"W [{outputs}, {inputs}]: A·B {_product(a, b)}, B·A {_product(b, a)}"
        cases.append(_case(name, says, _product(a, b) == f"[{outputs}, {inputs}]"))
    inputs, outputs = shapes["q_proj"]
    a, b = torch.empty(inputs, rank, device="meta"), torch.empty(rank, outputs, device="meta")
    says = f"W [{inputs}, {outputs}], A [{inputs}, {rank}], B [{rank}, {outputs}]: A·B {_product(a, b)}"
    cases.append(_case("q_proj, row vectors", says, _product(a, b) == f"[{inputs}, {outputs}]"))
    return _answer(cases) | {"scale": 16 / rank}


def merge_scale(call: Call, alpha: int = 16) -> dict[str, Any]:
    """Does merging write W + α·(product)? PEFT merges adapters of several ranks into a small layer; what it added is
    held against α·B·A."""
    from peft import LoraConfig, inject_adapter_in_model  # a second to import, for this claim alone

    cases = []
    for rank in (1, 4, 8, 16):
        torch.manual_seed(rank)
        layer = inject_adapter_in_model(
            LoraConfig(r=rank, lora_alpha=alpha, target_modules=["0"], init_lora_weights=False),
            torch.nn.Sequential(torch.nn.Linear(24, 24, bias=False)),
        )[0]
        before = layer.weight.detach().clone()
        product = layer.lora_B["default"].weight @ layer.lora_A["default"].weight
        layer.merge()
        factor = float((alpha * product).norm().detach() / (layer.weight - before).norm().detach())
        cases.append(_case(f"rank {rank}", f"α·B·A is {factor:.3g} times what is added", abs(factor - 1) < 0.01))
    return {"cases": cases, "source": "PEFT, on a layer of 24 × 24 random numbers"}


def _product(left: torch.Tensor, right: torch.Tensor) -> str:
    try:
        return str(list((left @ right).shape))
    except RuntimeError:
        return "does not fit"


def _case(name: str, value: str, holds: bool) -> Case:
    return {"name": name, "value": value, "holds": holds}


def _answer(cases: list[Case]) -> dict[str, Any]:
    return {"cases": cases, "source": SOURCE}
