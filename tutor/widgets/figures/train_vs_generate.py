"""Writing a text token by token, and reading or training on the same text at once, on one axis of time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.content import Content

from tutor.text import clean_text, human_bytes
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View
from tutor.widgets.glyphs import padded, visible
from tutor.widgets.plot import Bounds
from tutor.widgets.segments import Segment, key_content, segments_content

NAME = 15
NUMBERS = 18
WAYS = {"cached": ("write, cache", "$activation"), "uncached": ("write, no cache", "$problem")}
TOGETHER = Segment("many at once", 0, "on $operation", "#")
BACKWARD = Segment("backward, update", 0, "on $trainable", "=")

Row = tuple[str, list[Segment], float | None]
"""Name, passes with their seconds, and tokens per second of all texts."""


class TrainVsGenerate(Figure):
    """A row of segments for each way through the text; every segment is one pass through the model."""

    ASK = ("trace", "train_vs_generate.timeline")
    USES_PROMPT = True
    BUSY = "Measuring …"

    def __init__(self, tokens: int = 16, cache: str = "kept", batch: int = 1, look: str = "timeline") -> None:
        """Args: tokens: to write; cache: `kept`, `dropped`, `both`; batch: texts at once; look: `timeline`, `steps`."""
        self._start = tokens, cache, batch, look

    def controls(self) -> Sequence[Control]:
        """How much is written, how, and how to look at it."""
        tokens, cache, batch, look = self._start
        return (
            Number("tokens", "tokens T", (4, 8, 16, 32, 64), tokens),
            Pick("cache", "KV cache", ("kept", "dropped", "both"), cache),
            Number("batch", "texts at once", (1, 2, 4, 8, 16), batch),
            Pick("look", "picture", ("timeline", "steps"), look, asks=False),
        )

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Rows, or the time of every step, and what was measured."""
        drawn = _timeline(answer, view) if values["look"] == "timeline" else _steps(answer, view)
        lines = [drawn, Content(), *_says(answer)]
        return Content("\n").join(line for text in lines for line in text.wrap(view.width))


def _timeline(answer: Answer, view: View) -> Content:
    rows = list(_rows(answer))
    longest = max((_seconds(passes) for _, passes, _ in rows), default=0.0)
    room = max(8, view.width - NAME - 1 - NUMBERS)
    lines = [Content.styled(" " * (NAME + 1 + room) + f"{'time':>8}{'tokens/s':>10}", "$muted")]
    for name, passes, rate in rows:
        drawn = segments_content(passes, longest, room, colours=view.colours)
        lines.append(
            Content.assemble(
                (padded(name, NAME) + " ", "$foreground"), drawn, " " * (room - drawn.cell_length),
                (f"{_seconds(passes):>6.2f} s", "bold"), (f"{rate:>10.1f}" if rate else "", "$muted"),
            )
        )  # fmt: skip
    return Content("\n").join([*lines, key_content(_key(answer), colours=view.colours)])


def _rows(answer: Answer) -> Iterable[Row]:
    everything = answer["batch"] * (answer["prompt_tokens"] + answer["tokens"])
    for key, (name, colour) in WAYS.items():
        if way := answer["ways"].get(key):
            steps = [_single(colour, number, seconds) for number, seconds in enumerate(way["steps"])]
            yield name, [replace(TOGETHER, name="", value=way["prefill"]), *steps], way["per_second"]
    if seconds := answer["read"]:
        yield "read it at once", [replace(TOGETHER, name="", value=seconds)], everything / seconds
    if training := answer["training"]:
        back = training["backward"] + training["update"]
        passes = [replace(TOGETHER, name="", value=training["forward"]), replace(BACKWARD, name="", value=back)]
        yield "train on it", passes, everything / _seconds(passes)


def _single(colour: str, number: int, seconds: float = 0, name: str = "") -> Segment:
    """A pass for one token; two neighbours look different."""
    return Segment(name, seconds, f"on {colour}" if number % 2 else f"on {colour} 60%", "-o"[number % 2])


def _seconds(passes: Sequence[Segment]) -> float:
    return sum(part.value for part in passes)


def _key(answer: Answer) -> list[Segment]:
    """What the fills mean, as far as they are there."""
    ways = [_single(colour, 1, name="one at a time") for key, (_, colour) in WAYS.items() if key in answer["ways"]]
    return [TOGETHER, *ways[:1], *([BACKWARD] if answer["training"] else [])]


def _steps(answer: Answer, view: View) -> Content:
    """How long each new token took, against how long the text was."""
    first = answer["prompt_tokens"] + 1
    series = [
        Series(name, [(first + n, 1000 * seconds) for n, seconds in enumerate(answer["ways"][key]["steps"])], colour)
        for key, (name, colour) in WAYS.items()
        if key in answer["ways"]
    ]
    points = [point for line in series for point in line.points]
    slowest = max((milliseconds for _, milliseconds in points), default=1.0)
    bounds = Bounds(first, first + max(1, answer["tokens"] - 1), 0, 1.05 * slowest)
    axes = Axes("tokens read so far", "ms a token", bounds=bounds)
    return chart_content(series, view.width, 12 if view.tall else 8, axes, colours=view.colours)


def _says(answer: Answer) -> list[Content]:
    lines = []
    if answer["text"]:
        lines.append(Content.assemble(("text  ", "$muted"), visible(clean_text(answer["text"]))))
    if answer["difference"] is not None:
        differs = f"{answer['difference']:.1e}"
        lines.append(Content.assemble(("one at a time or at once, the logits differ by at most ", "$muted"), differs))
    rate = answer["ways"].get("cached", {}).get("per_second")
    if answer["ceiling"]:
        lines.append(
            Content.assemble(
                ("each step reads ", "$muted"), human_bytes(answer["bytes"]),
                (", memory gives ", "$muted"), human_bytes(answer["bandwidth"]) + "/s",
                (": at most ", "$muted"), (f"{answer['ceiling']:.1f} tokens/s", "bold $operation"),
                (f"; measured {rate:.1f}" if rate and math.isfinite(rate) else "", "$muted"),
            )
        )  # fmt: skip
    return lines
