"""Each wall alone: what it stops when no other stands."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = """
import errno, os, signal, socket, sys
from pathlib import Path
from tutor.course.exercises import kernel, landlock, seccomp, limits, walls
from tutor.course.exercises.audit import Guard
SCRATCH, OUTSIDE, PORT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
kernel.never_gain_privileges()
try:
    {wall}
except OSError as error:
    print("absent:", error)
    sys.exit()
def connect():
    with socket.socket() as made:
        made.settimeout(5)
        made.connect(("127.0.0.1", PORT))
def datagram():
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendto(b"x", ("127.0.0.1", PORT))
def fork():
    if os.fork() == 0:
        os._exit(0)
try:
    {deed}
except OSError as error:
    print("refused:", error)
else:
    print("done")
"""

LANDLOCK = "landlock.confine(walls.readable_places(), [SCRATCH])"
SECCOMP = "seccomp.refuse_processes_and_sockets()"
NAMESPACE = "kernel.leave_network()"
HOOK = "Guard(walls.readable_places(), [SCRATCH]).install()"

NETWORK = ["connect()", "datagram()"]
PROCESSES = ["fork()", "os.execv('/bin/true', ['true'])", "os.posix_spawn('/bin/true', ['true'], {})"]
FILES = [
    "(OUTSIDE / 'secret').read_text()",
    "(OUTSIDE / 'secret').write_text('x')",
    "(OUTSIDE / 'secret').unlink()",
    "os.truncate(OUTSIDE / 'secret', 0)",
    "os.listdir(OUTSIDE)",
    "(OUTSIDE / 'new').mkdir()",
    "os.rename(OUTSIDE / 'secret', SCRATCH / 'secret')",
]
OWN_FILES = ["(SCRATCH / 'note').write_text('x')", "(SCRATCH / 'new').mkdir()", "os.listdir(SCRATCH)", "import numpy"]
SIGNALS = ["os.kill(os.getppid(), 0)", "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)"]

STOPS = [
    *((LANDLOCK, deed) for deed in [*FILES, "connect()"]),
    *((SECCOMP, deed) for deed in [*PROCESSES, *NETWORK, *SIGNALS]),
    *((NAMESPACE, deed) for deed in NETWORK),
    *((HOOK, deed) for deed in [*FILES, *PROCESSES, *NETWORK, SIGNALS[0]]),
]
LETS = [
    *((LANDLOCK, deed) for deed in OWN_FILES),
    *((SECCOMP, deed) for deed in [*OWN_FILES, "__import__('threading').Thread(target=print).start()"]),
    *((SECCOMP, deed) for deed in ["os.kill(os.getpid(), 0)", FILES[0]]),
    *((HOOK, deed) for deed in OWN_FILES),
]


def _try(wall: str, deed: str, directory: Path) -> str:
    scratch, outside = directory / "scratch", directory / "outside"
    scratch.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                "-c",
                KERNEL.format(wall=wall, deed=deed),
                scratch,
                outside,
                str(server.getsockname()[1]),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
        )
    assert not done.stderr, done.stderr
    if "absent:" in done.stdout:
        pytest.skip(done.stdout)
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")
@pytest.mark.parametrize(("wall", "deed"), STOPS)
def test_stops(wall: str, deed: str, tmp_path: Path) -> None:
    assert "refused:" in _try(wall, deed, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")
@pytest.mark.parametrize(("wall", "deed"), LETS)
def test_lets_an_exercise_do_its_work(wall: str, deed: str, tmp_path: Path) -> None:
    assert "done" in _try(wall, deed, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")
@pytest.mark.parametrize("deed", [*FILES, *NETWORK, *PROCESSES, *SIGNALS])
def test_without_walls_every_deed_is_possible(deed: str, tmp_path: Path) -> None:
    """Or the tests above would show nothing."""
    assert "refused:" not in _try("pass", deed, tmp_path)
