"""The memory planner held against what training really takes: predicted beside measured, one process for each case.

    python -m bench.memory [--model nano] [--cases NAME ...]

Two steps on random tokens. Measured is the peak of resident memory while it trained, as a run's `step` events give it;
on a CUDA GPU the peak that PyTorch reserved, with the context's own memory left out on both sides. Wanted: within 15 %
on a CPU, 10 % on a GPU.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from tutor.childprocess import quiet_environment

CASES: dict[str, dict[str, Any]] = {
    "attention, 4 x 128": {},
    "attention, 4 x 256": {"seq": 256},
    "attention, 1 x 512": {"batch": 1, "seq": 512},
    "fused attention": {"attention": "sdpa"},
    "all-linear": {"targets": ["all-linear"]},
    "DoRA": {"dora": True},
    "checkpointing": {"checkpointing": True},
    "fp32": {"dtype": "float32"},
    "8-bit states, r=64": {"optimizer": "adamw8bit", "rank": 64},
}
USUAL: dict[str, Any] = {"batch": 4, "seq": 128, "rank": 8, "targets": ["attention"], "attention": "eager"}
SUPERVISED = 0.5


def child(model_dir: Path, case: dict[str, Any]) -> tuple[int, int]:
    """(predicted, measured) bytes."""
    from tutor.engine.architecture import Architecture
    from tutor.engine.device import gpu_memory, pick_device
    from tutor.engine.loading import load_model, training_dtype
    from tutor.engine.lora import add_adapter
    from tutor.engine.memory import CPU, GPU, plan_memory
    from tutor.engine.training import Settings, Training
    from tutor.runs.steps import forget_peak, peak_memory

    known = USUAL | {"dtype": training_dtype()} | case
    on_gpu = pick_device().device.type == "cuda"
    architecture = Architecture.read(model_dir)
    plan = plan_memory(architecture, "lora", **known, supervised_fraction=SUPERVISED, place=GPU if on_gpu else CPU)
    forget_peak()
    model = load_model(model_dir, known["dtype"], known["attention"])
    adapter = {"r": known["rank"], "alpha": 16, "dropout": 0.05, "targets": known["targets"], "seed": 0}
    model = add_adapter(model, **adapter, dora=known.get("dora", False))
    if known.get("checkpointing"):
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    settings = Settings(
        epochs=1,
        batch_size=known["batch"],
        grad_accumulation=1,
        lr=1e-4,
        warmup=0.0,
        schedule="constant",
        weight_decay=0.0,
        clip=1.0,
        seed=0,
        optimizer=known.get("optimizer", "adamw"),
    )
    examples = [random_example(architecture.vocab, known["seq"]) for _ in range(2 * known["batch"])]
    for _ in Training(model, examples, settings, 0):
        pass
    if on_gpu:
        return plan.total - plan.runtime, gpu_memory()["cuda_reserved_bytes"]
    return plan.total, peak_memory()


def random_example(vocab: int, length: int) -> Any:
    """A row whose second half is supervised."""
    from tutor.engine.chatdata import IGNORED, Example

    ids = tuple(random.randrange(vocab) for _ in range(length))
    start = round(length * (1 - SUPERVISED))
    return Example(ids, (*[IGNORED] * start, *ids[start:]))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()

    from tutor.engine.resolve import resolve

    directory = resolve(args.model).directory
    assert directory is not None, f"{args.model} has no safetensors"
    if args.child:
        print(json.dumps(child(directory, CASES[args.child])))
        return
    print(f"{'':22}predicted  measured  predicted / measured")
    for name in args.cases:
        command = [sys.executable, "-m", "bench.memory", "--model", args.model, "--child", name]
        said = subprocess.run(command, env=quiet_environment(), capture_output=True, text=True, check=True).stdout
        predicted, measured = json.loads(said.splitlines()[-1])
        print(f"{name:22}{predicted / 1e9:6.2f} GB {measured / 1e9:6.2f} GB  {predicted / measured:5.2f}", flush=True)


if __name__ == "__main__":
    main()
