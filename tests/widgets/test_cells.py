"""Matrices to walk through: what fits, how small it gets, and what the cursor shows."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.content import Content

from tutor.widgets import glyphs
from tutor.widgets.figures.base import Cells
from tutor.widgets.figures.cells import cells_content
from tutor.widgets.figures.layout import BESIDE, Layout, start_of

WIDTHS = (40, 56, 76, 120)


def causal(count: int, **options: object) -> Cells:
    """A map of even attention over `count` tokens."""
    names = [f" word{n}" for n in range(count)]
    rows = [[1 / (row + 1) if column <= row else None for column in range(count)] for row in range(count)]
    settings: dict[str, object] = {"scale": "share", "shrinks": True, "distributions": True}
    return Cells(names, names, rows, lambda row, column: Content(f"{row} {column}"), **(settings | options))  # type: ignore[arg-type]


def drawn(cells: Cells, width: int = 76, lines: int = 20, *, colours: bool = True, marked: bool = True) -> list[str]:
    """The lines of the picture, with the cursor where it begins."""
    layout = Layout.fit(cells, width, lines, start_of(cells), marked=marked, halves=colours)
    return cells_content(cells, layout, colours=colours).plain.split("\n")


@pytest.mark.parametrize("count", [1, 2, 5, 12, 23, 40, 90])
@pytest.mark.parametrize("colours", [True, False])
def test_it_fits_whatever_it_is_given(count: int, colours: bool) -> None:
    for width in WIDTHS:
        for lines in (10, 16, 40):
            picture = drawn(causal(count), width, lines, colours=colours)
            assert all(cell_len(line) <= width for line in picture), (width, lines)
            assert len(picture) <= lines + 1
            drawn(causal(count, scale="log"), width, lines, colours=colours)


def test_it_shrinks_only_as_far_as_it_must() -> None:
    def cell(count: int, width: int = 76, lines: int = 20, *, halves: bool = True) -> int:
        return Layout.fit(causal(count), width, lines, (0, 0), halves=halves).cell

    assert cell(5) == 5  # numbers: "0.33 "
    assert cell(16) == 2
    assert cell(60) == 1
    assert cell(23, lines=12) == 1  # 23 lines do not fit, 12 lines of two rows do
    assert cell(60, halves=False) == 2
    assert Layout.fit(causal(5, shrinks=False), 20, 20, (0, 0)).cell == 5


def test_two_rows_share_a_line() -> None:
    cells = causal(60, distributions=False)
    layout = Layout.fit(cells, 76, 30, (59, 0), halves=True)
    assert (layout.rows, layout.columns, layout.lines) == (60, 60, 30)
    content = cells_content(cells, layout, colours=True)
    first = content.split("\n")[1]
    assert first.plain[layout.name] == "▀" or first.plain[layout.name] == " "
    styles = [str(span.style) for span in first.spans]
    assert any(style == "$scale8 on $scale4" for style in styles)  # 1.0 above 0.5
    assert layout.at(layout.name + 3, 1 + 5) == (10, 3)


def test_equal_neighbours_are_one_span() -> None:
    content = cells_content(causal(16), Layout.fit(causal(16), 76, 20, (0, 0)), colours=True)
    last = content.split("\n")[16]
    assert len(last.spans) <= 5  # name, one run of equal cells, and the bar beside it


@pytest.mark.parametrize(("scale", "shades"), [("share", [0, 0, 0, 1, 8]), ("log", [0, 0, 3, 5, 8])])
def test_a_logarithmic_scale_shows_what_is_small(scale: str, shades: list[int]) -> None:
    values = [0.0, 0.001, 0.01, 0.1, 1.0]
    cells = Cells(["a"], list("vwxyz"), [values], lambda _row, _column: Content(), scale=scale, numbers=False)
    row = cells_content(cells, Layout.fit(cells, 76, 5, (0, 0)), colours=True).split("\n")[1]
    found = [str(style) for text, style in ((span, span.style) for span in row.spans) if "scale" in str(style)]
    wanted = [f"on $scale{shade}" for shade in dict.fromkeys(shades)]
    assert found == wanted


def test_the_row_of_the_cursor_is_drawn_as_bars() -> None:
    picture = drawn(causal(4))
    assert "row of ·word3" in picture[0]
    assert [line.split()[-2] for line in picture[1:]] == ["0.250"] * 4
    assert all(line.endswith("█") for line in picture[1:])
    narrow = drawn(causal(4), 24 + BESIDE - 1)
    assert narrow[5] == "row of ·word3, largest 0.250"
    assert set(narrow[-1].strip()) == {"█"}
    assert len(narrow) == 1 + 4 + 4


def test_of_many_tokens_the_largest_weights_are_listed_with_their_places() -> None:
    rows = [[float(column == 3) for column in range(30)] for _ in range(30)]
    cells = Cells(
        causal(30).rows, causal(30).columns, rows, lambda _row, _column: Content(), scale="share", shrinks=True,
        distributions=True,
    )  # fmt: skip
    picture = drawn(cells, 80, 12)
    assert "largest first" in picture[0]
    assert "  4 ·word3  1.000 ██" in picture[1]


def test_the_cursor_names_its_column_and_shows_its_cell() -> None:
    cells = causal(16)
    layout = Layout.fit(cells, 76, 20, (15, 2), marked=True)
    content = cells_content(cells, layout, colours=True)
    header, last = content.split("\n")[0], content.split("\n")[16]
    assert header.plain.index("▾·word2") == layout.name + 2 * layout.cell
    assert last.plain[layout.name + 4 : layout.name + 6] == "[]"
    far = cells_content(cells, Layout.fit(cells, layout.name + 32, 20, (15, 15), marked=True), colours=True)
    assert far.split("\n")[0].plain.rstrip().endswith("·word15▾")
    assert "[]" not in cells_content(cells, Layout.fit(cells, 76, 20, (15, 2)), colours=True).plain


def test_numbered_columns_have_every_fifth_number() -> None:
    names = [f"layer {n}" for n in range(3, 30)]
    cells = Cells(["head 0"], names, [[0.0] * 27], lambda _row, _column: Content(), scale="share", numbers=False)
    header = cells_content(cells, Layout.fit(cells, 76, 5, (0, 26)), colours=True).split("\n")[0].plain
    assert header.index("5") == 7 + 2 * 2
    assert header.index("20") == 7 + 2 * 17
    assert header.endswith("layer 29▾ ")


def test_without_colours_shades_have_numbers() -> None:
    row = drawn(causal(16), colours=False)[2]
    assert "▓5▓5" in row or "▓4▓4" in row or "▒4▒4" in row
    glyphs.choose(True)
    try:
        assert drawn(causal(16), colours=False)[16].isascii()
    finally:
        glyphs.choose(None)


def test_what_is_not_lit_steps_back() -> None:
    cells = Cells(["a"], ["x", "y"], [[1.0, 0.01]], lambda _row, _column: Content(), lit=frozenset({(0, 1)}))
    row = cells_content(cells, Layout.fit(cells, 76, 5, (0, 0)), colours=True).split("\n")[1]
    assert [str(span.style) for span in row.spans[1:]] == ["$muted", "bold auto on $edge"]
    plain = cells_content(cells, Layout.fit(cells, 76, 5, (0, 0)), colours=False).split("\n")[1]
    assert str(plain.spans[-1].style) == "bold underline"


def test_a_distribution_begins_at_its_last_row_and_largest_value() -> None:
    assert start_of(causal(4)) == (3, 0)
    assert start_of(causal(4, distributions=False)) == (0, 0)
