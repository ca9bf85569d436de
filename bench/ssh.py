"""The bytes that the app sends over a real SSH connection, against their budget: `python -m bench.ssh`.

Over SSH every byte is time. The server is a real one, on the loopback; the terminal shows 24-bit colours, which cost
most.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from bench.app import bytes_of_moves, dashboard, heat, latencies, line, open_app, p95
from bench.sshd import find_sshd, sshd
from tutor import paths


def main() -> None:
    """Print every line of the budget with what was measured."""
    if find_sshd() is None or shutil.which("ssh") is None:
        print("skip  the app over SSH: sshd or ssh is missing (on Debian or Ubuntu: apt install openssh-server)")
        return
    models = paths.models_dir()
    with tempfile.TemporaryDirectory() as folder:
        home, keys = Path(folder) / "home", Path(folder) / "keys"
        home.mkdir()
        keys.mkdir(mode=0o700)
        os.environ["TUTOR_HOME"] = str(home)
        with sshd(keys, {"TUTOR_HOME": str(home), "COLORTERM": "truecolor"}) as course:
            without_a_model(course)
            dashboard(dict(os.environ), course)
            if (models / "nano" / "manifest.json").is_file():
                (home / "models").symlink_to(models)
                heat(dict(os.environ), course)
            else:
                print("skip  heat cells over SSH: `tutor import nano` first")


def without_a_model(course: list[str]) -> None:
    """Opening, resting, keys and moves."""
    app = open_app(dict(os.environ), course)
    app.settle(1)
    measuring = sum(len(load) for load in re.findall(rb"(?:\x1b\[m)*\x1b\[6n", app.output))
    line("bytes until the first screen rests", len(app.output) - measuring, "B", 12_288)
    line("bytes of measuring the link", measuring, "B", 10_000)
    line("idle output", app.count(5) / 5, "B/s", 0)
    line("key to first paint, p95", 1000 * p95(latencies(app)), "ms", 50)
    bytes_of_moves(app)
    line("quit from the lab screen", app.end("\x11"), "s", 0.5)


if __name__ == "__main__":
    main()
