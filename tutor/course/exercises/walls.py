"""The walls around a learner's code: limits, no network, no processes, no files but its own.

What this protects from: slips (an endless loop, a list that eats the memory, a loop that deletes files) and code that
was pasted without reading. On Linux the kernel holds four walls, each good without the others: a network namespace
of its own, Landlock, seccomp and resource limits. Before them stands an audit hook, which says what was tried.

What it does not: it is no prison for a determined attacker. The code shares a process with its check, so it can forge
its own verdict; it can read what is readable under the system's directories; a hole in the kernel is a hole here. Where
the kernel lacks a wall (another system, an older kernel, a container that forbids it) only the audit hook and the
limits remain, and the result says so.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from tutor.course.exercises import limits

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev")
"""What Python, NumPy and torch read while they work. `/proc` of other processes is closed by Landlock."""


def readable_places() -> list[Path]:
    """The system's directories and those that Python imports from; not the user's home."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    libraries = {*site.getsitepackages(), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))}
    package = Path(__file__).parents[2]
    return [package, *(Path(place) for place in (*SYSTEM, *sorted(prefixes | libraries)))]


def raise_kernel_walls(scratch: Path, *also_readable: Path) -> dict[str, str]:
    """Put up every wall that this system has.

    Args:
        scratch: the only directory that may be written to.

    Returns:
        for each wall that is missing, the reason.
    """
    missing: dict[str, str] = {}
    limits.limit_rest()
    if sys.platform != "linux":
        return dict.fromkeys(("network namespace", "landlock", "seccomp"), "only Linux has it")
    from tutor.course.exercises import kernel, landlock, seccomp

    def confine() -> None:
        landlock.confine([*readable_places(), *also_readable], [scratch, Path(os.devnull)])

    kernel.never_gain_privileges()
    walls: dict[str, Callable[[], None]] = {
        "network namespace": kernel.leave_network,
        "landlock": confine,
        "seccomp": seccomp.refuse_processes_and_sockets,
    }
    for name, put_up in walls.items():
        try:
            put_up()
        except OSError as error:
            missing[name] = error.strerror or str(error)
    return missing
