"""`tutor --lab NAME`: one lab, headless."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.runs.config import Lab, Value
    from tutor.runs.store import RunDir


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of a headless lab."""
    group = parser.add_argument_group("headless labs")
    group.add_argument(
        "--lab", metavar="NAME", help="run this lab without the full-screen app; `--lab list` lists them"
    )
    group.add_argument("--tier", metavar="TIER", help="nano, tiny, small, medium or large (short for --set model=TIER)")
    group.add_argument("--model", metavar="MODEL", help="a tier, a store name, a run, a directory or a .gguf file")
    group.add_argument("--config", metavar="FILE", help="a TOML file with options of the lab")
    group.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="set one option (repeatable)")
    group.add_argument("--seed", type=int, metavar="N", help="short for --set seed=N")
    group.add_argument("--brief", action="store_true", help="what the lab is about, and what to predict before it runs")
    group.add_argument(
        "--predict",
        metavar="NAME=ANSWER",
        action="append",
        default=[],
        help="predict a result (repeatable); see --brief",
    )
    group.add_argument("--diff", metavar="NAME", help="in what the lab's options and recipe differ from another lab's")
    group.add_argument("--dry-run", action="store_true", help="show the plan: parameters, tokens, steps, memory, time")
    group.add_argument("--detach", action="store_true", help="start it and return; `tutor runs attach` watches it")
    group.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or killed")
    group.add_argument(
        "--json", action="store_true", help="write the events to stdout, one JSON object a line, and nothing else"
    )


def asked_for(args: argparse.Namespace) -> bool:
    """Whether the command line asks for a headless lab.

    Raises:
        UsageError: a flag of labs was given without a lab.
    """
    if args.lab or args.resume:
        return True
    lone = [
        name
        for name in ("tier", "model", "config", "set", "brief", "diff", "predict", "dry_run", "detach", "json")
        if getattr(args, name)
    ]
    if lone or args.seed is not None:
        flag = (lone or ["seed"])[0].replace("_", "-")
        raise UsageError(
            f"--{flag} says how to run a lab, but none is named.", "Add --lab NAME; `tutor --lab list` lists them."
        )
    return False


def run(args: argparse.Namespace) -> int:
    """Start (or resume) the lab and follow it to its end."""
    from tutor.runs import config, launch, store, watch
    from tutor.runs.study import parse_predictions

    if args.lab == "list":
        return _print_labs()
    if args.resume:
        directory = store.find(args.resume)
        refuse_changes(args, directory)
    else:
        lab = config.load_lab(args.lab)
        if args.brief:
            return _print_briefing(lab)
        if args.diff:
            return _print_difference(lab, config.load_lab(args.diff))
        options = options_of(lab, args)
        if args.dry_run:
            return dry_run(lab, options, as_json=args.json)
        directory = store.create(lab, options, predictions=parse_predictions(lab, args.predict))
    launch.start(directory)
    if args.detach:
        print(f"tutor: started {directory.id}; watch it with: tutor runs attach {directory.id}", file=sys.stderr)
        print(directory.id)
        return EXIT_DONE
    return watch.follow(directory, as_json=args.json)


def _print_labs() -> int:
    from tutor.runs.config import lab_names, load_lab

    for name in lab_names():
        print(f"{name:24} {load_lab(name).title}")
    return EXIT_DONE


def _print_briefing(lab: Lab) -> int:
    from tutor.commands.grade import describe
    from tutor.course.lesson import without_live_blocks
    from tutor.runs.study import load_study

    study = load_study(lab)
    print(without_live_blocks(study.briefing) or f"# {lab.title}\n\n{lab.summary}")
    if study.predictions:
        print("## Predict before you start\n")
        print("\n\n".join(describe(question) for question in study.predictions))
        print(f"\n    tutor --lab {lab.name} --predict {study.predictions[0].id}=…")
    return EXIT_DONE


def _print_difference(ours: Lab, theirs: Lab) -> int:
    from tutor.runs.recipe_diff import code_lines, option_lines

    print(f"--- {ours.name}\n+++ {theirs.name}")
    for title, lines in (("options", option_lines(ours, theirs)), ("recipe", code_lines(ours, theirs))):
        print(f"\n{title}:")
        print("\n".join(f"@@ {line.text} @@" if line.mark == "@" else line.mark + line.text for line in lines))
    return EXIT_DONE


def options_of(lab: Lab, args: argparse.Namespace) -> dict[str, Value]:
    """The options of `lab`, with what the configuration file and the flags say."""
    from pathlib import Path

    from tutor.runs import config

    layers: list[dict[str, Any]] = []
    if args.config:
        layers.append(config.read_config_file(Path(args.config)))
    flags = {"model": args.model or args.tier, "seed": args.seed}
    layers.append({name: value for name, value in flags.items() if value is not None})
    layers.append(dict(config.parse_set(lab, args.set)))
    return config.resolve(lab, *layers)


def refuse_changes(args: argparse.Namespace, directory: RunDir) -> None:
    """A resumed run keeps its own configuration, or it would not be the same run."""
    from tutor.runs.config import load_lab

    if args.lab and load_lab(args.lab).name != directory.lab:
        raise UsageError(f"{directory.id} is a run of {directory.lab}, not of {args.lab}.", "Leave --lab away.")
    if args.set or args.predict or args.config or args.tier or args.model or args.seed is not None:
        raise UsageError("A resumed run keeps its configuration.", "Start a new run to change options.")


def dry_run(lab: Lab, options: dict[str, Value], *, as_json: bool) -> int:
    """The plan, made by a worker in a directory that does not stay."""
    from tutor import paths
    from tutor.runs import launch, store, watch

    directory = store.create(lab, options, mode="plan", parent=paths.cache_dir() / "plans")
    try:
        launch.start(directory)
        return watch.follow(directory, as_json=as_json)
    finally:
        shutil.rmtree(directory.path, ignore_errors=True)
