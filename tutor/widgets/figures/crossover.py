"""Which way is the fastest depends on the size; and no way gets above the roof."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View
from tutor.widgets.plot import Point

MEANINGS = {
    "Python loop": "$problem",
    "PyTorch, one thread": "$activation",
    "PyTorch, all threads": "$trainable",
    "GPU, with transfer": "$operation",
    "GPU, data there": "$frozen",
}


class Crossover(Figure):
    """Time against size on logarithmic axes, or speed against operations per byte under the roofline."""

    ASK = ("desk", "crossover.curve")
    BUSY = "Measuring …"

    def __init__(self, op: str = "matmul", axes: str = "time") -> None:
        """Args: op: `dot` or `matmul`; axes: `time` or `roofline`."""
        self._op = op
        self._axes = axes

    def controls(self) -> Sequence[Control]:
        """What is computed, and how to look at it."""
        return (
            Pick("op", "product", ("dot", "matmul"), self._op),
            Pick("axes", "picture", ("time", "roofline"), self._axes, asks=False),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """One of the two charts, and what it says."""
        height = 14 if view.tall else 9
        if values["axes"] == "time":
            drawn, says = _times(answer, view, height), _crossings(answer)
        else:
            drawn, says = _roofline(answer, view, height), _roof(answer)
        return Content("\n").join([drawn, Content(), *(line for text in says for line in text.wrap(view.width))])


def _times(answer: Answer, view: View, height: int) -> Content:
    series = [
        Series(name, [(point["size"], point["seconds"]) for point in points], MEANINGS[name])
        for name, points in answer["lines"].items()
    ]
    axes = Axes("size n", "seconds", log_x=True, log_y=True)
    return chart_content(series, view.width, height, axes, colours=view.colours)


def _crossings(answer: Answer) -> list[Content]:
    if not answer["threads_pay"]:
        return [Content.styled("Each point is the median of several repeats.", "$muted")]
    threads = f"{answer['threads']} threads beat one"
    lines = [Content.assemble((threads, "$trainable"), f": {_from(answer['threads_pay'])}")]
    if answer["threads"] == 1:
        lines = [Content.styled("This machine has one core: there is nothing to share the work with.", "$muted")]
    if answer["absent"]:
        return [*lines, Content.styled(f"No GPU takes part: {answer['absent']}.", "$muted")]
    return [
        *lines,
        Content.assemble(("The GPU, with transfer, beats the CPU", "$operation"), f": {_from(answer['gpu_pays'])}"),
    ]


def _from(size: str) -> str:
    return "never, up to the largest size here" if size == "never" else f"from n = {size} on"


def _roofline(answer: Answer, view: View, height: int) -> Content:
    """Speed of the best thread count at each size, under what memory and arithmetic allow."""
    points = _best(answer)
    low = min([0.05, *(x for x, _ in points)])
    roof = [
        (low, low * answer["bandwidth"] / 1e9),
        (answer["ridge"], answer["peak"] / 1e9),
        (200, answer["peak"] / 1e9),
    ]
    series = [
        Series("the roof", roof, "$muted"),
        Series("PyTorch, the better number of threads", points, "$activation", dots=True),
    ]
    axes = Axes("operations per byte", "Gop/s", log_x=True, log_y=True)
    return chart_content(series, view.width, height, axes, colours=view.colours)


def _best(answer: Answer) -> list[Point]:
    """`(operations per byte, Gop/s)` per size."""
    found: dict[int, Point] = {}
    for name in ("PyTorch, one thread", "PyTorch, all threads"):
        for point in answer["lines"].get(name, []):
            speed = max(point["gflops"], found.get(point["size"], (0, 0))[1])
            found[point["size"]] = (point["intensity"], speed)
    return list(found.values())


def _roof(answer: Answer) -> list[Content]:
    return [
        Content.assemble(
            ("memory ", "$muted"), f"{answer['bandwidth'] / 1e9:.1f} GB/s",
            (", arithmetic ", "$muted"), f"{answer['peak'] / 1e9:.0f} Gop/s",
            (", equal at ", "$muted"), (f"{answer['ridge']:.1f} operations per byte", "bold $operation"),
        ),
        Content.styled(
            "Left of it memory is the limit, right of it arithmetic. What lies above the slope never left the cache.",
            "$muted",
        ),
    ]  # fmt: skip
