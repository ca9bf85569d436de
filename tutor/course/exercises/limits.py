"""Limits of the process that runs a learner's code, set by that process on itself before the code is loaded."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MEMORY_BYTES = 768 << 20
"""Address space beyond what Python and the libraries already hold."""
FILE_BYTES = 1 << 20
"""The largest file, printed output included."""


def limit_memory() -> str | None:
    """Limit further memory to `MEMORY_BYTES`; return why not, where that cannot be done."""
    if sys.platform != "linux":
        return "this system does not enforce RLIMIT_AS"
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY_BYTES)
    return None


def limit_time(seconds: int) -> None:
    """End the process with SIGXCPU after `seconds` more of CPU time, and with SIGKILL a second later."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + seconds
    _limit(resource.RLIMIT_CPU, end + 1, soft=end)


def limit_rest() -> None:
    """No core dump, no large file, and no process or thread more (the last one does not bind root)."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    _limit(resource.RLIMIT_NPROC, 0)


def _limit(which: int, value: int, soft: int | None = None) -> None:
    """Lower the hard limit too, so that the code cannot raise it again."""
    hard = resource.getrlimit(which)[1]
    lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (lowest if soft is None else min(soft, lowest), lowest))
