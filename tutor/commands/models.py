"""`tutor import` and `tutor models`: filling the model store, looking into it, checking it, clearing it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_DONE, EXIT_ENVIRONMENT
from tutor.text import clean_text, human_bytes

if TYPE_CHECKING:
    from rich.table import Table

    from tutor.engine.architecture import Architecture
    from tutor.engine.memory import Budget
    from tutor.engine.store import StoredModel

WIDE = 118
"""Columns from which the table has room for the models' own names."""
MODE_TITLES = {"inference": "infer", "lora": "LoRA", "qlora": "QLoRA", "full": "full"}

IMPORT_EPILOG = """\
examples:
  tutor import nano                                       the embedded model; needs no network
  tutor import small                                      the course's 1.5B model, from the Hub
  tutor import hf://Qwen/Qwen2.5-Coder-0.5B-Instruct      any Llama, Mistral, Qwen2 or Qwen3 model
  tutor import ~/models/my-model.gguf                     unpacked, checked against llama.cpp, and kept

A download that breaks off goes on where it stopped when the command is typed again."""


def add(subparsers: Any) -> None:
    """Add `import`, and `models` with its verbs."""
    importing = subparsers.add_parser(
        "import",
        help="put a model into the store",
        description="Put a model into the store, whole or not at all.",
        epilog=IMPORT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    importing.add_argument("source", metavar="SOURCE", help="a tier, hf://ORG/NAME[@REVISION], a directory, or a .gguf")
    importing.add_argument("-o", "--output", metavar="DIR", type=Path, help="write the model there instead")
    importing.add_argument("--json", action="store_true", help="print the manifest as JSON")
    importing.set_defaults(run=_import)
    models = subparsers.add_parser(
        "models",
        help="list, verify or delete models",
        description="What the store holds, and what each model can do on this machine.",
        epilog="example: tutor models verify nano",
    )
    models.add_argument("--json", action="store_true", help="one JSON object a line")
    models.set_defaults(run=_list)
    verbs = models.add_subparsers(metavar="VERB")
    for name, action, text in (
        ("verify", _verify, "hash every file of a model again and compare"),
        ("rm", _remove, "delete a model from the store"),
    ):
        verb = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        verb.add_argument("name", metavar="NAME", help="a model's name, as `tutor models` lists it")
        verb.set_defaults(run=action)


def _import(args: argparse.Namespace) -> int:
    from tutor.commands.import_progress import import_progress
    from tutor.engine.importing import import_model

    with import_progress() as progress:
        model = import_model(args.source, args.output, progress)
    if args.json:
        print(json.dumps(model.manifest | {"name": model.name, "directory": str(model.directory)}))
        return EXIT_DONE
    print(f"{model.directory}")
    print(f"{model.name}: {_summary(model)}", file=sys.stderr)
    print(f"Talk to it: tutor chat {args.output or model.name}", file=sys.stderr)
    return EXIT_DONE


def _summary(model: StoredModel) -> str:
    facts = [f"{model.parameters:,} parameters", str(model.manifest["dtype"]), human_bytes(model.size_bytes)]
    check = model.manifest.get("conversion", {}).get("against_llama_cpp")
    if check:
        facts.append(
            f"predicts the same token as llama.cpp at {check['top1_agreement']:.0%} of {check['positions']} positions"
        )
    return ", ".join(facts)


def _list(args: argparse.Namespace) -> int:
    from tutor.engine.memory import budget

    have = budget()
    rows = _rows(have)
    if args.json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return EXIT_DONE
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(_table(rows, wide=console.width >= WIDE))
    print(
        f"Memory each use takes at least, by the planner; {human_bytes(have.size)} of {have.place.name} are free. "
        "What is not here: tutor import NAME",
        file=sys.stderr,
    )
    return EXIT_DONE


def _rows(have: Budget) -> list[dict[str, Any]]:
    """One row for each model of the store and for each tier that has not been imported."""
    from tutor.engine import store
    from tutor.engine.tiers import TIERS

    held = store.list_models()
    rows = [_row_of_model(model, have) for model in held]
    missing = [tier for name, tier in TIERS.items() if name not in {model.name for model in held}]
    for tier in missing:
        rows.append(
            {
                "name": tier.name,
                "tier": tier.name,
                "model": tier.model,
                "imported": False,
                "import": f"tutor import {tier.name}",
                "parameters": tier.architecture.parameters().total,
                "can": _can(tier.architecture, have),
            }
        )
    return rows


def _row_of_model(model: StoredModel, have: Budget) -> dict[str, Any]:
    return {
        "name": model.name,
        "tier": model.tier,
        "model": clean_text(str(model.manifest["model"])),
        "imported": True,
        "size_bytes": model.size_bytes,
        "parameters": model.parameters,
        "dtype": model.manifest["dtype"],
        "source": clean_text(str(model.manifest["source"])),
        "can": _can(model.architecture(), have),
    }


def _can(architecture: Architecture, have: Budget) -> dict[str, Any]:
    from tutor.engine.memory import capabilities

    found = capabilities(architecture, have)
    return {mode: {"fits": capability.fits, "needs_bytes": capability.needed} for mode, capability in found.items()}


def _table(rows: list[dict[str, Any]], *, wide: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name", no_wrap=True)
    for title in ("model", "dtype") if wide else ():
        table.add_column(title, no_wrap=True)
    for title in ("size", "on disk", *MODE_TITLES.values()):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        cells = [Text(row["name"])]
        if wide:
            cells += [Text(row["model"]), Text(row.get("dtype", ""))]
        on_disk = human_bytes(row["size_bytes"]) if row["imported"] else "not here"
        cells += [Text(_count(row["parameters"])), Text(on_disk)]
        for mode in MODE_TITLES:
            can = row["can"][mode]
            mark, style = ("✓", "green") if can["fits"] else ("✗", "red")
            cells.append(Text(f"{mark} {human_bytes(can['needs_bytes'])}", style))
        table.add_row(*cells, style=None if row["imported"] else "dim")
    return table


def _count(parameters: int) -> str:
    return f"{parameters / 1e6:.0f}M" if parameters < 1e9 else f"{parameters / 1e9:.1f}B"


def _verify(args: argparse.Namespace) -> int:
    from tutor.engine import store

    problems, model = store.verify(args.name), store.find(args.name)
    for problem in problems:
        print(f"{model.name}: {clean_text(problem)}")
    if problems:
        source = model.tier or clean_text(str(model.manifest["source"]))
        print(f"Import it again: tutor import {source}", file=sys.stderr)
        return EXIT_ENVIRONMENT
    print(f"{model.name}: all {len(model.manifest['files'])} files are as they were imported.")
    return EXIT_DONE


def _remove(args: argparse.Namespace) -> int:
    from tutor.engine import store

    freed = store.remove(args.name)
    print(f"{args.name} is deleted; {human_bytes(freed)} are free again.", file=sys.stderr)
    return EXIT_DONE
