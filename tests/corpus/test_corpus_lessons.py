"""What lessons 3.2 and 3.3 ask about corpora: every check has an answer, and the answers are the engine's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lesson_checks import assert_checks_work
from tests.widgets.figure_checks import assert_fits, drawn
from tutor import paths
from tutor.corpus import config, measured, select
from tutor.corpus.lessons import card_check, corpus_funnel, corpus_splits, dataset_card
from tutor.engine.methods import DESKS, PackageMethods, desk_methods
from tutor.engine.protocol import Call, Cancelled, Role
from tutor.errors import UsageError
from tutor.widgets.figures.card_editor import CardEditor
from tutor.widgets.figures.card_query import CardQuery
from tutor.widgets.figures.corpus_funnel import CorpusFunnel
from tutor.widgets.figures.rejected_rows import RejectedRows
from tutor.widgets.figures.split_compare import SplitCompare

CALL = Call(lambda _part: None, lambda: False)
TALLY = "sample:tally"
PLAIN = "dist:packaging"


def test_no_two_desks_answer_the_same_name() -> None:
    names = [name for package in DESKS for name in PackageMethods(package)]
    assert len(names) == len(set(names)) == len(desk_methods())


@pytest.mark.parametrize("topic", ["3.2.1", "3.2.2"])
def test_every_check_has_an_answer(topic: str) -> None:
    found: dict[str, Any] = {}

    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        key = f"{method} {params}"
        if key not in found:
            found[key] = desk_methods()[method](CALL, **params)
        return found[key]

    assert_checks_work(topic, answers)


def test_the_funnel_is_that_of_the_pipeline() -> None:
    """The usual thresholds give what `select` gives; moved ones give what they say."""
    answer = corpus_funnel.funnel(CALL, TALLY)
    found = measured.measure(CALL, TALLY)
    usual = select.select(found.pool, config.load())
    assert [(stage["name"], stage["left"]) for stage in answer["stages"]] == [(s.name, s.left) for s in usual.stages]
    assert answer["documented"] - sum(answer["dropped"].values()) == answer["kept"] == len(usual.kept)
    strict = corpus_funnel.funnel(CALL, TALLY, max_line=60, balance=False)
    longest = [candidate.measures.longest_line for candidate in found.pool.candidates]
    assert sum(line > 60 for line in longest) == dict(map(tuple, strict["stages"][1]["reasons"]))["line-length"]
    assert strict["dropped"]["balance"] == 0


def test_code_without_a_licence_is_kept_where_none_is_asked_for(tmp_path: Path) -> None:
    code = paths.assets_dir() / "corpus" / "tally" / "src" / "lib.rs"
    (tmp_path / "lib.rs").write_bytes(code.read_bytes())
    asked = corpus_funnel.funnel(CALL, str(tmp_path))
    free = corpus_funnel.funnel(CALL, str(tmp_path), licence=False)
    assert asked["kept"] == 0 < free["kept"] and free["dropped"]["licence"] == 0
    assert "Switch licence off" in drawn(CorpusFunnel(), asked) and "Switch" not in drawn(CorpusFunnel(), free)


def test_dropped_rows_say_why() -> None:
    answer = corpus_funnel.rejected(CALL, TALLY, "gates")
    assert answer["count"] == answer["stages"]["gates"] == len(answer["rows"]) > 0
    assert all(row["reasons"] and row["input"] for row in answer["rows"])


def test_whole_files_leak_nothing_and_rows_do() -> None:
    answer = corpus_splits.compare(CALL, "dist:packaging, dist:platformdirs")
    assert answer["shared"]["files"] == 0 < answer["shared"]["rows"]
    for way in answer["ways"]:
        assert sum(way["rows"]) == answer["count"] == sum(map(sum, way["counts"].values()))


def test_a_reading_says_how_far_it_is_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "PAUSE", 0)
    measured._kept.clear()
    parts: list[dict[str, Any]] = []
    measured.measure(Call(parts.append, lambda: False), TALLY)
    assert parts[-1] == {"reading": "crates/tally", "files": 3, "all": 3}
    measured._kept.clear()
    with pytest.raises(Cancelled):
        measured.measure(Call(parts.append, lambda: True), TALLY)


def test_what_is_no_source_is_said() -> None:
    with pytest.raises(UsageError):
        corpus_funnel.funnel(CALL, "dist:no-such-distribution")


def test_three_claims_are_lies_and_the_columns_tell_which() -> None:
    """Counted again, a claim about licences holds where the card says that it holds."""
    cards = [dataset_card.claims(CALL, PLAIN, seed) for seed in range(1, 6)]
    for answer in cards:
        assert [claim["holds"] for claim in answer["claims"]].count(False) == dataset_card.LIES
        assert {sum(count for _, count in table) for table in answer["tables"].values()} == {answer["rows"]}
        licence = next(claim for claim in answer["claims"] if claim["column"] == "license")
        named = licence["says"].partition(": ")[2].rstrip(".").split(", ")
        assert licence["holds"] == (sorted(named) == sorted(name for name, _ in answer["tables"]["license"]))
    assert len({tuple(claim["holds"] for claim in answer["claims"]) for answer in cards}) > 1


def test_a_lie_changes_one_line_of_its_card() -> None:
    lied = [dataset_card.lied(CALL, fault)["evidence"] for fault in ("size", "shares", "length")]
    assert len({line for lines in lied for line in lines} - set.intersection(*map(set, lied))) == 6


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"licence": "Apache 2"}, "license"),
        ({"licence": "mit"}, "license"),
        ({"task": "documentation"}, "task_categories"),
        ({"language": "english"}, "language"),
        ({"size": "1K<n<10K"}, "size_categories"),
        ({"rows": "9"}, "rows"),
        ({"name": " "}, "pretty_name"),
    ],
)
def test_the_validator_refutes_what_is_wrong_and_nothing_else(change: dict[str, str], field: str) -> None:
    count = len(dataset_card.rows_of(CALL, PLAIN)[0])
    good = {"licence": "other", "task": "text-generation", "language": "en", "size": "n<1K", "rows": str(count),
            "name": "Code"}  # fmt: skip
    assert card_check.check(CALL, **good, sources=PLAIN)["right"] == 6
    found = card_check.check(CALL, **(good | change), sources=PLAIN)["verdicts"]
    assert [verdict["field"] for verdict in found if not verdict["holds"]] == [field]


READING = {"reading": "crates/tally", "files": 1, "all": 3}
SHOWN: dict[type, Callable[[], Any]] = {
    CorpusFunnel: lambda: corpus_funnel.funnel(CALL, TALLY, max_line=60, balance=False),
    RejectedRows: lambda: corpus_funnel.rejected(CALL, TALLY, "gates"),
    CardQuery: lambda: dataset_card.claims(CALL, PLAIN),
    CardEditor: lambda: card_check.check(CALL, "Apache 2", "x" * 90, "english", "1K<n<10K", "9", " ", PLAIN),
    SplitCompare: lambda: corpus_splits.compare(CALL, TALLY),
}


@pytest.mark.parametrize("figure", SHOWN)
def test_the_picture_fits(figure: type) -> None:
    assert_fits(figure(), SHOWN[figure]())
    assert_fits(figure(), READING)
    assert "1 of 3 files" in drawn(figure(), READING)


def test_the_pictures_say_what_was_dropped_and_what_is_out_of_its_band() -> None:
    answer = SHOWN[CorpusFunnel]()
    text = drawn(CorpusFunnel(), answer)
    assert "against the usual" in text and "out of its band" in text
    rows = SHOWN[RejectedRows]()
    assert rows["rows"][2]["reasons"][0][0] in drawn(RejectedRows(), rows, row=2)
    assert "drops nothing" in drawn(RejectedRows(), rows | {"rows": []})
    lies = SHOWN[CardQuery]()
    assert "✗" not in drawn(CardQuery(), lies)
    assert drawn(CardQuery(), lies, tell="on").count("✗") == dataset_card.LIES
    assert "0 of 6 hold" in drawn(CardEditor(), SHOWN[CardEditor]())
