"""A real SSH server on the loopback, with keys, port and configuration of its own, run by whoever runs this."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv {env}
"""


def find_sshd() -> str | None:
    """Where the server is; sshd insists on being called by its whole path."""
    return shutil.which("sshd", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


@contextmanager
def sshd(folder: Path, env: Mapping[str, str]) -> Iterator[list[str]]:
    """A server whose sessions get `env`; gives the words that open the course through it, in a terminal."""
    server = find_sshd()
    assert server is not None
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = " ".join(f'{name}="{value}"' for name, value in env.items())
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=port, folder=folder, env=words))
    if os.getuid() == 0:  # where a system's own server has never run, this is missing
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen([server, "-D", "-f", str(config), "-E", str(folder / "log")])
    try:
        _wait_for(port, folder / "log")
        yield _client(folder, port)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"sshd did not start: {log.read_text()}")


def _client(folder: Path, port: int) -> list[str]:
    options = [f"UserKnownHostsFile={folder}/known", "StrictHostKeyChecking=no", "LogLevel=ERROR"]
    course = f"cd {shlex.quote(str(ROOT))} && exec {shlex.quote(sys.executable)} -m tutor"
    return [
        "ssh", "-tt", "-F", "/dev/null", "-i", str(folder / "user"), "-p", str(port),
        *(word for option in options for word in ("-o", option)),
        f"{getpass.getuser()}@127.0.0.1", course,
    ]  # fmt: skip
