"""Progress: states, the last place, two sessions at once, foreign files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tutor.course.progress import SCHEMA_VERSION, Place, Progress
from tutor.errors import TutorError


def test_states_and_place_survive_reopening(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "progress.db"
    progress = Progress(file)
    assert progress.states() == {}
    assert progress.place() is None
    progress.start("1.3.2")
    progress.keep_place(Place("1.3.2", 4))
    progress.close()
    again = Progress(file)
    assert again.states() == {"1.3.2": "started"}
    assert again.place() == Place("1.3.2", 4)


def test_opening_a_passed_topic_leaves_it_passed(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    progress.finish("1.1.1")
    progress.start("1.1.1")
    assert progress.states() == {"1.1.1": "passed"}


def test_two_sessions_see_each_other(tmp_path: Path) -> None:
    one, two = Progress(tmp_path / "p.db"), Progress(tmp_path / "p.db")
    one.start("1.1.1")
    two.finish("1.1.2")
    assert one.states() == two.states() == {"1.1.1": "started", "1.1.2": "passed"}


def test_the_file_says_its_schema_and_journal(tmp_path: Path) -> None:
    Progress(tmp_path / "p.db").close()
    connection = sqlite3.connect(tmp_path / "p.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "p.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(TutorError, match="newer tutor"):
        Progress(tmp_path / "p.db")


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "p.db").write_text("not a database, but long enough to look like one" * 50)
    with pytest.raises(TutorError, match="cannot be used"):
        Progress(tmp_path / "p.db")
