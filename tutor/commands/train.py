"""`tutor train`: a lab's training with its adapter as the result; `tutor plan`: what that would take."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands import lab as labs
from tutor.errors import EXIT_CHECK_FAILED, EXIT_DONE, TutorError, UsageError

if TYPE_CHECKING:
    from tutor.runs.store import RunDir

USUAL = "lab-lora-cli-help"

TRAINED = ("lora", "qlora")
"""What labs that train an adapter plan their memory as."""

EPILOG = """\
examples:
  tutor train --model base --config labs/qlora.toml --output adapter
  tutor train --model nano --set r=16 --set lr=5e-4 -o adapter     the LoRA lab, with other options
  tutor train --config my.toml --find-lr -o adapter                look for a learning rate first
  tutor train --resume last -o adapter                             go on with a run that was stopped

It is the lab's own recipe: data, training, evaluation, merge and report are in the run, and the adapter with its
manifest is copied to --output. Ctrl-C saves a checkpoint."""


def add(subparsers: Any) -> None:
    """Add `train` and `plan`."""
    train = _parser(subparsers, "train", "train an adapter", "Train an adapter as a lab does.", EPILOG, run)
    train.add_argument("-o", "--output", metavar="DIR", type=Path, help="copy the finished adapter there")
    train.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or killed")
    _parser(
        subparsers,
        "plan",
        "what a training would take",
        "The plan of a training: parameters, tokens, steps, memory, and time from a few real steps. Nothing is kept.",
        "example: tutor plan --model nano --config labs/qlora.toml",
        plan,
    )


def _parser(subparsers: Any, name: str, text: str, description: str, epilog: str, action: Any) -> Any:
    parser = subparsers.add_parser(
        name, help=text, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", metavar="MODEL", help="the base: a tier, a store name or a directory")
    parser.add_argument("--config", metavar="FILE", help="a TOML file that names a lab and some of its options")
    parser.add_argument("--lab", metavar="NAME", help=f"the lab where no file names one (default: {USUAL})")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="set one option (repeatable)")
    parser.add_argument("--seed", type=int, metavar="N", help="short for --set seed=N")
    parser.add_argument("--find-lr", action="store_true", help="sweep the learning rate first (--set find_lr=true)")
    parser.add_argument("--json", action="store_true", help="write the events to stdout, one JSON object a line")
    parser.set_defaults(run=action, tier=None, predict=[], dry_run=False, detach=False, brief=False, diff=None)
    return parser


def run(args: argparse.Namespace) -> int:
    """Train, then copy the adapter."""
    from tutor.files import refuse_existing
    from tutor.runs import launch, store, watch

    target = args.output.expanduser().absolute() if args.output else None
    if target:
        refuse_existing(target)
    if args.resume:
        directory = store.find(args.resume)
        labs.refuse_changes(args, directory)
    else:
        lab, options = _asked(args)
        directory = store.create(lab, options)
    launch.start(directory)
    code = watch.follow(directory, as_json=args.json)
    if target and code in (EXIT_DONE, EXIT_CHECK_FAILED):
        _copy(directory, target)
        print(f"tutor: the adapter is in {target}; merge it: tutor merge BASE {args.output} -o merged", file=sys.stderr)
    return code


def plan(args: argparse.Namespace) -> int:
    """The dry run."""
    lab, options = _asked(args)
    return labs.dry_run(lab, options, as_json=args.json)


def _asked(args: argparse.Namespace) -> Any:
    """The lab that is meant, and its options."""
    from tutor.commands.answers import import_embedded
    from tutor.runs import config

    named = config.lab_of_file(Path(args.config)) if args.config else None
    if named and args.lab and config.load_lab(named).name != config.load_lab(args.lab).name:
        raise UsageError(f"{args.config} is for {named}, not for {args.lab}.", "Leave --lab away.")
    lab = config.load_lab(named or args.lab or USUAL)
    if lab.memory not in TRAINED or "ranks" in lab.options:
        raise UsageError(f"{lab.name} leaves no adapter, or many.", f"Run it as it is: tutor --lab {lab.name}")
    args.set += ["find_lr=true"] * args.find_lr
    if args.model and Path(args.model).expanduser().is_dir():
        args.model = str(Path(args.model).expanduser().absolute())  # the run is a process with a place of its own
    import_embedded(args.model or "")
    return lab, labs.options_of(lab, args)


def _copy(directory: RunDir, target: Path) -> None:
    """The adapter with its manifest, whole or not at all."""
    import shutil

    from tutor.engine.resolve import find_adapter
    from tutor.files import whole_directory

    adapter = find_adapter(str(directory.path))
    if adapter is None:
        raise TutorError(f"The run {directory.id} left no adapter to copy.", f"See {directory.path}")
    with whole_directory(target) as partial:
        shutil.copytree(adapter, partial, dirs_exist_ok=True)
