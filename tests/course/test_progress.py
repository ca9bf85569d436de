"""Progress: states, the last place, answers, inputs, older and foreign files, two sessions at once."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from tutor.course.progress import SCHEMA_VERSION, Attempt, Place, Progress, Saved, TopicState
from tutor.errors import TutorError

VERSION_1 = """
CREATE TABLE topic (id TEXT PRIMARY KEY, state TEXT NOT NULL, changed REAL NOT NULL);
CREATE TABLE place (only INTEGER PRIMARY KEY CHECK (only = 1), topic TEXT NOT NULL, page INTEGER NOT NULL);
INSERT INTO topic VALUES ('1.1.1', 'passed', 1000.5), ('1.3.2', 'started', 2000.5);
INSERT INTO place VALUES (1, '1.3.2', 4);
PRAGMA user_version = 1;
"""
"""What the first tutor wrote."""


def answer(check: str = "softmax", right: bool = True, topic: str = "1.3.2", kind: str = "quiz") -> Attempt:
    return Attempt(topic, check, kind, 2, right, float(right), {"asked": "Which?", "said": [1], "true": None})


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
    clock = iter([10.0, 20.0, 30.0, 40.0])
    progress = Progress(tmp_path / "p.db", lambda: next(clock))
    progress.start("1.1.1")
    progress.finish("1.1.1")
    progress.start("1.1.1")
    progress.finish("1.1.1")
    assert progress.topics() == {"1.1.1": TopicState("passed", 20.0)}


def test_answers_come_back_as_they_were_oldest_first(tmp_path: Path) -> None:
    clock = iter([5.0, 6.0, 6.0, 7.0])
    progress = Progress(tmp_path / "p.db", lambda: next(clock))
    given = [answer(right=False), answer("shape"), answer(), answer("bpe", False, "2.1.1", "bug")]
    for attempt in given:
        progress.record(attempt)
    kept = progress.attempts()
    assert [(one.topic, one.check, one.right, one.made) for one in kept] == [
        ("1.3.2", "softmax", False, 5.0),
        ("1.3.2", "shape", True, 6.0),
        ("1.3.2", "softmax", True, 6.0),
        ("2.1.1", "bpe", False, 7.0),
    ]
    assert vars(given[0]).items() <= vars(kept[0]).items()
    assert progress.attempts("2.1.1") == kept[3:]
    assert progress.latest("1.3.2") == {"softmax": True, "shape": True}
    assert progress.latest("2.1.1") == {"bpe": False}
    assert progress.solved("1.3.2") == {"softmax", "shape"}
    assert progress.solved("2.1.1") == set()


def test_a_check_solved_once_stays_solved(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    for right in (True, False):
        progress.record(answer(right=right))
    assert progress.latest("1.3.2") == {"softmax": False}
    assert progress.solved("1.3.2") == {"softmax"}


@pytest.mark.parametrize("wrong", [{"kind": "guess"}, {"score": 1.5}, {"score": float("nan")}, {"objective": 0}])
def test_an_answer_outside_its_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Attempt(**{**vars(answer()), **wrong})


def test_inputs_are_kept_by_page(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    assert progress.keep_inputs("1.3.2", 0, {"prompt": "Paris \ud800 is", "layer": 3})
    assert progress.keep_inputs("1.3.2", 4, {"temperature": 0.7})
    assert progress.keep_inputs("1.3.2", 4, {"temperature": 0.8})
    again = Progress(tmp_path / "p.db")
    assert again.inputs("1.3.2") == {0: {"prompt": "Paris \ud800 is", "layer": 3}, 4: {"temperature": 0.8}}
    assert again.inputs("1.3.1") == {}


def test_inputs_that_are_too_large_leave_the_old_ones(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    assert progress.keep_inputs("1.3.2", 0, {"prompt": "short"})
    assert not progress.keep_inputs("1.3.2", 0, {"prompt": "x" * 64_000})
    assert progress.inputs("1.3.2") == {0: {"prompt": "short"}}


def test_what_was_seen_is_remembered(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    assert progress.seen() == set()
    progress.keep_seen("tour")
    progress.keep_seen("tour")
    assert Progress(tmp_path / "p.db").seen() == {"tour"}


def test_a_file_of_the_first_version_keeps_topics_and_place(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "p.db")
    connection.executescript(VERSION_1)
    connection.close()
    for _ in range(2):  # a second opening migrates nothing
        progress = Progress(tmp_path / "p.db")
        assert progress.topics() == {"1.1.1": TopicState("passed", 1000.5), "1.3.2": TopicState("started", 2000.5)}
        assert progress.place() == Place("1.3.2", 4)
        progress.record(answer())
        progress.close()
    assert len(Progress(tmp_path / "p.db").attempts()) == 2


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "p.db")
    connection.executescript(VERSION_1 + "CREATE TABLE seen (something TEXT);")
    with pytest.raises(TutorError, match="cannot be used"):
        Progress(tmp_path / "p.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"topic", "place", "seen"}


def test_two_sessions_see_each_other(tmp_path: Path) -> None:
    one, two = Progress(tmp_path / "p.db"), Progress(tmp_path / "p.db")
    one.start("1.1.1")
    two.finish("1.1.2")
    two.record(answer())
    assert one.states() == two.states() == {"1.1.1": "started", "1.1.2": "passed"}
    assert one.attempts() == two.attempts() != []


def test_sessions_that_start_and_write_at_once_lose_nothing(tmp_path: Path) -> None:
    def session(number: int) -> None:
        progress = Progress(tmp_path / "p.db")
        for check in range(20):
            progress.record(answer(f"{number}-{check}"))
        progress.close()

    sessions = [threading.Thread(target=session, args=(number,)) for number in range(4)]
    for thread in sessions:
        thread.start()
    for thread in sessions:
        thread.join()
    assert len(Progress(tmp_path / "p.db").solved("1.3.2")) == 80


def test_a_reset_keeps_a_copy_and_empties_open_sessions(tmp_path: Path) -> None:
    progress, other = Progress(tmp_path / "p.db"), Progress(tmp_path / "p.db")
    progress.finish("1.1.1")
    progress.keep_place(Place("1.3.2", 4))
    progress.record(answer())
    progress.keep_inputs("1.3.2", 0, {"prompt": "p"})
    progress.keep_seen("tour")
    before = progress.saved()
    backup = progress.reset()
    assert other.saved() == Saved()
    assert backup.parent == tmp_path
    assert Progress(backup).saved() == before
    assert progress.reset() != backup


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


def test_a_database_that_breaks_later_is_a_sentence(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.db")
    sqlite3.connect(tmp_path / "p.db").execute("DROP TABLE attempt")
    with pytest.raises(TutorError, match="cannot be used"):
        progress.record(answer())
    with pytest.raises(TutorError):
        progress.merge(Saved(topics={"1.1.1": TopicState("passed", 1.0)}))
    assert progress.states() == {}
