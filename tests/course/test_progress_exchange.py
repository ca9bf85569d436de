"""Export and import: the same on the other side, twice is once, and garbage is refused as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course.progress import Attempt, Place, Progress, Recorded, Saved, TopicState
from tutor.course.progress.exchange import from_json, read_file, to_json
from tutor.errors import UsageError

NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
TIMES = st.floats(0, 4e9)
TABLES: st.SearchStrategy[dict[str, object]] = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9), max_size=3
)


@st.composite
def saves(draw: st.DrawFn) -> Saved:
    """Any progress that a learner could have."""
    fields = st.tuples(NAMES, NAMES, st.sampled_from(["quiz", "predict", "exercise"]), st.none() | st.integers(1, 9))
    rest = st.tuples(st.booleans(), st.floats(0, 1), TABLES, TIMES)
    rows = draw(st.lists(st.tuples(fields, rest), max_size=4))

    attempts = [Recorded(*first, *last, uid=f"u{number}") for number, (first, last) in enumerate(rows)]
    return Saved(
        topics=draw(
            st.dictionaries(NAMES, st.builds(TopicState, st.sampled_from(["started", "passed"]), TIMES), max_size=3)
        ),
        place=draw(st.none() | st.builds(Place, NAMES, st.integers(0, 99))),
        attempts=attempts,
        inputs=draw(st.dictionaries(st.tuples(NAMES, st.integers(0, 99)), TABLES, max_size=3)),
        seen=draw(st.dictionaries(NAMES, TIMES, max_size=2)),
    )


@given(saves())
def test_what_is_exported_is_read_back(saved: Saved) -> None:
    assert from_json(to_json(saved, 1.0)) == saved


def _filled(path: Path) -> Progress:
    clock = iter(float(second) for second in range(100, 200))
    progress = Progress(path, lambda: next(clock))
    progress.start("1.1.1")
    progress.finish("1.3.2")
    for right in (False, True):
        progress.record(Attempt("1.3.2", "softmax", "quiz", 1, right, float(right), {"said": "é\ud800"}))
    progress.keep_place(Place("1.3.2", 3))
    progress.keep_inputs("1.3.2", 0, {"prompt": "here"})
    progress.keep_seen("tour")
    return progress


def test_an_import_into_an_empty_home_is_the_same_and_twice_is_once(tmp_path: Path) -> None:
    saved = from_json(to_json(_filled(tmp_path / "old.db").saved(), 1.0))
    new = Progress(tmp_path / "new.db")
    assert [new.merge(saved), new.merge(saved)] == [2, 0]
    assert new.saved() == saved


def test_a_merge_keeps_the_best_of_both(tmp_path: Path) -> None:
    here = _filled(tmp_path / "here.db")
    theirs = Saved(
        topics={
            "1.1.1": TopicState("passed", 5000.0),
            "1.3.2": TopicState("passed", 50.0),
            "2.1.1": TopicState("started", 7.0),
        },
        place=Place("2.1.1", 1),
        attempts=[replace(here.attempts()[0], uid="another", made=1.0)],
        inputs={("1.3.2", 0): {"prompt": "there"}, ("2.1.1", 0): {"prompt": "new"}},
    )
    assert here.merge(theirs) == 1
    assert here.topics() == theirs.topics
    assert here.place() == Place("1.3.2", 3)
    assert here.inputs("1.3.2") == {0: {"prompt": "here"}}
    assert here.inputs("2.1.1") == {0: {"prompt": "new"}}
    assert here.attempts()[0].made == 1.0
    here.merge(Saved(topics={"1.3.2": TopicState("started", 1.0)}))
    assert here.topics()["1.3.2"] == TopicState("passed", 50.0)


def _document(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(_filled(tmp_path / "good.db").saved(), 1.0))
    return found


SPOILT: list[tuple[Callable[[Any], object], str]] = [
    (lambda d: d.update(format="other"), "format is not"),
    (lambda d: d.update(version=2), "version 2"),
    (lambda d: d.update(version=True), "'version'"),
    (lambda d: d.pop("attempts"), "no 'attempts'"),
    (lambda d: d.update(topics={}), "no 'topics'"),
    (lambda d: d.update(topics=[3]), "entry 1 of 'topics' is not a JSON object"),
    (lambda d: d["topics"][0].update(state="done"), "state 'done'"),
    (lambda d: d["topics"][0].update(changed=10**400), "'changed'"),
    (lambda d: d["topics"][0].update(changed=-1), "not a date"),
    (lambda d: d["topics"][0].update(id="\x1b[2J"), "not a name"),
    (lambda d: d["topics"][0].update(id="x" * 999), "not a name"),
    (lambda d: d["place"].update(page="1; DROP TABLE topic"), "'page'"),
    (lambda d: d["place"].update(page=10**30), "'page'"),
    (lambda d: d["attempts"][1].update(score=2), "entry 2 of 'attempts'"),
    (lambda d: d["attempts"][0].update(kind="__import__"), "__import__"),
    (lambda d: d["attempts"][0].update(right=1), "'right'"),
    (lambda d: d["attempts"][0].update(detail="{}"), "'detail'"),
    (lambda d: d["attempts"][0].update(detail={"x": "x" * 64_000}), "more than 64000 bytes"),
    (lambda d: d["attempts"][0].pop("uid"), "'uid'"),
    (lambda d: d["attempts"][0].update(objective=1.5), "'objective'"),
    (lambda d: d["inputs"][0].update(inputs=[]), "'inputs'"),
    (lambda d: d["seen"].update(tour="now"), "'?seen'?"),
]


@pytest.mark.parametrize(("spoil", "says"), SPOILT, ids=[says for _, says in SPOILT])
def test_a_spoilt_export_is_refused_in_a_sentence(tmp_path: Path, spoil: Callable[[Any], object], says: str) -> None:
    document = _document(tmp_path)
    spoil(document)
    file = tmp_path / "export.json"
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=says) as caught:
        read_file(file)
    assert caught.value.what.startswith(str(file))
    assert "\n" not in caught.value.what


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not an export"),
        (b"\xff\xfe\x00", "not an export"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"format": NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"SQLite format 3\x00", "not an export"),
    ],
)
def test_what_is_no_json_object_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(raw)
    with pytest.raises(UsageError, match=says):
        read_file(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        read_file(tmp_path / "nothing.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "topic", "page"]), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(("topics", "place", "attempts", "inputs", "seen"), JSON)))
def test_any_json_is_taken_or_refused(parts: dict[str, object]) -> None:
    text = json.dumps({"format": "tutor-progress", "version": 1} | parts)
    try:
        saved = from_json(text)
    except ValueError:
        return
    assert from_json(to_json(saved, 0.0)) == saved
