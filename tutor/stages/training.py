"""What comes before and after the loop of a training lab: what it will take, and what it took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tutor.engine import lr_finder
from tutor.engine.architecture import Architecture, layers_named
from tutor.engine.chatdata import Encoded
from tutor.engine.device import pick_device
from tutor.engine.loading import training_attention, training_dtype
from tutor.engine.memory import CPU, GPU, MemoryPlan, Mode, budget, plan_memory
from tutor.engine.plots import lr_curve
from tutor.engine.training import Step, Training
from tutor.runs.context import Run
from tutor.runs.steps import StepEvents
from tutor.stages.progress import watch

PROBE_STEPS = 3


def predict_memory(run: Run, base: Path, data: Encoded, mode: Mode, **changes: Any) -> MemoryPlan:
    """The peak of training by component, which readers show beside what is measured.

    Args:
        changes: what `plan_memory` is to know beside what the options say.
    """
    config = run.config
    known: dict[str, Any] = {
        "batch": config.batch_size,
        "seq": data.longest,
        "rank": config.r,
        "targets": config.targets,
        "dtype": training_dtype(),
        "supervised_fraction": data.supervised_fraction,
        "dropout": config.dropout,
        "checkpointing": config.gradient_checkpointing,
        "dora": getattr(config, "dora", False),
        "optimizer": getattr(config, "optimizer", "adamw"),
        "attention": training_attention(config.max_length),
        "place": GPU if pick_device().device.type == "cuda" else CPU,
    }
    plan = plan_memory(Architecture.read(base), mode, **(known | changes))
    rows = [{"name": name, "bytes": size} for name, size in plan.rows()]
    run.emit("memory", rows=rows, available=budget().size)
    return plan


def emit_plan(run: Run, base: Path, training: Training, data: Encoded, memory: MemoryPlan) -> None:
    """A dry run's plan: parameters, tokens, steps, memory, and time from a probe of a few real steps."""
    config = run.config
    probe = [training.step() for _ in range(1 + PROBE_STEPS)][1:]  # the first step is slower than all others
    seconds_per_token = sum(step.seconds for step in probe) / sum(step.tokens for step in probe)
    parameters = sum(parameter.numel() for parameter in training.parameters.values())
    rows = [
        ("model", run.results["model"]["value"], "", str(base)),
        ("trainable parameters", parameters, "", f"r={config.r} on {', '.join(layers_named(config.targets))}"),
        ("examples", len(data.examples), "", f"{data.truncated} truncated to {config.max_length} tokens"),
        ("tokens per epoch", data.tokens, "tokens", f"the longest example has {data.longest}"),
        ("steps", training.total, "", f"{config.epochs} epochs of {training.steps_per_epoch}"),
        ("memory", memory.total, "bytes", "predicted peak of training"),
        ("training time", seconds_per_token * data.tokens * config.epochs, "s", f"from {len(probe)} real steps"),
    ]
    run.emit("plan", rows=[dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows])


def is_time_to_evaluate(run: Run, training: Training, step: Step) -> bool:
    """Whether the held-out loss is to be measured after `step`.

    After the last one it is measured anyway, of the finished model: here only where early stopping has to know it.
    """
    every = run.config.eval_every or training.steps_per_epoch
    return step.number % every == 0 and (step.number < training.total or bool(run.config.patience))


def tell_training(run: Run, base: Path, training: Training, events: StepEvents) -> None:
    """What was trained, how fast, and in which precision."""
    parameters = sum(parameter.numel() for parameter in training.parameters.values())
    run.result("trainable parameters", parameters)
    run.result("trainable share", parameters / Architecture.read(base).parameters().total)
    run.result("training examples", training.examples)
    stopping = training.stopping
    kept = stopping.best_step if stopping.best else training.done
    run.result("steps", kept, note=f"of {training.done} that were made" if kept < training.done else "")
    if training.done < training.total:
        waited = f"The held-out loss has not fallen for {stopping.patience} measurements"
        run.message(f"{waited}: stopped after step {training.done} and kept the adapter of step {kept}.")
    run.result("training time", events.seconds, "s", "this process's steps only, where the run was resumed")
    run.result("tokens per second", events.tokens / events.seconds, "tokens/s")
    run.result("computed in", training_dtype(), note=pick_device().reason)


def find_lr(run: Run, training: Training) -> None:
    """Sweep the learning rate, keep the curve as numbers and as a picture, and say what it suggests."""
    points = lr_finder.sweep(training, watch=watch(run, "find", "steps"))
    lr_curve(run.path / "lr_finder", points)
    lr_finder.save_sweep(run.path / lr_finder.SWEEP, points)
    best = lr_finder.suggested(points)
    run.result(
        "suggested learning rate", best, note=f"from {len(points)} steps; this run trains with {run.config.lr:g}"
    )
