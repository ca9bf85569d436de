"""Landlock: the kernel refuses file access outside given directories, TCP, and signals to other processes.

Interface: https://docs.kernel.org/userspace-api/landlock.html. Files that are already open stay usable.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from tutor.course.exercises.kernel import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
READ = READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""Rights that a rule on a single file may name."""

FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP = 0b11
"""Bind and connect; since ABI 4."""
SCOPES = 0b11
"""Abstract Unix sockets and signals; since ABI 6."""


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32)]


def confine(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Let this process read only beneath `readable` and `writable`, and write only beneath `writable`, for good.

    Call it while the process has one thread and after `kernel.never_gain_privileges`.

    Raises:
        OSError: this kernel has no Landlock, or it is switched off.
    """
    abi = syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    files = FILE_RIGHTS_BY_ABI[min(abi, 5)]
    wanted = _Ruleset(files, TCP if abi >= 4 else 0, SCOPES if abi >= 6 else 0)
    ruleset = syscall(CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(ruleset, path, READ | EXECUTE)
        for path in writable:
            _allow(ruleset, path, files)
        syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if not path.exists():
        return
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights if path.is_dir() else rights & OF_FILES, handle)
        syscall(
            ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(RULE_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0)
        )
    finally:
        os.close(handle)
