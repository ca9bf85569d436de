"""The process that runs a model's answers: `python -m tutor.codetasks.sandbox_child SCRATCH SECONDS`.

It says `ready`, then the verdict on each sample in `samples.json`, a line of JSON each. It ends without the
interpreter's clean-up, in which an answer could run once more.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tutor.codetasks.trying import first_failure
from tutor.course.exercises import limits, walls
from tutor.course.exercises.audit import Guard
from tutor.course.exercises.child import alarm


def main() -> None:
    """Run the samples."""
    scratch, limit_s = Path(sys.argv[1]), float(sys.argv[2])
    samples = json.loads((scratch / "samples.json").read_text())
    told = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    walls.raise_kernel_walls(scratch)
    limits.limit_memory()
    limits.limit_time(round(limit_s * len(samples)) + 4)
    Guard(walls.readable_places(), [scratch, Path(os.devnull)]).install()
    told.write("ready\n")
    for code, tests in samples:
        with alarm(limit_s):
            failure = first_failure(code, tests)
        told.write(json.dumps(failure) + "\n")
    os._exit(0)


if __name__ == "__main__":
    main()
