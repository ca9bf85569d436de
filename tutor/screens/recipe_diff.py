"""Two recipes side by side, as they differ."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.runs.config import Lab, lab_names, load_lab
from tutor.runs.recipe_diff import Line, code_lines, option_lines
from tutor.screens.base import TutorScreen
from tutor.text import clean_text
from tutor.widgets.choice import Choice
from tutor.widgets.stepper import Stepper

STYLES = {"-": "$frozen", "+": "$trainable", "@": "$operation", " ": "$muted"}
NEAREST = {
    "lab-lora-cli-help": "lab-qlora-cli-help",
    "lab-qlora-cli-help": "lab-lora-cli-help",
    "lab-sft-chat": "lab-dpo-preference",
    "lab-dpo-preference": "lab-sft-chat",
    "lab-rank-ablation": "lab-lora-cli-help",
}
"""What each is worth being compared with first."""


class RecipeDiffScreen(TutorScreen):
    """A choice of the other recipe above the lines that differ."""

    CSS_PATH = str(paths.assets_dir() / "recipe_diff.tcss")
    HELP = """\
The recipes of the labs are written alike, so what differs between two of them is what the methods differ in.

**←** and **→** choose the other one. Lines with **−** are only in the first, lines with **+** only in the second.
"""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._others = [name for name in lab_names() if name != lab.name]

    def body(self) -> ComposeResult:
        """The other recipe, then the difference."""
        near = NEAREST.get(self._lab.name, "")
        yield Choice("compared with", self._others, near if near in self._others else self._others[0], id="other")
        with VerticalScroll(id="lines", classes="pane"):
            yield Static(id="diff", markup=False)

    def on_mount(self) -> None:
        """Begin with the nearest."""
        self.title_bar.go("Labs", self._lab.title, "Difference")
        self._show()

    @on(Stepper.Changed)
    def _show(self) -> None:
        other = load_lab(self.query_one("#other", Choice).option)
        self.query_one("#diff", Static).update(recipe_content(self._lab, other))


def recipe_content(ours: Lab, theirs: Lab) -> Content:
    """The options and the lines of code in which two recipes differ."""
    names = Content.assemble((f"− {ours.name}", STYLES["-"]), "   ", (f"+ {theirs.name}", STYLES["+"]))
    options, code = (Content.styled(title, "bold") for title in ("Options", "Code"))
    parts = [names, Content(), options, *_drawn(option_lines(ours, theirs))]
    return Content("\n").join([*parts, Content(), code, *_drawn(code_lines(ours, theirs))])


def _drawn(lines: Iterable[Line]) -> list[Content]:
    found = [Content.styled(f"{_mark(line)} {clean_text(line.text)}", STYLES[line.mark]) for line in lines]
    return found or [Content.styled("no difference", "$muted")]


def _mark(line: Line) -> str:
    return "−" if line.mark == "-" else line.mark
