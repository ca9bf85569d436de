"""How the benches of training steps begin: as a run's worker, with the same options, on a model of the store."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tutor.childprocess import quiet_environment

MARK = "TUTOR_BENCH_CHILD"
"""Set where a bench was started again by itself."""


def become_worker(module: str) -> None:
    """Start again with the environment that a run's worker has, unless that has happened."""
    if MARK not in os.environ:
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], quiet_environment() | {MARK: "1"})


def parser_of(says: str | None) -> argparse.ArgumentParser:
    """The options that all of them take."""
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--steps", type=int, default=6, help="counted steps of one repetition")
    parser.add_argument("--repeats", type=int, default=5)
    return parser


def model_directory(name: str) -> Path:
    """The safetensors of a model; the embedded one is imported if need be."""
    from tutor.engine.importing import import_model
    from tutor.engine.resolve import resolve

    if name == "nano":
        import_model("nano")
    directory = resolve(name).directory
    assert directory is not None, f"{name} has no safetensors"
    return directory
