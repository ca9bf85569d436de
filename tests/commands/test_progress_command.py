"""`tutor progress` as typed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.toy_course import half_way
from tutor import paths
from tutor.cli import main
from tutor.course.progress import Progress, Saved

pytestmark = pytest.mark.usefixtures("toy_course")


def saved() -> Saved:
    return Progress(paths.progress_db()).saved()


def test_it_tells_what_is_done_due_and_next(capsys: pytest.CaptureFixture[str]) -> None:
    half_way()
    assert main(["progress"]) == 0
    assert "Topics       1 of 5 passed" in capsys.readouterr().out
    assert main(["progress", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["next"] == "1.1.2"
    assert {one["topic"] for one in found["due"]} == {"1.1.1", "1.1.2"}


def test_an_export_moves_to_another_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    half_way()
    before, file = saved(), tmp_path / "there" / "export.json"
    assert main(["progress", "export", str(file)]) == 0
    assert main(["progress", "export", "-"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["attempts"] == json.loads(file.read_text())["attempts"] != []
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "new"))
    assert saved() == Saved()
    for new in ("5 answers new here", "0 answers new here"):
        assert main(["progress", "import", str(file)]) == 0
        assert new in capsys.readouterr().err
    assert saved() == before


def test_an_import_of_garbage_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half_way()
    before = saved()
    (tmp_path / "garbage").write_text('{"format": "tutor-progress"}')
    assert main(["progress", "import", str(tmp_path / "garbage")]) == 2
    assert "is not an export of tutor" in capsys.readouterr().err
    assert main(["progress", "import", str(tmp_path / "missing")]) == 2
    assert main(["progress", "import", str(tmp_path)]) == 3
    assert saved() == before


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_reset_asks_and_keeps_a_copy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    half_way()
    before = saved()
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(["progress", "reset"]) == 2  # nobody to ask
    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    assert main(["progress", "reset"]) == 130
    assert saved() == before
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert main(["progress", "reset"]) == 0
    assert saved() == Saved()
    (backup,) = paths.home().glob("progress-*.db")
    assert str(backup) in capsys.readouterr().err
    assert Progress(backup).saved() == before
    assert main(["progress", "reset", "--yes"]) == 0


def test_the_report_goes_to_stdout_or_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half_way()
    assert main(["progress", "report"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# What was done in tutor\n")
    assert main(["progress", "report", "-o", str(tmp_path / "report.md")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "report.md").read_text() == printed
