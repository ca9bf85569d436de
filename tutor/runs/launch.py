"""Starting, stopping and resuming workers: one detached process per run."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys

from tutor.childprocess import quiet_environment
from tutor.errors import UsageError
from tutor.files import disk_errors
from tutor.runs.store import RunDir


def start(run: RunDir) -> None:
    """Start (or resume) the run's worker in a session of its own; return at once.

    The worker inherits the run's lock, already taken, so that there is no moment at which a started run looks dead.

    Raises:
        UsageError: the run is already going.
    """
    with disk_errors(str(run.path)):
        lock = os.open(run.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"The run {run.id} is already going.", f"Watch it: tutor runs attach {run.id}") from None
        with run.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "tutor.runs.worker", str(run.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=quiet_environment(),
                pass_fds=(lock,),
                start_new_session=True,
            )
        os.truncate(lock, 0)
        os.pwrite(lock, f"{child.pid}\n".encode(), 0)
    finally:
        os.close(lock)


def worker_pid(run: RunDir) -> int:
    """Process id of the live worker.

    Raises:
        UsageError: the run is not going.
    """
    if not run.is_running():
        raise UsageError(f"The run {run.id} is not going.", f"Resume it: tutor runs resume {run.id}")
    return int(run.lock.read_text())


def stop(run: RunDir) -> None:
    """Ask the worker to save a checkpoint and end; return at once."""
    try:
        os.kill(worker_pid(run), signal.SIGTERM)
    except ProcessLookupError:
        return
