"""What `tutor run` and `tutor chat` share: sampling flags, the embedded model on first use, printing an answer."""

from __future__ import annotations

import argparse
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tutor import paths
from tutor.text import clean_text

if TYPE_CHECKING:
    from tutor.engine.client import Engine

MODEL_HELP = "a tier (nano, tiny, small, medium, large), a store name, a run, a directory or a .gguf file"


def add_sampling_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that decide how an answer is generated."""
    parser.add_argument(
        "-n", dest="max_tokens", type=int, default=512, metavar="N", help="at most N tokens an answer (default: 512)"
    )
    parser.add_argument(
        "--temperature", type=float, default=0.0, metavar="T", help="0, the default, always takes the likeliest token"
    )
    parser.add_argument("--top-p", type=float, default=1.0, metavar="P", help="only the likeliest tokens that sum to P")
    parser.add_argument("--top-k", type=int, default=0, metavar="K", help="only the K likeliest tokens (0: all)")
    parser.add_argument("--seed", type=int, metavar="N", help="same seed, same answer (default: a new one each time)")
    parser.add_argument("--system", default="", metavar="TEXT", help="a system message before the conversation")
    parser.add_argument(
        "--strength",
        type=float,
        metavar="X",
        help="for a run: add its adapter X times to its base (0: the base, 1: all)",
    )


def sampling(args: argparse.Namespace) -> dict[str, Any]:
    """The flags as parameters of the engine's `chat`, without seed, system message and strength."""
    return {name: getattr(args, name) for name in ("max_tokens", "temperature", "top_p", "top_k")}


def import_embedded(model: str) -> None:
    """Import `nano` where it is asked for and not there yet: it needs no network, so why ask."""
    if model != "nano" or (paths.models_dir() / "nano").exists():
        return
    from tutor.commands.import_progress import import_progress
    from tutor.engine.importing import import_model

    note("importing the embedded model, once; this takes about 20 seconds")
    with import_progress() as progress:
        import_model("nano", progress=progress)


def note(text: str) -> None:
    """Say something beside the answer, on stderr."""
    print(f"tutor: {text}", file=sys.stderr, flush=True)


async def print_answer(engine: Engine, pieces: list[str], **params: Any) -> dict[str, Any]:
    """Ask, print the answer to stdout as it comes, and return the engine's last word about it.

    `pieces` receives the text so far, for those who interrupt.
    """
    ends_line = True
    try:
        async with aclosing(engine.stream("chat", **params)) as replies:
            async for reply in replies:
                if reply.done:
                    return reply.data
                pieces.append(reply.data["text"])
                text = clean_text(reply.data["text"])
                ends_line = text.endswith("\n") if text else ends_line
                print(text, end="", flush=True)
    finally:
        if not ends_line:
            print(flush=True)
    raise AssertionError("a stream ends with done or raises")


def summary(done: dict[str, Any]) -> str:
    """Length and speed of an answer, and whatever about it is not as one might think."""
    parts = [f"{done['new_tokens']} tokens"]
    if done["tokens_per_s"]:
        parts.append(f"{done['tokens_per_s']:.1f} tokens/s")
    if done["ttft_s"] is not None:
        parts.append(f"first token after {done['ttft_s']:.2f} s")
    parts.append(f"{done['evaluated_tokens']} of {done['prompt_tokens']} prompt tokens evaluated")
    if done["stop_reason"] == "length":
        parts.append("cut off at its longest (-n)")
    if done["dropped_turns"]:
        parts.append(f"the {done['dropped_turns']} oldest turns no longer fit and were left out")
    return ", ".join(parts)
