"""Slogans about memory and GPUs, held against all tiers: `cases` of `{name, value, holds}` for fact checks."""

from __future__ import annotations

from typing import Any

from tutor.engine.hardware import dtype_of_gpu, gpus
from tutor.engine.memory import GPU, USABLE, Mode, nf4_bytes, plan_memory
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.text import human_bytes

__all__ = ["bf16_everywhere", "gigabytes_per_tier", "laptop_gpu", "seven_times"]

SOURCE = "the memory planner of tutor, for a GPU in bf16"
CLAIMED_GB = {"tiny": 2, "small": 4, "medium": 8, "large": 20}
"""The column of the course's table."""
CAPABILITIES = {"Tesla T4": 7.5, "V100": 7.0, "RTX 2080": 7.5, "A100": 8.0, "RTX 4090": 8.9, "H100": 9.0}
"""CUDA compute capabilities as NVIDIA publishes them (developer.nvidia.com/cuda-gpus)."""
Case = dict[str, Any]


def seven_times(call: Call, tier: str = "medium", claimed: float = 7, gigabytes: float = 4) -> dict[str, Any]:
    """Do 4 bits make models `claimed` times smaller than 16 bits, so that `tier` trains in `gigabytes`?"""
    cases = []
    for name, size in TIERS.items():
        before, after = 2 * size.architecture.parameters().total, nf4_bytes(size.architecture)
        says = f"{human_bytes(before)} in bf16 → {human_bytes(after)} in NF4: {before / after:.1f} times"
        cases.append(_case(name, says, round(before / after) == claimed))
    needs = _training(tier, "qlora")
    cases.append(_case(f"train {tier}", f"{human_bytes(needs)} with QLoRA, 512 tokens", needs <= gigabytes * 1e9))
    fp32 = 4 * TIERS[tier].architecture.parameters().total
    return _answer(cases) | {"from_fp32": fp32 / nf4_bytes(TIERS[tier].architecture), "needs": human_bytes(needs)}


def gigabytes_per_tier(call: Call) -> dict[str, Any]:
    """Do the models need the gigabytes of the course's table, to run in bf16 and to train with QLoRA?

    Returns also `weights`: those of the largest in NF4, in words.
    """
    cases = []
    for name, gigabytes in CLAIMED_GB.items():
        plan = plan_memory(TIERS[name].architecture, "inference", seq=2048, place=GPU)
        for use, needs in (("run", plan.total), ("QLoRA", _training(name, "qlora"))):
            cases.append(_case(f"{name} in {gigabytes} GB, {use}", human_bytes(needs), needs <= gigabytes * 1e9))
    return _answer(cases) | {"weights": human_bytes(nf4_bytes(TIERS["large"].architecture))}


def laptop_gpu(call: Call, laptop: int = 8, desktop: int = 24) -> dict[str, Any]:
    """Does every tier train on a laptop's GPU and on an RTX 4090? Sizes in GB, as on the boxes."""
    cases = []
    for name in TIERS:
        lora, qlora = _training(name, "lora"), _training(name, "qlora")
        fits = {size: qlora <= USABLE * (size << 30) for size in (laptop, desktop)}
        where = ", ".join(f"{size} GB {'yes' if fits[size] else 'no'}" for size in fits)
        says = f"LoRA {human_bytes(lora)}, QLoRA {human_bytes(qlora)}: {where}"
        cases.append(_case(name, says, all(fits.values())))
    return _answer(cases)


def bf16_everywhere(call: Call) -> dict[str, Any]:
    """Does every NVIDIA GPU compute in bf16? Published compute capabilities, and the GPUs of this machine."""
    known = CAPABILITIES | {f"here: {gpu.name}": gpu.capability for gpu in gpus()}
    cases = []
    for name, capability in known.items():
        dtype = dtype_of_gpu(capability)
        cases.append(_case(name, f"capability {capability}: {dtype}", dtype == "bfloat16"))
    return {"cases": cases, "source": "NVIDIA's table of capabilities, and the rule by which tutor picks a precision"}


def _training(tier: str, mode: Mode) -> int:
    return plan_memory(TIERS[tier].architecture, mode, seq=512, checkpointing=True, place=GPU).total


def _case(name: str, value: str, holds: bool) -> Case:
    return {"name": name, "value": value, "holds": holds}


def _answer(cases: list[Case]) -> dict[str, Any]:
    return {"cases": cases, "source": SOURCE}
