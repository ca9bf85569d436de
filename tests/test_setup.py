"""The set-up refuses early, in one sentence, what would fail late."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OLD_PYTHON = '#!/bin/sh\ncase "$*" in --version) echo "Python 3.9.2";; *) exit 1;; esac\n'


def make(tmp_path: Path, *, python: str | None) -> subprocess.CompletedProcess[str]:
    """`make run` in a copy of the checkout's set-up files, on a PATH without a compiler."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "make"):
        (tools / name).symlink_to(shutil.which(name) or name)
    if python is None:
        (tools / "python3").symlink_to(sys.executable)
    else:
        (tools / "python3").write_text(python)
        (tools / "python3").chmod(0o755)
    return subprocess.run(
        [str(tools / "make"), "run"], cwd=tmp_path, env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60
    )


def test_an_old_python_is_one_sentence_before_any_download(tmp_path: Path) -> None:
    done = make(tmp_path, python=OLD_PYTHON)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer; found Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_missing_compiler_is_one_sentence_before_any_download(tmp_path: Path) -> None:
    done = make(tmp_path, python=None)
    assert done.returncode != 0
    assert "needs a C and C++ compiler" in done.stderr
    assert not (tmp_path / ".venv").exists()
