"""What two recipes differ in, as lines and as typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.cli import main
from tutor.runs.config import load_lab
from tutor.runs.recipe_diff import AROUND, Line, code_lines, option_lines


@pytest.fixture
def two_labs(toy_lab: Path) -> Path:
    """The toy, and one like it with another option, another default and one more line."""
    toml, recipe = (toy_lab / "toy.toml").read_text(), (toy_lab / "toy.py").read_text()
    (toy_lab / "doll.toml").write_text(toml.replace("steps = 3", "steps = 5\nhair = true").replace("pause = 0.0\n", ""))
    (toy_lab / "doll.py").write_text(
        recipe.replace("            done += 1\n", "            done += 1\n            comb()\n")
    )
    return toy_lab


@pytest.mark.usefixtures("two_labs")
def test_lines_that_differ_and_no_others() -> None:
    ours, theirs = load_lab("toy"), load_lab("doll")
    assert list(option_lines(ours, theirs)) == [
        Line("-", "steps = 3"), Line("+", "steps = 5"), Line("-", "pause = 0.0"), Line("+", "hair = True"),
    ]  # fmt: skip
    code = list(code_lines(ours, theirs))
    assert [line for line in code if line.mark in "-+"] == [Line("+", "            comb()")]
    assert [line.mark for line in code] == ["@", *" " * AROUND, "+", *" " * AROUND]
    assert list(code_lines(ours, ours)) == list(option_lines(ours, ours)) == []


@pytest.mark.usefixtures("two_labs")
def test_as_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lab", "toy", "--diff", "doll"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["--- lab-toy", "+++ lab-doll"]
    assert "+            comb()" in lines
    assert main(["--lab", "toy", "--diff", "dol"]) == 2
    assert "There is no lab called 'dol'" in capsys.readouterr().err
