"""The thresholds of a corpus, to be moved: what would be left at every stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.errors import TutorError
from tutor.screens.base import TutorScreen
from tutor.text import clean_text
from tutor.widgets.glyphs import bar, padded
from tutor.widgets.stepper import Stepper

BAR = 14
STEPS: dict[str, tuple[str, list[float]]] = {
    "gates.min_score": ("lowest score", [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    "gates.max_line": ("longest line", [60, 72, 80, 90, 100, 120, 160]),
    "gates.min_tokens": ("fewest tokens", [0, 5, 10, 20, 30, 50]),
    "gates.max_tokens": ("most tokens", [100, 200, 300, 500, 1000, 2000]),
    "gates.min_ratio": ("least output for input", [0.1, 0.25, 0.5, 1.0, 2.0]),
    "gates.max_ratio": ("most output for input", [5.0, 10.0, 15.0, 30.0]),
    "dedup.threshold": ("near-duplicates from", [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]),
    "balance.source_share": ("most from one source", [0.2, 0.3, 0.38, 0.5, 1.0]),
}
"""Threshold → what it is called, and values worth trying. Near-duplicates are looked for from 0.7 on."""


class CorpusThresholdsScreen(TutorScreen):
    """Thresholds above, the funnel below."""

    CSS_PATH = str(paths.assets_dir() / "corpus_thresholds.tcss")
    AUTO_FOCUS = ""
    HELP = """\
The corpus was chosen from everything that its sources document. Here you move the thresholds of that choice: **↑** and
**↓** go from one to the next, **←** and **→** change it, and the stages below are computed anew. Nothing is written:
the command that would make this corpus stands at the bottom.

The sources are read once when this screen opens, which takes as long as a build.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("0", "reset", "Reset", tooltip="Back to the corpus's own thresholds"),
    ]

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory.absolute()
        self._own: dict[str, float] = {}
        self._before: dict[str, Any] = {}

    def body(self) -> ComposeResult:
        """The thresholds once they are known, and the funnel."""
        yield Vertical(id="thresholds")
        with VerticalScroll(id="funnel", can_focus=False):
            yield Static("Reading the sources …", id="stages", markup=False)
        yield Static(id="command", markup=False)

    def on_mount(self) -> None:
        """Read the sources."""
        self.title_bar.go("Corpus", self._directory.name, "Thresholds")
        self._prepare()

    @work(exclusive=True, group="choose")
    async def _prepare(self) -> None:
        stages = self.query_one("#stages", Static)
        self.title_bar.under_way("reading the sources")
        engine = self.services.engine("corpus")
        try:
            async for reply in engine.stream("thresholds.prepare", path=str(self._directory)):
                if not reply.done:
                    now = reply.data
                    stages.update(clean_text(f"{now['stage']}: {now['done']:,} of {now['total']:,}  {now['what']}"))
                    continue
                self._before = reply.data
        except TutorError as error:
            self.complain(error)
            stages.update(clean_text(str(error)))
            return
        finally:
            self.title_bar.under_way("")
        await self._offer(self._before["config"])
        self._show(self._before)

    async def _offer(self, config: dict[str, Any]) -> None:
        for name in STEPS:
            table, _, value = name.partition(".")
            self._own[name] = config[table][value]
        steppers = [
            Stepper(label.ljust(24), sorted({*values, self._own[name]}), self._own[name], id=name.replace(".", "-"))
            for name, (label, values) in STEPS.items()
        ]
        await self.query_one("#thresholds").mount(*steppers)
        steppers[0].focus()

    @property
    def _changes(self) -> dict[str, float]:
        values = {name: self.query_one(f"#{name.replace('.', '-')}", Stepper).value for name in self._own}
        return {name: value for name, value in values.items() if value != self._own[name]}

    @on(Stepper.Changed)
    def _changed(self) -> None:
        self._choose()

    @work(exclusive=True, group="choose")
    async def _choose(self) -> None:
        try:
            found = await self.services.engine("corpus").call(
                "thresholds.choose", path=str(self._directory), changes=self._changes
            )
        except TutorError as error:
            self.complain(error)
            return
        self._show(found)

    def _show(self, found: dict[str, Any]) -> None:
        self.title_bar.note(f"{found['kept']:,} rows · chosen in {found['seconds'] * 1000:.0f} ms")
        self.query_one("#stages", Static).update(funnel(found["stages"], self._before["stages"]))
        changes = " ".join(f"--set {name}={value:g}" for name, value in self._changes.items())
        self.query_one("#command", Static).update(f"tutor corpus build SOURCE … {changes}" if changes else "")

    def action_reset(self) -> None:
        """The corpus's own thresholds."""
        for name, value in self._own.items():
            self.query_one(f"#{name.replace('.', '-')}", Stepper).set_value(value)


def funnel(stages: list[dict[str, Any]], before: list[dict[str, Any]]) -> Content:
    """A line for each stage: how many are left, how many more or fewer than before, and the commonest reasons."""
    most = max(stages[0]["left"], 1)
    lines = []
    for stage, was in zip(stages, before, strict=True):
        change = stage["left"] - was["left"]
        reasons = sorted(stage["reasons"].items(), key=lambda entry: (-entry[1], entry[0]))[:3]
        lines.append(
            Content.assemble(
                (padded(stage["name"], 17), "$foreground"),
                (bar(stage["left"], most, BAR).ljust(BAR), "$activation"),
                (f"{stage['left']:>8,}", "bold"),
                (f"{change:+,}".rjust(8) if change else " " * 8, "$trainable" if change > 0 else "$problem"),
                ("  " + ", ".join(f"{name} {count:,}" for name, count in reasons), "$muted"),
            )
        )
    return Content("\n").join(lines)
