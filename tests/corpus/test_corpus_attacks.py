"""What lessons 3.3.1 and 3.3.2 ask: a record's way, the commands, and the report of a spoilt corpus."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.lesson_checks import assert_checks_work
from tests.widgets.figure_checks import assert_fits, drawn
from tutor import paths
from tutor.corpus import falsify
from tutor.corpus.criteria import CRITERIA
from tutor.corpus.criteria.base import Context, Outcome
from tutor.corpus.lessons import corpus_verbs, points, record_way
from tutor.engine.methods import desk_methods
from tutor.engine.protocol import Call, Cancelled, Role
from tutor.errors import UsageError
from tutor.widgets.figures.corpus_verb import EXPLAINED, CorpusVerb
from tutor.widgets.figures.points_report import PointsReport
from tutor.widgets.figures.record_way import FAULTS, RecordWay

CALL = Call(lambda _part: None, lambda: False)
CAUGHT = {
    "none": "nothing", "long line": "gates", "todo": "checks", "parameter": "checks", "secret": "checks",
    "syntax": "checks", "licence": "licences", "copy": "dedup", "id": "falsify", "line": "falsify", "file": "falsify",
    "card": "falsify",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process of its own."""
    monkeypatch.setattr(corpus_verbs, "_begun", set())


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """What was computed before, by what was asked."""
    return {}


@pytest.fixture(autouse=True)
def _no_second_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Criterion 42 builds the corpus a second time in another process, which has tests of its own."""
    quick = tuple(replace(one, test=_held) if one.number == 42 else one for one in CRITERIA)
    monkeypatch.setattr(points, "CRITERIA", quick)
    monkeypatch.setattr(falsify, "CRITERIA", quick)


def _held(_context: Context) -> Outcome:
    return Outcome("held", "taken as held in this test")


def ask(known: dict[str, Any], method: str, **params: Any) -> Any:
    """The desk's answer; each is computed once."""
    key = f"{method} {sorted(params.items())}"
    if key not in known:
        known[key] = desk_methods()[method](CALL, **params)
    return known[key]


@pytest.mark.parametrize("topic", ["3.3.1", "3.3.2", "3.3.3"])
def test_every_check_has_an_answer(topic: str, known: dict[str, Any]) -> None:
    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        return ask(known, method, **params)

    assert_checks_work(topic, answers)


@pytest.mark.parametrize("fault", FAULTS.values())
def test_each_fault_is_caught_where_it_can_be_known(fault: str, known: dict[str, Any]) -> None:
    answer = ask(known, "record_way.follow", number=1, fault=fault)
    assert answer["caught"] == CAUGHT[fault]
    states = [station["state"] for station in answer["stations"]]
    stop = states.index("stopped") if "stopped" in states else len(states)
    assert states == ["passed"] * stop + ["stopped"] * (stop < 8) + ["not reached"] * (7 - stop)
    figure = RecordWay()
    assert_fits(figure, answer, station=record_way.STATIONS[min(stop, 7)])


def test_the_quick_stations_are_told_before_the_slow_one() -> None:
    parts: list[dict[str, Any]] = []
    record_way.follow(Call(parts.append, lambda: False), fault="id")
    states = [station["state"] for station in parts[-1]["stations"]]
    assert states == ["passed"] * 7 + ["under way"]
    assert "on its way" in drawn(RecordWay(), parts[-1], station="falsify")


def test_the_source_is_shown_at_the_line_of_the_record(known: dict[str, Any]) -> None:
    answer = ask(known, "record_way.follow", number=1, fault="none")
    name = answer["record"]["symbol"].rpartition("::")[2]
    assert name in answer["stations"][0]["lines"][2]


def test_ids_are_hashes_of_the_content() -> None:
    assert [case["holds"] for case in record_way.columns(CALL)["cases"]] == [False, False]


def test_points_fall_where_the_corpus_is_spoilt(known: dict[str, Any]) -> None:
    parts: list[dict[str, Any]] = []
    whole = points.report(Call(parts.append, lambda: False))
    assert parts[0]["rows"] == []
    spoilt = ask(known, "points.report", spoilt=3)
    status = {row["number"]: row["status"] for row in spoilt["rows"]}
    assert status[3] == "refuted" and spoilt["word"] == "INVALID" and spoilt["earned"] < whole["earned"]
    held = sum(row["points"] for row in whole["rows"] if row["status"] == "held")
    assert whole["earned"] == held == sum(section["earned"] for section in whole["sections"])
    for answer in (parts[0], whole, spoilt):
        assert_fits(PointsReport(), answer, number=3)
    assert "its file has" in drawn(PointsReport(), spoilt, number=3)
    assert "0 of 48 tried" in drawn(PointsReport(), parts[0])


def test_what_no_row_fits_cannot_be_spoilt() -> None:
    with pytest.raises(UsageError):
        points.report(CALL, spoilt=48)


def test_shuffled_rows_lose_more_where_all_is_tried(known: dict[str, Any]) -> None:
    answer = ask(known, "points.giveaway")
    assert answer["free"] == sum(one.points for one in CRITERIA if one.number in points.GIVEN) == 29
    assert answer["given"] - answer["ours"] == answer["cases"][-1]["value"] > 0
    assert any("describes its item" in case["name"] for case in answer["cases"])


def test_a_command_runs_and_leaves_its_files() -> None:
    parts: list[dict[str, Any]] = []
    answer = corpus_verbs.run(Call(parts.append, lambda: False), "stats")
    assert answer["code"] == 0 and answer["command"] == "tutor corpus stats corpus"
    assert "corpus/corpus.lock" in [file["name"] for file in answer["files"]]
    assert any("crates/tally" in line for line in answer["lines"])
    assert parts[0]["code"] is None
    assert_fits(CorpusVerb(), answer, verb="stats")
    assert_fits(CorpusVerb(), parts[0], verb="stats")
    assert "it is running" in drawn(CorpusVerb(), parts[0])


def test_a_command_can_be_run_again_and_old_files_go(home: Path) -> None:
    left = paths.cache_dir() / "lesson-corpus" / "of-another-version"
    left.mkdir(parents=True)
    codes = [corpus_verbs.run(CALL, "export")["code"] for _ in range(2)]
    assert codes == [0, 0] and not left.exists()


def test_a_command_that_nobody_waits_for_is_ended() -> None:
    with pytest.raises(Cancelled):
        corpus_verbs.run(Call(lambda _part: None, lambda: True), "extract")


def test_every_command_is_explained() -> None:
    assert set(EXPLAINED) == set(corpus_verbs.VERBS)
