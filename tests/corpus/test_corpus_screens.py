"""A corpus on the screen: looked through, its thresholds moved, its rows judged, all with keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app.app_fakes import wait_until
from tests.corpus.desk_engine import corpus_services
from tests.looks import looks, sizes
from tutor.app import TutorApp
from tutor.corpus import dataset, review
from tutor.corpus.desk import thresholds
from tutor.screens.corpus_browser import CorpusBrowserScreen
from tutor.screens.corpus_review import Sample
from tutor.screens.navigation import open_corpus, open_corpus_review
from tutor.screens.palette import corpora
from tutor.widgets.pagedtable import PagedTable

Compare = Callable[..., bool]
SAMPLE = Sample("eve", 6, 0.1, 3)


def shown(app: App[Any], name: str) -> str:
    return "".join(str(one.render()) for one in app.screen.query(name))


def browser(path: Path) -> TutorApp:
    return TutorApp(corpus_services(), lambda app: open_corpus(app, path))


def reviewing(path: Path) -> TutorApp:
    return TutorApp(corpus_services(), lambda app: open_corpus_review(app, path, SAMPLE))


async def browsing(pilot: Pilot[Any]) -> PagedTable:
    """The first row is shown."""
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, CorpusBrowserScreen))
    await wait_until(pilot, lambda: "Score" in shown(pilot.app, "#detail"))
    return pilot.app.screen.query_one(PagedTable)


@looks
def test_picture_of_the_browser(snap_compare: Compare, size: tuple[int, int], tally: Path) -> None:
    assert snap_compare(browser(tally), terminal_size=size, run_before=browsing)


@sizes
def test_picture_of_a_dropped_row(snap_compare: Compare, size: tuple[int, int], tally: Path) -> None:
    async def dropped(pilot: Pilot[Any]) -> None:
        await browsing(pilot)
        await pilot.press("v", "down")
        await wait_until(pilot, lambda: "Dropped" in shown(pilot.app, "#detail"))

    assert snap_compare(browser(tally), terminal_size=size, run_before=dropped)


@sizes
def test_picture_of_the_thresholds(
    snap_compare: Compare, size: tuple[int, int], tally: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thresholds, "perf_counter", lambda: 0.0)

    async def moved(pilot: Pilot[Any]) -> None:
        await browsing(pilot)
        await pilot.press("t")
        await wait_until(pilot, lambda: pilot.app.screen.query("Stepper"))
        await pilot.press("left")
        await wait_until(pilot, lambda: "gates.min_score" in shown(pilot.app, "#command"))

    assert snap_compare(browser(tally), terminal_size=size, run_before=moved)


@looks
def test_picture_of_a_review(snap_compare: Compare, size: tuple[int, int], tally: Path) -> None:
    async def judging(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: "Row 1" in shown(pilot.app, "#item"))
        await pilot.press("1", "3")
        await wait_until(pilot, lambda: shown(pilot.app, "#said").count("●") == 2)

    assert snap_compare(reviewing(tally), terminal_size=size, run_before=judging)


async def test_rows_are_searched_sorted_and_left_again(tally: Path) -> None:
    app = browser(tally)
    async with app.run_test(size=(80, 24)) as pilot:
        table = await browsing(pilot)
        everything = table.total
        await pilot.press("slash", *"kind=method", "enter")
        await wait_until(pilot, lambda: 0 < table.total < everything)
        wanted = [one for one in dataset.read(tally).records if one.kind == "method"]
        assert table.total == len(wanted)
        await pilot.press("s")
        best = max(one.quality_score for one in wanted)
        await wait_until(pilot, lambda: table.row and abs(table.row["quality_score"] - best) < 1e-4)
        await pilot.press("end")
        await wait_until(pilot, lambda: table.place == len(wanted) - 1)
        await pilot.press("slash", *" colour=red", "enter", "escape")
        await wait_until(pilot, lambda: table.total == everything)
        assert app.screen.query_one(Input).value == ""
        await pilot.press("escape")
        await wait_until(pilot, lambda: not isinstance(app.screen, CorpusBrowserScreen))


async def test_a_review_is_judged_undone_left_and_gone_on_with(tally: Path) -> None:
    app = reviewing(tally)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: "Row 1" in shown(app, "#item"))
        await pilot.press("2", "a")
        await wait_until(pilot, lambda: "Row 2" in shown(app, "#item"))
        await pilot.press("r", *"says nothing", "enter")
        await wait_until(pilot, lambda: "Row 3" in shown(app, "#item"))
        await pilot.press("u", "z")
        await wait_until(pilot, lambda: "not judged" in shown(app, "#said") and "Row 3" in shown(app, "#item"))
        await app.workers.wait_for_complete()
    records = dataset.read(tally).records
    form = next((tally / "review").glob("form-eve-*.md")).read_text(encoding="utf-8")
    said = review.read_form(form, records, "eve")
    assert [(one.judgement, one.traits, one.note) for one in said] == [
        ("approve", ["helpful"], ""), ("reject", [], "says nothing"),
    ]  # fmt: skip
    again = reviewing(tally)
    async with again.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: "Row 3" in shown(again, "#item"))
        rows = review.sample(records, count=6, margin=0.1, seed=3)
        await pilot.press(*"a" * (len(rows) - 2))
        await wait_until(pilot, lambda: "come to" in shown(again, "#item"))
        assert "does not hold" in shown(again, "#item")
    assert len(review.read(tally)) == len(rows)


def test_the_palette_knows_the_corpora_of_this_directory(tally: Path) -> None:
    assert corpora(tally.parent) == [tally]
    assert corpora(tally) == []
