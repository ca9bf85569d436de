"""Writing files and directories so that a reader never sees half of one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tutor.errors import TutorError, UsageError

PARTIAL = ".partial-"
"""Prefix of names still being written; a start may delete what a killed process left."""


def _temporary(path: Path) -> Path:
    return path.with_name(f"{PARTIAL}{path.name}-{os.getpid()}-{secrets.token_hex(4)}")


@contextmanager
def disk_errors(thing: str) -> Iterator[None]:
    """Turn a full or read-only disk into a sentence about `thing`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TutorError(f"The disk is full while writing {thing}.", "Free some space and try again.") from error
        if error.errno == errno.EFBIG:
            raise TutorError(f"{thing} has a file larger than its disk allows.", "Choose another disk.") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise TutorError(
                f"{thing} cannot be written: {error.strerror}.", "Set TUTOR_HOME to a directory of yours."
            ) from error
        raise


def write_whole(path: Path, data: str | bytes) -> None:
    """Write `data` to `path` under a temporary name, then rename it."""
    raw = data.encode() if isinstance(data, str) else data
    with disk_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        try:
            with temporary.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path, for writers that open a file themselves, that becomes `path` when the block ends well."""
    with disk_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary directory that becomes `path` when the block ends well, and is deleted otherwise.

    An existing `path` is replaced.
    """
    with disk_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        temporary.mkdir()
        try:
            yield temporary
            if path.exists():
                old = _temporary(path)
                path.rename(old)
                temporary.rename(path)
                shutil.rmtree(old)
            else:
                temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def refuse_existing(path: Path) -> None:
    """Raise `UsageError` where there is already something at `path` (an empty directory is nothing)."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(f"{path} is already there.", "Choose another place with -o, or delete it first.")


def write_json(path: Path, data: Any) -> None:
    """Write `data` as one line of JSON."""
    write_whole(path, json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`.

    Raises:
        TutorError: the file is missing, or holds something else.
    """
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(data, dict):
        raise damaged(path, ValueError("no JSON object"))
    return data


def damaged(path: Path, error: Exception) -> TutorError:
    """The sentence about a file of ours that cannot be used."""
    reason = "it is missing" if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}"
    return TutorError(f"{path} cannot be read: {reason}.", "Make it again: run what wrote it.")


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes, read in 1 MiB pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
