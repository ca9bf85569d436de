"""What the verbs of `tutor corpus` share: arguments, output, progress."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import UsageError

if TYPE_CHECKING:
    from tutor.corpus.config import Config
    from tutor.corpus.extract import Progress

Run = Callable[[argparse.Namespace], int]


def verb(
    verbs: Any, name: str, run: Run, text: str, *, corpus: bool = True, epilog: str = ""
) -> argparse.ArgumentParser:
    """A verb with `--json` and, where it reads one, the corpus it reads."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog
    )
    if corpus:
        parser.add_argument("corpus", metavar="CORPUS", type=Path, help="a directory that `tutor corpus build` made")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, and nothing else")
    parser.set_defaults(run=run)
    return parser


def add_config(parser: argparse.ArgumentParser) -> None:
    """The flags that change thresholds."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="a corpus.toml with what differs from the default")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="one threshold: gates.max_line=120 (repeatable)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of samples and splits (short for --set seed=N)")


def read_config(args: argparse.Namespace) -> Config:
    """The thresholds that the flags ask for."""
    from tutor.corpus import config

    chosen = config.load(args.config)
    for change in args.set:
        name, sign, value = change.partition("=")
        if not sign:
            raise UsageError(f"--set {change} gives no value.", "Write --set NAME=VALUE.")
        chosen = config.overridden(chosen, name, _value(value))
    return chosen if args.seed is None else config.overridden(chosen, "seed", args.seed)


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def has_terminal() -> bool:
    """Whether a screen can be opened."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def progress(args: argparse.Namespace) -> Callable[[Progress], None]:
    """One line on a terminal's stderr that is drawn over; nothing elsewhere."""
    if args.json or not sys.stderr.isatty():
        return lambda _progress: None

    def show(now: Progress) -> None:
        end = "\n" if now.done == now.total else ""
        print(f"\r\x1b[K{now.stage}: {now.done:,} of {now.total:,}  {now.what}", end=end, file=sys.stderr, flush=True)

    return show


def say(args: argparse.Namespace, value: Any, lines: Sequence[str]) -> None:
    """`value` as JSON when that was asked for, else the lines."""
    if args.json:
        print(json.dumps(value, ensure_ascii=False))
    else:
        from tutor.text import clean_text

        print("\n".join(clean_text(line) for line in lines))


def table(rows: Sequence[Sequence[object]], indent: int = 2) -> list[str]:
    """Lines whose columns line up; numbers to the right."""
    texts = [[f"{cell:,}" if type(cell) is int else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))] if texts else []
    lines = []
    for row, cells in zip(rows, texts, strict=True):
        shown = [
            text.rjust(width) if isinstance(cell, int | float) else text.ljust(width)
            for cell, text, width in zip(row, cells, widths, strict=True)
        ]
        lines.append(" " * indent + "  ".join(shown).rstrip())
    return lines
