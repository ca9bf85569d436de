"""Rows of a corpus, to be judged one by one without knowing what the tool thinks of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tutor import paths
from tutor.errors import TutorError
from tutor.screens import corpus_review_texts as texts
from tutor.screens.base import TutorScreen
from tutor.text import clean_text

Said = dict[str, Any]
"""What was said of one row: judgement, traits, note."""


@dataclass(frozen=True)
class Sample:
    """Which rows, and for whom."""

    reviewer: str = ""
    """'' for the user's name."""
    count: int | None = None
    """None for as many as `margin` needs."""
    margin: float = 0.1
    seed: int = 42


class CorpusReviewScreen(TutorScreen):
    """One row at a time."""

    CSS_PATH = str(paths.assets_dir() / "corpus_review.tcss")
    AUTO_FOCUS = "#page"
    HELP = """\
Is this documentation what you would want of this code? You see neither the score nor what the gates say, and a few rows
have the documentation of other code: whoever approves of those does not read.

**1** to **4** tick what holds, then **a** approves, **r** rejects and asks why, **u** is for rows that you cannot
judge. **n** writes a note, **z** takes the last judgement back, **←** and **→** go through the rows.

Every judgement is written at once: leave when you like, and go on later. **f** counts them, and the corpus's criterion
48 looks at what they come to.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "judge('approve')", "Approve"),
        Binding("r", "judge('reject')", "Reject", tooltip="Reject, and say why"),
        Binding("u", "judge('unsure')", "Unsure", tooltip="It cannot be judged"),
        *(
            Binding(str(n + 1), f"trait({n})", show=False, tooltip=f"Tick: {trait}")
            for n, trait in enumerate(texts.TRAITS)
        ),
        Binding("z", "undo", "Undo", tooltip="Take the last judgement back"),
        Binding("f", "finish", "Finish", tooltip="Count what was said"),
        Binding("n", "note", "Note", show=False, tooltip="Write a note"),
        Binding("right,l", "go(1)", show=False),
        Binding("left,h", "go(-1)", show=False),
    ]

    def __init__(self, directory: Path, sample: Sample) -> None:
        super().__init__()
        self._directory = directory.absolute()
        self._sample = asdict(sample) | {"path": str(self._directory)}
        self._form = ""
        self._rows: list[dict[str, Any]] = []
        self._said: dict[str, Said] = {}
        self._ticked: dict[str, list[str]] = {}
        """Traits of rows that are not judged yet."""
        self._undo: list[tuple[int, Said | None]] = []
        self._place = 0
        self._counted = False
        """Whether the screen shows what all judgements come to."""

    def body(self) -> ComposeResult:
        """The row, what was said of it, and a line for notes."""
        with VerticalScroll(id="page", classes="pane"):
            yield Static("Drawing the sample …", id="item", markup=False)
        yield Static(id="said", markup=False)
        yield Input(placeholder="Why? Enter keeps it", compact=True, id="note")

    def on_mount(self) -> None:
        """Go on where the review was left."""
        self.title_bar.go("Corpus", self._directory.name, "Review")
        self.query_one("#note").display = False
        self._begin()

    @work(exclusive=True, group="begin")
    async def _begin(self) -> None:
        try:
            found = await self.services.engine("corpus").call("reviews.begin", **self._sample)
        except TutorError as error:
            self.complain(error)
            self.query_one("#item", Static).update(clean_text(str(error)))
            return
        self._sample["reviewer"], self._form = found["reviewer"], found["form"]
        self._rows, self._said = found["rows"], found["said"]
        self._place = self._next(0)
        self._show()

    @property
    def _mark(self) -> str:
        mark: str = self._rows[self._place]["mark"]
        return mark

    def _next(self, start: int) -> int:
        """The first row from `start` on that was not judged, else the last row."""
        count = len(self._rows)
        order = [(start + step) % count for step in range(count)]
        return next((place for place in order if self._rows[place]["mark"] not in self._said), count - 1)

    def _show(self) -> None:
        self._counted = False
        said = self._said.get(self._mark)
        traits = said["traits"] if said else self._ticked.get(self._mark, [])
        self.title_bar.note(f"{len(self._said)} of {len(self._rows)} judged")
        self.query_one("#item", Static).update(texts.row(self._rows[self._place], self._place, len(self._rows)))
        self.query_one("#said", Static).update(texts.said(traits, said))
        self.query_one("#page").scroll_home(animate=False)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is judged must be seen."""
        if action in ("judge", "trait", "note"):
            return bool(self._rows) and not self._counted
        if action == "go":
            return bool(self._rows)
        if action == "undo":
            return bool(self._undo)
        return action != "finish" or bool(self._said)

    def action_judge(self, judgement: str) -> None:
        """Say what the row is, and go to the next; who rejects is asked why."""
        before = self._said.get(self._mark)
        traits = before["traits"] if before else self._ticked.pop(self._mark, [])
        self._undo.append((self._place, before))
        self._said[self._mark] = {"judgement": judgement, "traits": traits, "note": before["note"] if before else ""}
        self._keep()
        if judgement == "reject":
            self._show()
            self.action_note()
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._place = self._next(self._place + 1)
        self._show()
        if len(self._said) == len(self._rows):
            self.action_finish()

    def action_trait(self, number: int) -> None:
        """Tick what holds of the row, or take it back."""
        said = self._said.get(self._mark)
        traits = said["traits"] if said else self._ticked.setdefault(self._mark, [])
        name = texts.TRAITS[number]
        traits.remove(name) if name in traits else traits.append(name)
        if said:
            self._keep()
        self._show()

    def action_note(self) -> None:
        """Write a note on the row."""
        line = self.query_one("#note", Input)
        line.value = self._said.get(self._mark, {}).get("note", "")
        line.display = True
        line.focus()

    @on(Input.Submitted)
    def _noted(self, event: Input.Submitted) -> None:
        if said := self._said.get(self._mark):
            said["note"] = " ".join(clean_text(event.value).split())
            self._keep()
        self._close_note()
        self._go_on()

    def _close_note(self) -> None:
        self.query_one("#note").display = False
        self.query_one("#page").focus()

    def action_back(self) -> None:
        """From the note to the row, or away."""
        if self.query_one("#note").display:
            self._close_note()
            self._show()
        else:
            super().action_back()

    def action_undo(self) -> None:
        """As it was before the last judgement."""
        self._place, before = self._undo.pop()
        if before is None:
            self._ticked[self._mark] = self._said.pop(self._mark)["traits"]
        else:
            self._said[self._mark] = before
        self._keep()
        self._show()

    def action_go(self, by: int) -> None:
        """Another row."""
        self._place = (self._place + by) % len(self._rows)
        self._show()

    @work(exclusive=False, group="keep")
    async def _keep(self) -> None:
        """Write the form; requests are answered in order, so the last one holds."""
        try:
            await self.services.engine("corpus").call("reviews.keep", **self._sample, form=self._form, said=self._said)
        except TutorError as error:
            self.complain(error)

    @work(exclusive=True, group="finish")
    async def action_finish(self) -> None:
        """Add what was said to the corpus, and show what it comes to."""
        try:
            found = await self.services.engine("corpus").call(
                "reviews.finish", **self._sample, form=self._form, said=self._said
            )
        except TutorError as error:
            self.complain(error)
            return
        self._counted = True
        self.query_one("#item", Static).update(texts.result(found))
        self.query_one("#said", Static).update(Content.styled(f"Written to {clean_text(self._form)}", "$muted"))
        self.query_one("#page").scroll_home(animate=False)
        self.refresh_bindings()
