"""The attention maps of a run, to walk through cell by cell."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tutor import paths
from tutor.engine.attention_maps import ADAPTED, HEADS, MAPS, AttentionMaps, Matrix, TextMap
from tutor.errors import TutorError
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.text import clean_text
from tutor.widgets.figures.base import Cells
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.cellgrid import CellGrid, CellMatrix

NUMBERS_UP_TO = 12
"""Tokens up to which weights are written into the cells; beyond, cells are two characters of colour."""
AROUND = 12
"""Lines of the screen that are not rows of the map."""
HABITS = {
    "previous": "looks at the token before",
    "induction": "looks at what followed last time",
    "first": "looks only at the first token",
    "other": "no habit of its own",
}


class AttentionScreen(TutorScreen):
    """One head and one text at a time."""

    CSS_PATH = str(paths.assets_dir() / "attention.tcss")
    AUTO_FOCUS = "CellMatrix"
    HELP = """\
Each row is a token that looks, each column a token that is looked at. A row's weights sum to 1; what lies to the right
of the diagonal is masked, because it comes later. Walk through the cells with the arrows: below, each says what it is.

**[** and **]** go through the heads of a layer, **-** and **+** through the layers, **n** to the next head that has a
habit. **t** takes the next text. **o** shows the maps with the adapter, where the lab compared one.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "head(1)", "Head", key_display="[ ]", tooltip="Next head"),
        Binding("left_square_bracket", "head(-1)", show=False, tooltip="Head before"),
        Binding("plus,equals_sign", "layer(1)", "Layer", key_display="- +", tooltip="Next layer"),
        Binding("minus", "layer(-1)", show=False, tooltip="Layer before"),
        Binding("n", "habit", "Habit", tooltip="Next head that has a habit"),
        Binding("t", "text", "Text", tooltip="Next text"),
        Binding("o", "adapter", "Adapter", tooltip="With or without the adapter"),
    ]

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run
        self._maps: dict[str, AttentionMaps] = {}
        self._habits: dict[tuple[int, int], dict[str, Any]] = {}
        self._shown = MAPS
        self._layer = self._head = self._text = 0

    def body(self) -> ComposeResult:
        """Which head it is, and its map."""
        with Vertical(id="attention"):
            yield Static("Reading the maps …", id="which", markup=False)
            yield CellGrid()

    def on_mount(self) -> None:
        """Read the files without holding up the screen."""
        self.title_bar.go("Runs", self._run.id, "Attention")
        self._read()

    @work(exclusive=True, group="maps")
    async def _read(self) -> None:
        try:
            self._maps = await asyncio.to_thread(read_maps, self._run.path)
        except TutorError as error:
            self.complain(error)
            return
        self._habits = read_habits(self._run.path)
        self.action_habit()
        self.refresh_bindings()

    @property
    def _current(self) -> TextMap:
        return self._maps[self._shown].texts[self._text]

    def on_resize(self, event: Resize) -> None:
        """As many rows as there is room for."""
        self.query_one(CellMatrix).most_rows = max(4, event.size.height - AROUND)
        self._show()

    def _show(self) -> None:
        if not self._maps:
            return
        maps, text = self._maps[self._shown], self._current
        self.query_one("#which", Static).update(self._which(maps, text))
        weights = text.weights[self._layer][self._head]
        scores = read_scores(self._run.path, f"{self._layer}.{self._head}", text.name) if self._shown == MAPS else None
        self.query_one(CellGrid).show(
            Cells(
                rows=text.pieces,
                columns=text.pieces,
                values=[[w if key <= row else None for key, w in enumerate(line)] for row, line in enumerate(weights)],
                explain=lambda row, column: explain(text, weights, scores, maps.head_dim, row, column),
                scale="share",
                numbers=len(text.ids) <= NUMBERS_UP_TO,
            )
        )

    def _which(self, maps: AttentionMaps, text: TextMap) -> Content:
        row = self._habits.get((self._layer, self._head), {})
        group = f"of {maps.heads} · key/value head {self._head // (maps.heads // maps.kv_heads)} of {maps.kv_heads}"
        habit = str(row.get("habit"))
        habit = habit if habit in HABITS else "other"
        score = f" ({row[habit]:.2f})" if habit in row else ""
        adapter = "   with the adapter" if self._shown == ADAPTED else ""
        return Content.assemble(
            (f"Layer {self._layer}", "bold"), (f" of {maps.layers}   ", "$muted"),
            (f"head {self._head}", "bold"), (f" {group}", "$muted"), (adapter, "$trainable"),
            (f"\n{HABITS[habit]}{score}", "$activation" if habit != "other" else "$muted"),
            (f"   text {self._text + 1} of {len(maps.texts)}: {clean_text(text.name)}", "$muted"),
        )  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There need not be an adapter."""
        return action != "adapter" or ADAPTED in self._maps

    def action_head(self, by: int) -> None:
        """Another head of this layer."""
        if self._maps:
            self._head = (self._head + by) % self._maps[MAPS].heads
            self._show()

    def action_layer(self, by: int) -> None:
        """The same head of another layer."""
        if self._maps:
            self._layer = (self._layer + by) % self._maps[MAPS].layers
            self._show()

    def action_text(self) -> None:
        """The next text."""
        if self._maps:
            self._text = (self._text + 1) % len(self._maps[MAPS].texts)
            self._show()

    def action_adapter(self) -> None:
        """With the adapter, or without."""
        self._shown = MAPS if self._shown == ADAPTED else ADAPTED
        self._show()

    def action_habit(self) -> None:
        """The next head that has a habit, after the last the first again."""
        with_habit = sorted(place for place, row in self._habits.items() if row["habit"] != "other")
        later = [place for place in with_habit if place > (self._layer, self._head)]
        if with_habit:
            self._layer, self._head = (later or with_habit)[0]
        self._show()


def read_maps(directory: Path) -> dict[str, AttentionMaps]:
    """The maps of a run by their file: without an adapter, and with one where there is any.

    Raises:
        TutorError: a file is missing or damaged.
    """
    return {name: AttentionMaps.read(directory / name) for name in (MAPS, ADAPTED) if (directory / name).is_file()}


def read_habits(directory: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """The scores of every head, by layer and head; none while the run has not come so far."""
    path = directory / "heads.json"
    rows = json.loads(path.read_text()) if path.is_file() else []
    return {(row["layer"], row["head"]): row for row in rows}


def read_scores(directory: Path, head: str, text: str) -> Matrix | None:
    """Scaled scores of a head that was drawn; None of all others."""
    path = directory / HEADS / f"{head}-{text}.json"
    return json.loads(path.read_text())["scores"] if path.is_file() else None


def explain(text: TextMap, weights: Matrix, scores: Matrix | None, head_dim: int, row: int, column: int) -> Content:
    """What the weight of one cell is made of."""
    if column > row:
        return Content.styled("Masked: this token comes later.", "$muted")
    line, back = weights[row], row - column
    where = "to itself" if not back else "to the token before" if back == 1 else f"{back} tokens back"
    largest = max(range(row + 1), key=line.__getitem__)
    made_of = ("Queries and keys are kept of the heads that the lab drew.", "$faint")
    if scores is not None:
        score = scores[row][column]
        softmax = f"e^{score:.2f} / Σ e^score of {row + 1} tokens = {line[column]:.3f}"
        made_of = (f"q · k / √{head_dim} = {score:.2f}, and {softmax}.", "$foreground")
    return Content.assemble(
        (f"{line[column]:.3f}", "bold $activation"), f" of its attention goes {where}.\n", made_of,
        (f"\nMost of the row: {line[largest]:.3f} to {name(text, largest)}.", "$muted"),
    )  # fmt: skip


def name(text: TextMap, place: int) -> str:
    """A token as it stands beside its row."""
    return visible(clean_text(text.pieces[place]))
