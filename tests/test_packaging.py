"""What `pip install .` gives: a wheel that carries its content, and a `tutor` that finds it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(ROOT)]
    subprocess.run(build, check=True, stdin=subprocess.DEVNULL, timeout=240)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_lessons_labs_and_styles(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("lessons", "labs", "assets"):
        inside = {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in str(path)
        }
        assert inside
        assert {f"tutor/_content/{name}" for name in inside} <= set(names)


def test_an_installed_tutor_finds_its_labs(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tutor", "--lab", "list"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "lab-cli-help-data" in done.stdout
