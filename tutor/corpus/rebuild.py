"""Making a corpus again from its lock, in a process that shares nothing with this one but the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tutor.corpus.dataset import read
from tutor.corpus.lock import LOCK, output_hashes, read_lock
from tutor.errors import TutorError

TIMEOUT_S = 3600.0

ELSEWHERE = (
    {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
)
"""Environments in which nothing may come out differently."""


def in_fresh_process(lock: Path, output: Path, environment: dict[str, str], processes: int | None = None) -> str:
    """Build `output` from `lock` in a new process, without the cache; returns why it failed, or ''."""
    command = [sys.executable, "-m", "tutor.corpus.rebuild", str(lock.absolute()), str(output.absolute())]
    command += [str(processes)] if processes else []
    done = subprocess.run(
        command,
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=output.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"it ended with code {done.returncode}")


def verify(path: Path, scratch: Path) -> list[str]:
    """Build a corpus twice, in two places, time zones, locales and numbers of processes; returns every difference.

    Raises:
        TutorError: there is no lock, or a build failed.
    """
    wanted = read_lock(path / LOCK).outputs
    differences = []
    for number, environment in enumerate(ELSEWHERE, 1):
        output = scratch / f"build {number}" / "corpus"
        output.parent.mkdir(parents=True)
        if said := in_fresh_process(path / LOCK, output, environment, processes=number):
            raise TutorError(f"Build {number} failed: {said}", "Bring the sources back to where the lock says.")
        made = output_hashes(output)
        names = sorted(name for name in wanted.keys() | made.keys() if wanted.get(name) != made.get(name))
        differences += [f"build {number}: {name} differs" for name in names]
    return differences


def main() -> int:
    """`python -m tutor.corpus.rebuild LOCK OUTPUT [PROCESSES]`."""
    from tutor.corpus.build import build_locked

    lock, output = Path(sys.argv[1]), Path(sys.argv[2])
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else None
    try:
        build_locked(read_lock(lock), output, processes=processes, use_cache=False)
        read(output)
    except TutorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
