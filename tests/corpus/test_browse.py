"""Rows are found by their columns and texts, kept ones and dropped ones, a page at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tutor.corpus import browse, dataset, query
from tutor.corpus.desk import rows as desk
from tutor.engine.protocol import Call, Cancelled
from tutor.errors import TutorError, UsageError

WANTED = Call(lambda _part: None, lambda: False)


def page(path: Path, view: str, line: str, order: str = "", start: int = 0, count: int = 500) -> dict[str, object]:
    return desk.page(WANTED, str(path), view, line, order, start, count)


def test_a_query_keeps_what_python_would_keep(built: Path) -> None:
    records = dataset.read(built).records
    found = page(built, "kept", "category=error score>0.8 raise")
    wanted = [
        one.id
        for one in records
        if one.category == "error"
        and one.quality_score > 0.8
        and "raise" in f"{one.symbol}\n{one.input}\n{one.output}".lower()
    ]
    assert 0 < len(wanted) < len(records)
    assert [row["id"] for row in found["rows"]] == wanted  # type: ignore[attr-defined]
    everything = page(built, "kept", "")
    assert everything["total"] == len(records)
    assert page(built, "kept", "split!=train")["total"] == sum(one.split != "train" for one in records)


def test_pages_are_slices_of_one_order(built: Path) -> None:
    whole = page(built, "kept", "", "-quality_score")["rows"]
    scores = [row["quality_score"] for row in whole]  # type: ignore[attr-defined]
    assert scores == sorted(scores, reverse=True)
    assert page(built, "kept", "", "-quality_score", 7, 5)["rows"] == whole[7:12]  # type: ignore[index]
    row = desk.detail(WANTED, str(built), "kept", "", "-quality_score", 9)
    assert row["id"] == whole[9]["id"] and row["gates"].keys() >= {"tokens"} and row["score"]  # type: ignore[index]


def test_dropped_rows_say_why_and_show_their_texts(built: Path) -> None:
    lines = [json.loads(line) for line in (built / dataset.REJECTED).read_text(encoding="utf-8").splitlines()]
    found = page(built, "rejected", "reason=tokens")
    assert found["total"] == sum(any("tokens" in reason for reason in one["reasons"]) for one in lines) > 0
    word = lines[0]["input"].split()[0]
    assert page(built, "rejected", f"^{word}")["total"] > 0  # type: ignore[operator]
    last = desk.detail(WANTED, str(built), "rejected", "", "", len(lines) - 1)
    assert last == lines[-1] and last["output"]
    assert browse.counts(built)["rejected"] == len(lines)


def test_a_search_over_several_row_groups_finds_the_same(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = page(corpus, "kept", "return")["rows"]
    monkeypatch.setattr(dataset, "ROWS_PER_GROUP", 7)
    dataset.write_splits(tmp_path / "small", dataset.read(corpus).records)
    small = tmp_path / "small"
    assert page(small, "kept", "return")["rows"] == wanted
    place = page(small, "kept", "")["total"] - 1  # type: ignore[operator]
    assert desk.detail(WANTED, str(small), "kept", "", "", place) == desk.detail(
        WANTED, str(corpus), "kept", "", "", place
    )
    assert page(small, "rejected", "")["total"] == 0
    with pytest.raises(Cancelled):
        desk.page(Call(lambda _part: None, lambda: True), str(small), "kept", "raises", "", 0, 5)


def test_wrong_lines_are_told(built: Path, tmp_path: Path) -> None:
    for line, what in (
        ("colour=red", "no column 'colour'"),
        ("score>much", "is a number"),
        ("symbol>3", "is text"),
        ("(", "no regular expression"),
        ("(?<=a)b", "cannot be searched for"),
    ):
        with pytest.raises(UsageError, match=what):
            page(built, "kept", line)
    with pytest.raises(UsageError, match="There is no corpus"):
        page(tmp_path, "kept", "")
    assert query.parse("a=b is no column", ("a",)).pattern == "is no column"


def test_damage_is_named(corpus: Path) -> None:
    (corpus / dataset.REJECTED).write_text('{"id": "old"}\n')
    with pytest.raises(TutorError, match="of another version"):
        page(corpus, "rejected", "")
