"""What a lab's options would take in memory, worked out from the model's shape alone: nothing is loaded or run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from tutor import paths
from tutor.engine import store
from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, Architecture, layers_named
from tutor.engine.hardware import quickest_attention
from tutor.engine.memory import CPU, MODES, Budget, MemoryPlan, Mode, plan_memory
from tutor.engine.tiers import TIERS, default_model

LONGEST = 512
"""Tokens of a sequence, where a lab has no option for it."""


def most_memory(mode: str, config: Mapping[str, Any], machine: Budget) -> MemoryPlan | None:
    """The peak with `config` (options of a lab) if every example were as long as `max_length` allows.

    None where there is nothing to plan: the lab loads no model.

    Raises:
        TutorError: the model is not there, or its shape is not known.
    """
    wanted = config.get("mode", mode)
    if wanted not in MODES:
        return None
    training = wanted != "inference"
    seq = max(1, config.get("max_length", LONGEST))
    targets = [name for name in layers_named(config.get("targets", ATTENTION_TARGETS)) if name in LINEAR_TARGETS]
    return plan_memory(
        architecture_of(str(config.get("model", "auto"))),
        cast("Mode", wanted),
        batch=max(1, config.get("batch_size", 1)),
        seq=seq,
        rank=max(0, config.get("r", 8)),
        targets=targets,
        # Small gradients vanish in fp16: labs train in fp32 where there is no bf16.
        dtype="float32" if training and machine.dtype == "float16" else machine.dtype,
        dropout=config.get("dropout", 0.05),
        checkpointing=config.get("gradient_checkpointing", False),
        dora=config.get("dora", False),
        optimizer=config.get("optimizer", "adamw"),
        attention=quickest_attention(machine.place is CPU, seq),
        place=machine.place,
    )


def architecture_of(model: str) -> Architecture:
    """The shape of a tier, whether it has been imported or not, a model of the store, a run, or a directory.

    Raises:
        TutorError: there is no such model, or its shape is not known.
    """
    name = default_model() if model == "auto" else model
    if name in TIERS:
        return TIERS[name].architecture
    for directory in (paths.runs_dir() / name / "merged", Path(name).expanduser()):
        if directory.is_dir():
            return Architecture.read(directory)
    return store.find(name).architecture()
