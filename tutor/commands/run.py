"""`tutor run MODEL --prompt TEXT`: one answer, to stdout."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tutor.commands.answers import (
    MODEL_HELP,
    add_sampling_flags,
    import_embedded,
    note,
    print_answer,
    sampling,
    summary,
)
from tutor.errors import EXIT_DONE, UsageError

EPILOG = """\
examples:
  tutor run nano --prompt "Name three colours."
  tutor run last --prompt - < question.txt
  tutor run nano --prompt "Tell a story." --temperature 0.8 --seed 1 --json"""


def add(subparsers: Any) -> None:
    """Add `run`."""
    parser = subparsers.add_parser(
        "run",
        help="ask a model one question",
        description="Stream one answer to stdout; its speed goes to stderr.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
    parser.add_argument("--prompt", required=True, metavar="TEXT", help="the question; `-` reads it from stdin")
    parser.add_argument("--json", action="store_true", help="one JSON object with answer, token counts and speed")
    add_sampling_flags(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask and print."""
    prompt = sys.stdin.read() if args.prompt == "-" else args.prompt
    if not prompt.strip():
        raise UsageError("The prompt is empty.", "Give a question after --prompt.")
    import_embedded(args.model)
    import asyncio

    asyncio.run(_ask(args, prompt))
    return EXIT_DONE


async def _ask(args: argparse.Namespace, prompt: str) -> None:
    from tutor.engine.client import Engine

    engine = Engine("chat")
    question = {
        "model": args.model,
        "messages": [{"role": "user", "content": prompt}],
        "system": args.system,
        "seed": args.seed,
        "strength": args.strength,
        **sampling(args),
    }
    try:
        if args.json:
            about = await engine.call("load", model=args.model, strength=args.strength)
            done = await engine.call("chat", **question)
            print(json.dumps({"model": args.model, **about, **done}))
        else:
            note(summary(await print_answer(engine, [], **question)))
    finally:
        await engine.close()
