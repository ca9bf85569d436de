"""`tutor progress`: what is done and due; export, import, reset, report."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import EXIT_DONE, EXIT_INTERRUPTED, UsageError

if TYPE_CHECKING:
    from tutor.course.progress import Progress
    from tutor.record.gather import CourseRecord

STDOUT = Path("-")


def add(subparsers: Any) -> None:
    """Add `progress` and its verbs."""
    parser = subparsers.add_parser(
        "progress",
        help="what is done, due for review and next; export, import, reset, report",
        epilog="example: tutor progress report -o report.md",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, and nothing else")
    parser.set_defaults(run=_show)
    verbs = parser.add_subparsers(metavar="VERB")
    export = verbs.add_parser("export", help="write the progress to a file (JSON)")
    export.add_argument("file", metavar="FILE", type=Path, help="where to; - is stdout")
    export.set_defaults(run=_export)
    merge = verbs.add_parser("import", help="merge an exported file into the progress here")
    merge.add_argument("file", metavar="FILE", type=Path, help="what `tutor progress export` wrote")
    merge.set_defaults(run=_import)
    reset = verbs.add_parser("reset", help="begin the course anew; a dated copy of the progress is kept")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(run=_reset)
    report = verbs.add_parser("report", help="what was done, in Markdown, from recorded facts only")
    report.add_argument("-o", "--output", metavar="FILE", type=Path, default=STDOUT, help="where to; stdout by default")
    report.set_defaults(run=_report)


def _progress() -> Progress:
    from tutor import paths
    from tutor.course.progress import Progress

    return Progress(paths.progress_db())


def _record() -> CourseRecord:
    from tutor.course.outline import load_outline
    from tutor.record.gather import gather

    return gather(load_outline(), _progress().saved(), time.time())


def _show(args: argparse.Namespace) -> int:
    from tutor.record.overview import lines, plain

    record = _record()
    print(json.dumps(plain(record), ensure_ascii=False) if args.json else "\n".join(lines(record)))
    return EXIT_DONE


def _export(args: argparse.Namespace) -> int:
    from tutor.course.progress.exchange import to_json

    _write(args.file, to_json(_progress().saved(), time.time()))
    return EXIT_DONE


def _import(args: argparse.Namespace) -> int:
    from tutor.course.progress.exchange import read_file
    from tutor.text import counted

    new = _progress().merge(read_file(args.file))
    print(f"tutor: merged {args.file}: {counted(new, 'answer')} new here", file=sys.stderr)
    return EXIT_DONE


def _reset(args: argparse.Namespace) -> int:
    if not args.yes and not _confirmed():
        print("tutor: nothing was changed", file=sys.stderr)
        return EXIT_INTERRUPTED
    backup = _progress().reset()
    print(f"tutor: the course begins anew; what was recorded is kept in {backup}", file=sys.stderr)
    return EXIT_DONE


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("A reset has to be confirmed, and there is no terminal to ask on.", "Add --yes.")
    print("Forget which topics are passed and every answer to a check? Exercises and runs stay. [y/N] ", end="")
    return input().strip().lower() in ("y", "yes")


def _report(args: argparse.Namespace) -> int:
    from tutor.record.report import markdown

    _write(args.output, markdown(_record(), time.time()))
    return EXIT_DONE


def _write(file: Path, text: str) -> None:
    from tutor.files import write_whole

    if file == STDOUT:
        print(text, end="")
    else:
        write_whole(file, text)
        print(f"tutor: wrote {file}", file=sys.stderr)
