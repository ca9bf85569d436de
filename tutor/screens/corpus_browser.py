"""A corpus, row by row: what was kept, what was dropped and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from tutor import paths
from tutor.errors import TutorError
from tutor.screens import corpus_texts, navigation
from tutor.screens.base import TutorScreen
from tutor.services import Asks
from tutor.widgets.pagedtable import PAGE, PagedTable
from tutor.widgets.viewtabs import ViewTabs

VIEWS = ("kept", "rejected")
ORDERS = {
    "": "as stored",
    "-quality_score": "best first",
    "quality_score": "worst first",
    "-tokens_output": "longest first",
    "symbol": "by name",
    "source_repo": "by source",
}


class CorpusBrowserScreen(TutorScreen):
    """A line to choose rows, the rows, and the one under the cursor."""

    CSS_PATH = str(paths.assets_dir() / "corpus.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    AUTO_FOCUS = "PagedTable"
    HELP = """\
Each row is a piece of code and the documentation that its author wrote. **v** shows the rows that were dropped instead,
and for each of them every reason.

**/** chooses rows: `category=error score>0.8 parse` are the rows of errors with a score above 0.8 that say *parse* in
their name, code or documentation. Columns are `category`, `kind`, `language`, `source`, `file`, `symbol`, `license`,
`score`, `tokens_input`, `tokens_output`; kept rows have a `split`, rejected ones a `stage` and `reasons`. A word is a
regular expression.

**t** moves the thresholds and shows what would be left, **r** reviews rows.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Choose rows by words and columns"),
        Binding("v", "view", "Kept/dropped", tooltip="Rows that were kept, or dropped"),
        Binding("s", "order", "Sort", tooltip="Another order"),
        Binding("t", "thresholds", "Thresholds", tooltip="Move the thresholds of the gates"),
        Binding("r", "review", "Review", tooltip="Judge rows"),
        Binding("y", "copy", "Copy", tooltip="Copy the row's code and documentation"),
    ]

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory.absolute()
        self._order = ""
        self._listed: dict[str, str] = {}
        """What was asked for the rows that are on the screen; the line may say something else already."""
        self._all = dict.fromkeys(VIEWS, 0)

    def body(self) -> ComposeResult:
        """The line, the tabs, the list and the row."""
        yield Input(placeholder="/ to search: words, category=error, score>0.8", compact=True, id="query")
        yield ViewTabs(VIEWS, id="views")
        with Vertical(id="corpus"):
            yield PagedTable(corpus_texts.head, corpus_texts.line, id="rows")
            with VerticalScroll(id="row"):
                yield Static("Opening the corpus …", id="detail", markup=False)

    def on_mount(self) -> None:
        """Count the rows, and show the first."""
        self.title_bar.go("Corpus", self._directory.name)
        self._open()

    @property
    def _engine(self) -> Asks:
        return self.services.engine("corpus")

    @property
    def _table(self) -> PagedTable:
        return self.query_one(PagedTable)

    @property
    def _asked(self) -> dict[str, str]:
        view, line = self.query_one(ViewTabs).current, self.query_one("#query", Input).value
        return {"path": str(self._directory), "view": view, "line": line, "order": self._order}

    @work(exclusive=True, group="open")
    async def _open(self) -> None:
        try:
            found = await self._engine.call("rows.counts", path=str(self._directory))
        except TutorError as error:
            self.complain(error)
            self.query_one("#detail", Static).update(str(error))
            return
        self._all = {view: found[view] for view in VIEWS}
        self._begin()

    @work(exclusive=True, group="begin")
    async def _begin(self) -> None:
        """The first rows of another choice; the list stays as it was until they are here."""
        self.title_bar.under_way("searching")
        asked = self._asked
        try:
            page = await self._engine.call("rows.page", **asked, start=0, count=PAGE)
        except TutorError as error:
            self.complain(error)
            return
        finally:
            self.title_bar.under_way("")
        self._listed = asked
        self._table.begin(page["total"], 0, page["rows"])

    @on(PagedTable.Wanted)
    def _bring(self, event: PagedTable.Wanted) -> None:
        self._fetch(event.start)

    @work(group="page")
    async def _fetch(self, start: int) -> None:
        asked = self._listed
        try:
            page = await self._engine.call("rows.page", **asked, start=start, count=PAGE)
        except TutorError as error:
            self.complain(error)
            return
        if asked is self._listed:
            self._table.fill(start, page["rows"])

    @on(PagedTable.Moved)
    def _moved(self) -> None:
        table, view = self._table, self._listed["view"]
        place = f"{table.place + 1:,} of {table.total:,}" if table.total else "none"
        self.title_bar.note(f"{place} · {self._all[view]:,} {view} · {ORDERS[self._listed['order']]}")
        if table.total:
            self._show()
        else:
            self.query_one("#detail", Static).update(f"No {view} row fits.")

    async def _row(self) -> dict[str, Any]:
        return await self._engine.call("rows.detail", **self._listed, place=self._table.place)

    @work(exclusive=True, group="detail")
    async def _show(self) -> None:
        say = corpus_texts.kept if self._listed["view"] == "kept" else corpus_texts.rejected
        try:
            row = await self._row()
        except TutorError as error:
            self.complain(error)
            return
        self.query_one("#detail", Static).update(say(row))
        self.query_one("#row").scroll_home(animate=False)

    @on(Input.Submitted)
    def _searched(self) -> None:
        self._table.focus()
        self._begin()

    @on(ViewTabs.Changed)
    def _view_changed(self) -> None:
        self._begin()

    def action_search(self) -> None:
        """Type what the rows must be."""
        self.query_one("#query").focus()

    def action_back(self) -> None:
        """From the line to the rows; then show all rows again; then leave."""
        line = self.query_one("#query", Input)
        if self.focused is line:
            self._table.focus()
        elif line.value:
            line.value = ""
            self._begin()
        else:
            super().action_back()

    def action_view(self) -> None:
        """The other rows."""
        self.query_one(ViewTabs).next()

    def action_order(self) -> None:
        """The next order."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._begin()

    def action_thresholds(self) -> None:
        """What other thresholds would leave."""
        navigation.open_corpus_thresholds(self.app, self._directory)

    def action_review(self) -> None:
        """Judge rows."""
        navigation.open_corpus_review(self.app, self._directory)

    @work(exclusive=True, group="copy")
    async def action_copy(self) -> None:
        """The row as text."""
        if self._table.total:
            row = await self._row()
            self.copy_out(row["symbol"], f"{row['input']}\n\n{row['output']}\n")
