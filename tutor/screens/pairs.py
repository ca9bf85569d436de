"""The held-out pairs of a preference run, token by token."""

from __future__ import annotations

import json
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.text import clean_text
from tutor.widgets.pairlens import pair_content
from tutor.widgets.stepper import Stepper

PAIRS = "pairs.json"
"""Where the lab on preferences leaves them."""


class PairsScreen(TutorScreen):
    """A stepper over the pairs, above the one that is chosen."""

    CSS_PATH = str(paths.assets_dir() / "recipe_diff.tcss")
    HELP = """\
One pair of answers to the same question, token by token. *ref* and *policy* are the log-probability of each token
in nats, under the model before and after the training; *moved* is the difference.

The sum over an answer's tokens is the log-probability of the answer. Times *beta*, what it moved is the answer's
implicit **reward**, and the difference of the two is the **margin**. **←** and **→** go from pair to pair, the smallest
margin first; none of them was trained on.
"""

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run
        self._beta = float(str(run.config["beta"]))
        self._pairs = sorted(json.loads((run.path / PAIRS).read_text())["pairs"], key=_margin)

    def body(self) -> ComposeResult:
        """The pair, then its tokens."""
        numbers = range(1, len(self._pairs) + 1)
        names = {float(n): f"{n} of {len(self._pairs)}" for n in numbers}
        yield Stepper("pair", list(numbers), 1, names=names, id="other")
        with VerticalScroll(id="lines", classes="pane"):
            yield Static(id="pair", markup=False)

    def on_mount(self) -> None:
        """Begin with the worst."""
        self.title_bar.go("Runs", self._run.id, "Pairs")

    def on_resize(self) -> None:
        """Both answers fill the width."""
        self.call_after_refresh(self._show)

    @on(Stepper.Changed)
    def _show(self) -> None:
        if self.leaving:
            return
        pair = self._pairs[int(self.query_one(Stepper).value) - 1]
        view = self.query_one("#pair", Static)
        title = Content.styled(clean_text(str(pair["name"])), "bold")
        view.update(Content("\n").join([title, pair_content(pair, self._beta, view.size.width)]))


def _margin(pair: dict[str, Any]) -> float:
    chosen, rejected = (sum(pair[side]["policy"]) - sum(pair[side]["reference"]) for side in ("chosen", "rejected"))
    return float(chosen - rejected)
