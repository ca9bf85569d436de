"""`tutor merge`: an adapter into its base, several adapters, or whole models."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.answers import MODEL_HELP, import_embedded, note
from tutor.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.engine.merging import How, Merged

STRATEGIES = {
    "lora": "one adapter, added to its base as it was trained (the default)",
    "cat": "several adapters: the exact sum of their changes",
    "linear": "several: A and B added apart, so that they also multiply one another",
    "svd": "several: the sum of their changes, brought back to one rank",
    "ties": "several: the largest numbers, where their signs agree",
    "dare_linear": "several: random numbers left out, the others scaled up",
    "dare_ties": "several: the same, then as ties",
    "magnitude_prune": "several: the largest numbers, added",
    "average": "whole models: the mean of their weights",
    "slerp": "two whole models: a point on the arc between them",
}
MOST = 5
"""Layers named after a merge, those that moved furthest."""

EPILOG = """\
examples:
  tutor merge nano last -o merged                              the adapter of the last run, into its base
  tutor merge base adapter --strategy lora -o merged
  tutor merge base one two --strategy ties --weights 1,0.5 --density 0.2 -o both
  tutor merge base qadapter --dequantized -o merged            QLoRA: into the weights it was trained on
  tutor merge nano merged --strategy slerp --weights 1,1 -o halfway

strategies:
""" + "\n".join(f"  {name:16} {text}" for name, text in STRATEGIES.items())


def add(subparsers: Any) -> None:
    """Add `merge`."""
    parser = subparsers.add_parser(
        "merge",
        help="put adapters into a model's weights, or mix models",
        description="Write a new model whose weights hold what adapters learned, or a mixture of whole models. One "
        "file of weights is in memory at a time, and the output appears whole or not at all.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help=MODEL_HELP)
    parser.add_argument(
        "others",
        metavar="ADAPTER",
        nargs="+",
        help="a directory with an adapter, or a run; a MODEL for average and slerp",
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="where to write the new model")
    parser.add_argument("--strategy", choices=STRATEGIES, default="lora", metavar="NAME", help="how; see below")
    parser.add_argument("--weights", metavar="W,W", help="one number for each adapter (default: 1), or for each model")
    parser.add_argument("--density", type=float, default=0.2, help="share of the numbers kept (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="of dare's random choice")
    parser.add_argument("--force", action="store_true", help="although the adapter was trained on another base")
    parser.add_argument("--dequantized", action="store_true", help="into the weights as QLoRA rounded them; see above")
    parser.add_argument("--json", action="store_true", help="print the manifest and what changed as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Merge and say what changed."""
    from tutor.files import refuse_existing

    target = args.output.expanduser().absolute()
    refuse_existing(target)
    if not 0 < args.density <= 1:
        raise UsageError(f"The density cannot be {args.density}.", "Give a share above 0, at most 1.")
    import_embedded(args.base)
    done = _mix_models(args, target) if args.strategy in ("average", "slerp") else _merge_adapters(args, target)
    if args.json:
        print(json.dumps({"directory": str(target), **dataclasses.asdict(done)}, ensure_ascii=False))
    else:
        print(target)
        print("\n".join(_told(done)), file=sys.stderr)
    return EXIT_DONE


def _merge_adapters(args: argparse.Namespace, target: Path) -> Merged:
    from tutor.commands.import_progress import import_progress
    from tutor.engine.merging import How, merge_adapters

    adapters = [_adapter(name) for name in args.others]
    if args.strategy == "lora" and len(adapters) > 1:
        raise UsageError("lora merges one adapter.", "Choose another --strategy for several, such as cat.")
    weights = _weights(args.weights, len(adapters))
    how = How(args.strategy, weights, args.density, args.seed, args.dequantized)
    with import_progress() as progress:
        done = merge_adapters(_directory(args.base), adapters, target, how, args.force, progress)
    if done.rounding is not None and not args.json:
        note(_about_rounding(done, how))
    return done


def _mix_models(args: argparse.Namespace, target: Path) -> Merged:
    from tutor.commands.import_progress import import_progress
    from tutor.engine.merging import merge_models

    models = [_directory(name) for name in (args.base, *args.others)]
    weights = _weights(args.weights, len(models))
    if sum(weights) == 0 or min(weights) < 0:
        raise UsageError("The weights of models are shares, none below 0.", "For example: --weights 1,1")
    with import_progress() as progress:
        return merge_models(models, target, args.strategy, weights, args.force, progress)


def _adapter(name: str) -> Path:
    from tutor.engine.resolve import find_adapter

    if found := find_adapter(name):
        return found
    raise UsageError(f"{name} is no adapter: it has no adapter_config.json.", "Give a run, or an adapter's directory.")


def _directory(name: str) -> Path:
    from tutor.engine.resolve import resolve

    files = resolve(name)
    if files.directory is None:
        raise UsageError(f"{files.label} is a GGUF file; merging needs safetensors.", f"Import it: tutor import {name}")
    return files.directory


def _weights(text: str | None, count: int) -> tuple[float, ...]:
    if text is None:
        return (1.0,) * count
    try:
        weights = tuple(map(float, text.split(",")))
    except ValueError:
        raise UsageError(f"--weights {text!r} is no list of numbers.", "Write it like 1,0.5") from None
    if len(weights) != count:
        raise UsageError(f"{len(weights)} weights were given, and {count} are needed.", "Write one for each.")
    return weights


def _about_rounding(done: Merged, how: How) -> str:
    """What merging a QLoRA adapter means, with the figures of this merge."""
    moved = sum(change.relative for change in done.changes) / len(done.changes)
    cost = f"Rounding to 4 bits moves a matrix by {done.rounding:.1%} of its norm, this adapter by {moved:.1%}."
    if how.dequantized:
        return f"{cost} It was trained on the rounded weights, and is merged into those, stored in float16."
    return (
        f"{cost} It was trained on the rounded weights and is merged into the original ones, so the model will not "
        "say exactly what it said in training. --dequantized merges it into the rounded ones; "
        "lab-qlora-cli-help measures the difference."
    )


def _told(done: Merged) -> list[str]:
    largest = sorted(done.changes, key=lambda change: -change.relative)[:MOST]
    lines = [f"{len(done.changes)} matrices changed; furthest, as a share of their norm:"]
    return lines + [f"  {change.relative:7.2%}  {change.layer}" for change in largest]
