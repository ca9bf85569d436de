"""Runs side by side: their curves over one another, their options, what they measured, and their recipes."""

from __future__ import annotations

import asyncio
import subprocess
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option as Row

from tutor import paths
from tutor.runs import paired, store
from tutor.runs.compare import Compared, compare
from tutor.runs.compare_lines import LETTERS, check_lines, difference_lines, option_lines, result_lines
from tutor.runs.config import load_lab
from tutor.runs.paired import Difference
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.screens.recipe_diff import recipe_content
from tutor.text import clean_text
from tutor.widgets.runcurves import MEANINGS, curves_content
from tutor.widgets.runlist import STATUS_WORDS
from tutor.widgets.viewtabs import ViewTabs

MOST = len(MEANINGS)
"""Runs at once: as many as can be told apart."""
CHART_LINES = 10
PROSE = "On the same held-out examples; lower is less surprised. In brackets: the 95 % interval, by drawing them anew."


class CompareScreen(TutorScreen):
    """A list to choose runs from, above what is to be compared."""

    CSS_PATH = str(paths.assets_dir() / "compare.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    AUTO_FOCUS = "#others"
    HELP = """\
Choose up to four runs with **Enter**; the first one is **A**. Runs that still go on are followed.

**Curves** draws their losses over one another, each with its letter. **Measured** says in what they differ, and
whether their losses on the same held-out examples differ by more than chance: where the interval holds zero, it does
not. **Recipes** shows the lines in which the recipes of two labs differ.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "next_view", "View", tooltip="Show curves, options, measured values or recipes"),
    ]

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._chosen = [run.id]
        self._runs = {each.id: each for each in _by_nearness(run)}
        self._differences: list[Difference] = []
        self._comparing: subprocess.Popen[str] | None = None
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        """All runs, the names of the views, the view."""
        yield OptionList(*self._rows(), id="others", markup=False)
        yield ViewTabs(["Curves", "Options", "Measured", "Recipes"], id="views")
        with VerticalScroll(id="text", classes="pane"):
            yield Static(id="view", markup=False)

    def on_mount(self) -> None:
        """One run is chosen; begin at the next."""
        self.title_bar.go("Runs", "Compare")
        self.query_one(OptionList).highlighted = min(1, len(self._runs) - 1)
        self._timer = self.set_interval(self.services.repaint_s, self._follow)

    def on_unmount(self) -> None:
        """Nobody waits for the differences any more."""
        if self._comparing is not None:
            self._comparing.kill()

    def on_resize(self) -> None:
        """Charts fill the width."""
        self.call_after_refresh(self._show)

    def _rows(self) -> list[Row]:
        return [Row(self._row(run), id=name) for name, run in self._runs.items()]

    def _row(self, run: RunDir) -> Content:
        place = self._chosen.index(run.id) if run.id in self._chosen else None
        mark = ("  ", "") if place is None else (f"{LETTERS[place]} ", f"bold {MEANINGS[place]}")
        return Content.assemble(
            mark,
            f"{str(run.facts['created'])[:16].replace('T', ' ')}  ",
            (f"{STATUS_WORDS.get(run.status(), run.status()):<14}  ", "$muted"),
            f"{run.lab.removeprefix('lab-'):<18}",
            (run.id[-4:], "$muted"),
        )

    @on(OptionList.OptionSelected, "#others")
    def _choose(self, event: OptionList.OptionSelected) -> None:
        name = str(event.option.id)
        if name in self._chosen:
            self._chosen.remove(name)
        elif len(self._chosen) < MOST:
            self._chosen.append(name)
        else:
            self.notify(
                f"{MOST} runs are as many as can be told apart. Enter on one of them takes it away.", markup=False
            )
        listed = self.query_one(OptionList)
        for each, run in self._runs.items():
            listed.replace_option_prompt(each, self._row(run))
        self._compare_losses()
        self._show()

    @property
    def _dirs(self) -> list[RunDir]:
        return [self._runs[name] for name in self._chosen]

    @work(exclusive=True, group="differences")
    async def _compare_losses(self) -> None:
        if self._comparing is not None:
            self._comparing.kill()
        self._differences = []
        self._comparing = paired.start(self._dirs)
        self._differences = await asyncio.to_thread(paired.result, self._comparing)
        self._show()

    def _follow(self) -> None:
        if any(run.is_running() for run in self._dirs):
            self._show()

    def action_next_view(self) -> None:
        """Show the next of curves, options, measured values and recipes."""
        self.query_one(ViewTabs).next()

    @on(ViewTabs.Changed)
    def _show(self) -> None:
        if self.leaving:
            return
        content = self._view() if len(self._chosen) > 1 else Content("Choose another run: Enter on one in the list.")
        view = self.query_one("#view", Static)
        if view.content != content:
            view.update(content)

    def _view(self) -> Content:
        current = self.query_one(ViewTabs).current
        if current == "Recipes":
            ours, theirs = (load_lab(run.lab) for run in self._dirs[:2])
            return recipe_content(ours, theirs)
        found = compare(self._dirs)
        if current == "Options":
            return _lines(option_lines(found))
        if current == "Measured":
            return Content("\n\n").join(
                [
                    _lines(difference_lines(self._differences)) + Content.styled(f"\n{PROSE}", "$muted"),
                    _lines(check_lines(found)),
                    _lines(result_lines(found)),
                ]
            )
        return self._curves(found)

    def _curves(self, found: Compared) -> Content:
        width = self.query_one("#view").size.width
        parts = curves_content(found, width, CHART_LINES, colours=not self.app.no_color)
        return Content("\n").join(parts[1:]) if parts else Content("Fewer than two of these runs have a curve.")


def _by_nearness(run: RunDir) -> list[RunDir]:
    """`run`, then the others of its lab, then all others; newest first."""
    others = [each for each in store.all_runs() if each.id != run.id and each.facts["mode"] == "run"]
    return [run, *sorted(others, key=lambda each: each.lab != run.lab)]


def _lines(lines: list[str]) -> Content:
    """The first line, which says what it is, in bold."""
    return Content("\n").join([Content.styled(clean_text(lines[0]), "bold"), *map(Content, lines[1:])])
