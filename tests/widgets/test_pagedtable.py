"""A long table holds what is around the cursor, and asks once for what comes into sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.content import Content

from tutor.widgets.pagedtable import PAGE, PagedTable

LONG = 100_000


def line(row: Mapping[str, Any], _width: int) -> Content:
    return Content(f"row {row['number']}")


class Long(App[None]):
    """Notes what the table asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.places: list[int] = []

    def compose(self) -> ComposeResult:
        yield PagedTable(lambda _row, _width: Content("head"), line)

    @on(PagedTable.Wanted)
    def wanted(self, event: PagedTable.Wanted) -> None:
        self.asked.append(event.start)

    @on(PagedTable.Moved)
    def moved(self) -> None:
        self.places.append(self.query_one(PagedTable).place)


def rows(start: int) -> list[dict[str, int]]:
    return [{"number": number} for number in range(start, start + PAGE)]


async def test_it_asks_once_for_what_is_seen_and_forgets_what_is_far() -> None:
    app = Long()
    async with app.run_test(size=(40, 11)) as pilot:
        table = app.query_one(PagedTable)
        table.begin(LONG, 0, rows(0))
        await pilot.press("down", "down", "pagedown")
        assert app.asked == [] and table.row == {"number": 12}
        assert str(table.render()).splitlines()[0].strip() == "head"
        assert "row 12" in str(table.render())
        await pilot.press("end")
        assert app.asked == [LONG - PAGE]
        assert "…" in str(table.render())
        await pilot.press("up")
        assert app.asked == [LONG - PAGE]
        table.fill(LONG - PAGE, rows(LONG - PAGE))
        assert table.row == {"number": LONG - 2}
        await pilot.press("home")
        assert app.asked == [LONG - PAGE, 0]
        assert app.places[-1] == 0


async def test_the_cursor_stays_inside_and_in_sight() -> None:
    app = Long()
    async with app.run_test(size=(40, 6)) as pilot:
        table = app.query_one(PagedTable)
        table.begin(0, 0, [])
        await pilot.press("down", "end", "pageup")
        assert table.place == 0 and table.row is None
        table.begin(7, 0, rows(0)[:7])
        await pilot.press("pagedown", "pagedown")
        assert table.place == 6 and "row 6" in str(table.render())
        await pilot.resize_terminal(40, 4)
        assert "row 6" in str(table.render())
        await pilot.click(PagedTable, offset=(1, 1))
        assert table.place == 4
