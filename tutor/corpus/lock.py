"""`corpus.lock`: everything that is needed to make the same corpus again, byte for byte."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tutor.corpus.extract import Extraction
from tutor.errors import TutorError
from tutor.files import sha256, write_whole

LOCK = "corpus.lock"
FORMAT = 1

TOOLS = (
    "datasketch",
    "detect-secrets",
    "packaging",
    "pyarrow",
    "tokenizers",
    "tree-sitter",
    "tree-sitter-python",
    "tree-sitter-rust",
    "tutor",
)
"""Distributions whose version can change a byte of the corpus."""


@dataclass
class LockedSource:
    """One source, exactly."""

    name: str
    locator: str
    kind: str
    version: str
    commit: str
    tree_sha256: str
    licence: str
    files: int
    bytes: int
    manifest: dict[str, str] = field(default_factory=dict)
    """Path → SHA-256 of every file that was read."""


@dataclass
class Lock:
    """The whole file."""

    format: int
    command: str
    seed: int
    source_date_epoch: int
    config_sha256: str
    config: dict[str, Any]
    tokenizer_sha256: str
    code_sha256: str
    tools: dict[str, str]
    environment: dict[str, str]
    sources: list[LockedSource]
    stages: list[dict[str, Any]]
    planted: dict[str, Any]
    """What the gates made of faults that were put in on purpose; see `planted`."""
    random_split_leakage: list[int]
    """(leaking, held out) records of a split drawn record by record, before near-duplicates were dropped."""
    rows: int
    corpus_sha256: str
    outputs: dict[str, str]
    """Path → SHA-256 of every file that was written."""


def locked_source(extraction: Extraction) -> LockedSource:
    """What the lock says of a source."""
    tree, listing = extraction.tree, extraction.listing
    return LockedSource(
        name=tree.name,
        locator=tree.locator,
        kind=tree.kind,
        version=tree.version,
        commit=extraction.commit,
        tree_sha256=listing.sha256,
        licence=tree.licence,
        files=len(listing.files),
        bytes=listing.total_bytes,
        manifest=listing.files,
    )


def installed_tools() -> dict[str, str]:
    """Distribution → installed version."""
    return {name: importlib.metadata.version(name) for name in TOOLS}


def environment() -> dict[str, str]:
    """The machine and interpreter that made the corpus."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
    }


def output_hashes(directory: Path) -> dict[str, str]:
    """Path → SHA-256 of every file of a corpus but its lock, its report and its reviews."""
    made_later = ("review", "report.json", LOCK)
    return {
        path.relative_to(directory).as_posix(): sha256(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.relative_to(directory).parts[0] not in made_later
    }


def write_lock(path: Path, lock: Lock) -> None:
    """Write it whole; the order of everything in it is that of the pipeline."""
    write_whole(path, json.dumps(asdict(lock), indent=1, ensure_ascii=False) + "\n")


def read_lock(path: Path) -> Lock:
    """Read a lock.

    Raises:
        TutorError: there is none, it is damaged, or of another format.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        sources = [LockedSource(**source) for source in value["sources"]]
        lock = Lock(**{**value, "sources": sources})
    except FileNotFoundError:
        raise TutorError(f"There is no {path}.", "Build the corpus with: tutor corpus build") from None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise TutorError(f"{path} is damaged: {error}.", "Build the corpus again.") from error
    if lock.format != FORMAT:
        raise TutorError(f"{path} has format {lock.format}; this program reads {FORMAT}.", "Build the corpus again.")
    return lock
