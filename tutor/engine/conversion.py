"""Running the conversion of a GGUF file in a process of its own.

It takes torch, gigabytes, and two native libraries to convert and check a model; a crash in them must become a
sentence, and what they print must not reach a screen.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tutor.childprocess import quiet_environment
from tutor.engine.hub import Progress
from tutor.errors import TutorError


def convert_in_child(gguf: Path, directory: Path, label: str, progress: Progress) -> dict[str, Any]:
    """Write the model in `gguf` to `directory` as safetensors, with its tokenizer; see `from_gguf.convert`.

    Raises:
        TutorError: the conversion failed, or its process died.
    """
    command = [sys.executable, "-m", "tutor.engine.from_gguf", str(gguf), str(directory)]
    result: dict[str, Any] | None = None
    with tempfile.TemporaryFile("w+") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=quiet_environment(), text=True
        )
        with child:
            assert child.stdout is not None
            try:
                for line in child.stdout:
                    message = json.loads(line)
                    if "step" in message:
                        progress(message["step"], message["of"], "steps", f"{message['title']} of {label}")
                    elif "error" in message:
                        raise TutorError(message["error"]["what"], message["error"]["todo"])
                    else:
                        result = message["done"]
            except BaseException:  # Ctrl-C too: nobody would wait for the child any more
                child.kill()
                raise
        log.seek(0)
        said = log.read().strip().splitlines()
    if result is None:
        raise _died(child.returncode, label, said)
    return result


def _died(code: int, label: str, said: list[str]) -> TutorError:
    if code < 0:
        return TutorError(
            f"The process that converts {label} died of {signal.Signals(-code).name}.",
            "If memory was short, close other programs; otherwise import the original model instead of a GGUF file.",
        )
    return TutorError(
        f"The conversion of {label} failed: {said[-1] if said else f'exit code {code}'}.", "Get the file again."
    )
