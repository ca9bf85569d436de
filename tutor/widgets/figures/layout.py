"""Where each cell of a matrix stands: how much of it fits, and how large its cells are."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from tutor.text import clean_text
from tutor.widgets.figures.base import Cells
from tutor.widgets.glyphs import padded, visible

NAME = 12
"""The most cells that the name of a row may take."""
NUMBER = 5
"""The fewest cells that a number takes."""
MORE = 8
"""Cells that say which columns are shown, where not all are."""
BESIDE = 25
"""The fewest cells that bars beside the matrix need."""
BELOW = 4
"""Lines of the columns below the matrix."""
MASKED = "·"


@dataclass(frozen=True)
class Layout:
    """Which rows and columns are shown, and how wide."""

    top: int
    left: int
    rows: int
    columns: int
    name: int
    """Cells of a row's name."""
    cell: int
    """Cells of one cell; 1: half a character high."""
    header: int
    """Lines above the first row."""
    beside: int
    """Cells for the bars of the cursor's row at the right; 0: columns below show it, or nothing does."""
    near: tuple[int, int]
    """The cell that the cursor is on, or was on last."""
    marked: bool
    """Whether to show the cursor."""

    @classmethod
    def fit(
        cls, cells: Cells, width: int, lines: int, near: tuple[int, int], *, marked: bool = False, halves: bool = False
    ) -> Layout:
        """As much of `cells` as fits `width` and `lines`, with the cell `near` in it.

        Args:
            marked: show the cursor there; halves: whether half blocks can be drawn.
        """
        name = min(NAME, max((cell_len(label(text)) for text in cells.rows), default=0)) + 1
        cell = _cell(cells, width - name, lines, halves)
        columns = (width - name) // cell
        if columns < len(cells.columns):
            columns = (width - name - MORE) // cell
        columns = max(1, min(len(cells.columns), columns))
        room = width - name - columns * cell
        beside = room if cells.distributions and room >= BESIDE else 0
        lines -= BELOW if cells.distributions and not beside else 0
        rows = max(1, min(len(cells.rows), 2 * lines if cell == 1 else lines))
        return cls(
            top=_window(near[0], rows, len(cells.rows)), left=_window(near[1], columns, len(cells.columns)),
            rows=rows, columns=columns, name=name, cell=cell, header=1 + bool(cells.title), beside=beside,
            near=near, marked=marked,
        )  # fmt: skip

    @property
    def shown_rows(self) -> range:
        """The rows that are drawn."""
        return range(self.top, self.top + self.rows)

    @property
    def lines(self) -> int:
        """Lines of the rows."""
        return (self.rows + 1) // 2 if self.cell == 1 else self.rows

    @property
    def shown_columns(self) -> range:
        """The columns that are drawn."""
        return range(self.left, self.left + self.columns)

    @property
    def cursor(self) -> tuple[int, int] | None:
        """The cell to mark."""
        return self.near if self.marked else None

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """The cell at column `x`, line `y` of the drawn text."""
        row, column = (y - self.header) * (2 if self.cell == 1 else 1), (x - self.name) // self.cell
        if x < self.name or not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        return self.top + row, self.left + column


def _cell(cells: Cells, room: int, lines: int, halves: bool) -> int:
    """Cells of one cell: as wide as its number, else 2, else 1."""
    fits = len(cells.rows) <= lines and 2 * len(cells.columns) <= room
    number = max(NUMBER, max((len(shown(cells, value)) for row in cells.values for value in row), default=0) + 1)
    if cells.numbers and (not cells.shrinks or (fits and number * len(cells.columns) <= room)):
        return number
    return 1 if cells.shrinks and halves and not fits else 2


def _window(near: int, size: int, count: int) -> int:
    """First of `size` shown out of `count`, so that `near` is among them, about in the middle."""
    return max(0, min(near - size // 2, count - size))


def label(text: str) -> str:
    """The name of a row or column, safe and with its spaces visible."""
    return visible(clean_text(text)) if text.strip() != text else clean_text(text)


def cut_name(text: str, width: int) -> str:
    """A name cut to `width` cells."""
    name = label(text)
    if cell_len(name) <= width:
        return name
    return padded(name, width - 1).rstrip() + "…" if width > 2 else padded(name, width)


def shown(cells: Cells, value: float | None) -> str:
    """A value as it stands in its cell."""
    return MASKED if value is None else format(value, cells.form)


def start_of(cells: Cells) -> tuple[int, int]:
    """Where a cursor begins: of distributions in the last row, which sees most, on its largest value."""
    if not cells.distributions or not cells.rows:
        return 0, 0
    last = [-1.0 if value is None else value for value in cells.values[-1]]
    return len(cells.rows) - 1, last.index(max(last))
