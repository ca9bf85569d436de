"""Nothing that must start at once imports a model library."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "peft", "accelerate", "datasets", "llama_cpp", "bitsandbytes", "trl"}


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["--lab", "list"], ["models"], ["runs"], ["chat", "--help"]]
)
def test_light_commands_import_no_model_library(words: list[str]) -> None:
    code = (
        "import sys; from tutor.cli import main\n"
        f"try: main({words!r})\n"
        "except SystemExit: pass\n"
        "print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert done.returncode == 0, done.stderr
    assert "LOADED" in loaded
    assert loaded & HEAVY == set()
    assert "textual" not in loaded
