"""W, A, B and what they make together: heat maps whose cells say what they were computed from."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View
from tutor.widgets.figures.lit_matrix import lit_matrix, together

STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)
MATRICES = {
    "W": "W: the weight as it came, frozen",
    "A": "A: from the inputs down to the rank; begins at random",
    "B": "B: from the rank up to the outputs; begins at 0",
    "ΔW": "ΔW = (α/r) · B · A: what the adapter adds",
    "W + ΔW": "W + ΔW: what the layer computes with",
}


class LoraMatrices(Figure):
    """One of the matrices to walk through, and above it the two that it is made of."""

    ASK = ("desk", "lora_steps.learn")
    FOLLOWS_CELL = True

    def __init__(self, rank: int = 2, step: int = 400, shown: str = "ΔW") -> None:
        """Args: rank: of the adapter; step: the moment; shown: one of `MATRICES`."""
        self._rank = rank
        self._step = step
        self._shown = shown

    def controls(self) -> Sequence[Control]:
        """Which matrix, at which moment of the training, of which adapter."""
        return (
            Pick("shown", "matrix", tuple(MATRICES), self._shown, asks=False),
            Number("step", "after step", STEPS, self._step, asks=False),
            Number("rank", "rank r", (1, 2, 3), self._rank),
            Number("alpha", "alpha", (1, 2, 4), 2),
        )

    def params(self, values: Values) -> Values:
        """The rank is whole."""
        return super().params(values) | {"rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """What is shown, what it is made of, and how near the difference is to the wanted one."""
        frame, shown = _frame(answer, values), values["shown"]
        row, column = values.get("cell", (0, 0))
        drawn = []
        if shown == "ΔW":
            drawn = [
                lit_matrix("B", _names("out", frame["b"]), _ranks(answer), frame["b"], (row, None), view),
                lit_matrix("A", _ranks(answer), _columns(frame["a"]), frame["a"], (None, column), view),
            ]
        if shown == "W + ΔW":
            drawn = [
                lit_matrix(name, _names("out", part), _columns(part), part, (row, column), view)
                for name, part in (("W", answer["w"]), ("ΔW", frame["delta"]))
            ]
        lines = [*Content.styled(MATRICES[shown], "bold").wrap(view.width), *together(drawn, view.width)]
        lines += _how_far(answer, frame).wrap(view.width)
        return Content("\n").join(lines)

    def cells(self, answer: Answer, values: Values) -> Cells:
        """The matrix that is shown."""
        frame, shown = _frame(answer, values), values["shown"]
        matrix = _matrix(answer, frame, shown)
        return Cells(
            _ranks(answer) if shown == "A" else _names("out", matrix),
            _ranks(answer) if shown == "B" else _columns(matrix),
            matrix,
            lambda row, column: _explained(answer, frame, shown, row, column),
            title=shown,
        )


def _frame(answer: Answer, values: Values) -> Answer:
    found: Answer = next(frame for frame in answer["frames"] if frame["step"] == int(values["step"]))
    return found


def _matrix(answer: Answer, frame: Answer, shown: str) -> list[list[float]]:
    together = [[w + d for w, d in zip(*rows, strict=True)] for rows in zip(answer["w"], frame["delta"], strict=True)]
    known = {"W": answer["w"], "A": frame["a"], "B": frame["b"], "ΔW": frame["delta"], "W + ΔW": together}
    matrix: list[list[float]] = known[shown]
    return matrix


def _names(of: str, matrix: Sequence[object]) -> list[str]:
    return [f"{of} {place + 1}" for place in range(len(matrix))]


def _columns(matrix: Sequence[Sequence[float]]) -> list[str]:
    return _names("in", matrix[0])


def _ranks(answer: Answer) -> list[str]:
    return _names("r", range(answer["rank"]))


def _how_far(answer: Answer, frame: Answer) -> Content:
    rank, error = answer["rank"], frame["error"]
    meaning = "$trainable" if error < answer["best"] + 0.005 else "$problem"
    return Content.assemble(
        (f"Step {frame['step']}: ", "$muted"), "off by ", (f"{error:.2f}", f"bold {meaning}"),
        (f" of {answer['size']:.2f}; no matrix of rank {rank} can do better than {answer['best']:.2f}.", "$muted"),
    )  # fmt: skip


def _explained(answer: Answer, frame: Answer, shown: str, row: int, column: int) -> Content:
    value = _matrix(answer, frame, shown)[row][column]
    return Content.assemble(
        (f"{value:.4g}", "bold $activation"), (f"  {_how(answer, frame, shown, row, column)}", "$muted")
    )


def _how(answer: Answer, frame: Answer, shown: str, row: int, column: int) -> str:
    if shown == "W":
        return "frozen: no step changes it"
    if shown == "W + ΔW":
        return f"= {answer['w'][row][column]:.4g} + {_factor(frame['delta'][row][column])}"
    if shown != "ΔW":
        begins = "at random" if shown == "A" else "at 0"
        return f"trained; it began {begins}, and this is after step {frame['step']}"
    left, right = frame["b"][row], [line[column] for line in frame["a"]]
    terms = " + ".join(f"{_factor(b)}·{_factor(a)}" for b, a in zip(left, right, strict=True))
    return f"= {answer['alpha']:g}/{answer['rank']} · ({terms})"


def _factor(value: float) -> str:
    return f"{value:.3g}" if value >= 0 else f"(−{-value:.3g})"
