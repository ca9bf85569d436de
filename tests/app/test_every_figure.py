"""Every figure of the course in words and lines, as it is when a learner comes to it, small and large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.app.app_fakes import RECORDED, recorded_answer
from tutor.course.blocks import WidgetBlock
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.screens.lesson_session import START
from tutor.widgets.figures.base import Answer, Cells, Figure, TracePicture, Values, View, figure_class
from tutor.widgets.figures.cells import cells_content
from tutor.widgets.figures.layout import Layout, start_of
from tutor.widgets.lesson.trace import Trace

Drawn = Figure | TracePicture
WIDTHS = {76: 14, 118: 30}
"""Cells of a page's width, with the lines that a matrix may take."""


def first_of_each() -> Iterator[tuple[str, Drawn]]:
    """Every figure that a lesson shows, with the arguments of the first page that does."""
    seen = set()
    for topic in load_outline().topics():
        blocks = [block for page in load_lesson(topic.file).pages for block in page.blocks] if topic.file else []
        for block in blocks:
            found = figure_class(block.name) if isinstance(block, WidgetBlock) else None
            if found is not None and isinstance(block, WidgetBlock) and block.name not in seen:
                seen.add(block.name)
                yield block.name, found(**block.arguments)


FIGURES = dict(first_of_each())


def ask(figure: Figure, values: Values) -> Answer:
    """What the real engine said once."""
    role, method = figure.ASK
    params = figure.params(values)
    params |= {"prompt": START} if figure.USES_PROMPT else {}
    return recorded_answer(role, method, params | ({"model": "nano"} if role == "trace" else {}))


def drawn(figure: Drawn, width: int) -> str:
    """Picture and matrix without colours."""
    view = View(width, colours=False, tall=width > 100)
    cells: Cells | None
    if isinstance(figure, Figure):
        values: dict[str, Any] = {control.name: control.value for control in figure.controls()}
        answer = ask(figure, values)
        picture, cells = figure.picture(answer, values | {"cell": (0, 0)}, view), figure.cells(answer, values)
    else:
        trace = recorded_trace()
        picture, cells = figure.picture(trace, view), figure.cells(trace)
    text = picture.plain
    if cells is not None:
        row, column = start_of(cells)
        layout = Layout.fit(cells, width, WIDTHS[width], (row, column))
        text += f"\n\n{cells_content(cells, layout, colours=False).plain}\n\n{cells.explain(row, column).plain}"
    return "\n".join(line.rstrip() for line in text.splitlines())


def recorded_trace() -> Trace:
    """The way of the prompt through the real model."""
    recorded = json.loads((RECORDED / "trace.json").read_text())
    return Trace(START, about=recorded["load"], report=recorded["trace"], distribution=recorded["distribution"])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_figure(name: str, width: int, snapshot: SnapshotAssertion) -> None:
    assert drawn(FIGURES[name], width) == snapshot
