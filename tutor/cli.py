"""`tutor`: the full-screen course, or one command. This file parses and reports errors; commands do the work."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tutor import __version__
from tutor.errors import EXIT_INTERRUPTED, EXIT_USAGE, TutorError

DESCRIPTION = "Learn to fine-tune language models in your terminal, by doing it."

EPILOG = """\
without arguments, the full-screen course opens

examples:
  tutor                                         open the course
  tutor --linear                                the course as plain lines of text
  tutor --lab lab-lora-cli-help                 train, evaluate, merge and export, headless
  tutor --lab lab-lora-cli-help --dry-run       what that would take
  tutor chat last --versus nano                 talk to what you trained, next to its base

exit codes: 0 done, 1 a check failed, 2 usage, 3 environment, 130 interrupted"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from tutor.commands import (
        chat,
        corpus,
        exercise,
        export,
        inspect,
        lab,
        lessons,
        merge,
        models,
        progress,
        run,
        runs,
        serve,
        settings,
        train,
    )

    parser = argparse.ArgumentParser(
        prog="tutor",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tutor {__version__}")
    parser.add_argument(
        "--linear",
        nargs="?",
        const="",
        metavar="TOPIC",
        help="the course (or one topic of it, such as 1.3.2) as plain lines of text, for screen readers",
    )
    lab.add_flags(parser)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (
        models,
        runs,
        run,
        chat,
        train,
        merge,
        export,
        inspect,
        exercise,
        lessons,
        progress,
        corpus,
        settings,
        serve,
    ):
        command.add(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        # Importing every command would delay the app's first frame by 50 ms.
        return run_command(words) if words else open_course()
    except TutorError as error:
        print(f"tutor: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        sys.stderr.close()
        return 0


def run_command(words: Sequence[str]) -> int:
    """Parse `words` and do what they say."""
    from tutor.commands import lab

    args = build_parser().parse_args(words)
    if hasattr(args, "run"):
        return int(args.run(args))
    if args.linear is not None:
        from tutor.linear import course

        return course.run(args.linear)
    return lab.run(args) if lab.asked_for(args) else open_course()


def open_course() -> int:
    """The full-screen app; without a terminal, a sentence that names the headless way."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            "tutor: The course needs a terminal. Without one, run a lab: tutor --lab lab-lora-cli-help", file=sys.stderr
        )
        return EXIT_USAGE
    from tutor.app import run as run_app

    return run_app()
