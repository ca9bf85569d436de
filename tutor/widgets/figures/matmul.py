"""A product of two small matrices: which shapes fit, and how each number of the result comes about."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.columns import side_by_side
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Values, View

SIZES = range(1, 7)


class Matmul(Figure):
    """Both sides as numbers; the result, or the error that PyTorch gives."""

    ASK = ("desk", "matmul.product")

    def __init__(self, rows: int = 2, inner: int = 3, other: int = 3, columns: int = 4) -> None:
        """Args: rows, inner: of the left matrix; other, columns: of the right one."""
        self._sizes = {"rows": rows, "inner": inner, "other": other, "columns": columns}

    def controls(self) -> Sequence[Control]:
        """The four sizes."""
        names = {"rows": "left: rows", "inner": "left: columns", "other": "right: rows", "columns": "right: columns"}
        return [Number(name, label, SIZES, self._sizes[name]) for name, label in names.items()]

    def params(self, values: Values) -> Values:
        """All are whole."""
        return {name: int(values[name]) for name in self._sizes}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """`left @ right`, with the sizes that must be equal marked."""
        left, right = answer["left"], answer["right"]
        fits = not answer["error"]
        inner = "bold $trainable" if fits else "bold $problem"
        shapes = Content.assemble(
            f"[{len(left)}, ", (str(len(left[0])), inner), "] @ [", (str(len(right)), inner), f", {len(right[0])}]"
        )
        if fits:
            shapes += Content.assemble(f"  →  [{len(left)}, {len(right[0])}]")
        drawn = side_by_side(_numbers(left), _numbers(right), view.width)
        says = _cost(answer) if fits else Content.styled(clean_text(answer["error"]), "$problem")
        return Content("\n").join([shapes, Content(), *drawn, Content(), *says.wrap(view.width)])

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """The result; a cell says which row met which column."""
        result = answer["result"]
        if result is None:
            return None
        rows = [f"r{number + 1}" for number in range(len(result))]
        columns = [f"c{number + 1}" for number in range(len(result[0]))]

        def explain(row: int, column: int) -> Content:
            pairs = [(a, line[column]) for a, line in zip(answer["left"][row], answer["right"], strict=True)]
            terms = " + ".join(f"{_signed(a)}·{_signed(b)}" for a, b in pairs)
            return Content(f"{terms} = {result[row][column]}")

        return Cells(rows, columns, result, explain, form=".0f", title="the result, by row and column")


def _numbers(matrix: Sequence[Sequence[int]]) -> list[Content]:
    lines = ["".join(f"{value:>4}" for value in row) + "  " for row in matrix]
    return [Content.styled(line, "on $panel") for line in lines]


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _cost(answer: Answer) -> Content:
    rows, inner, columns = len(answer["left"]), len(answer["right"]), len(answer["right"][0])
    return Content.styled(
        f"{rows} × {columns} numbers, each {inner} multiplications and as many additions: "
        f"2 × {rows} × {inner} × {columns} = {answer['flops']} FLOPs",
        "$muted",
    )
