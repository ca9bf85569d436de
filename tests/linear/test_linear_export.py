"""In lines, too, a map can be written to files."""

from __future__ import annotations

import io
from typing import Any

from tutor.course.blocks import WidgetBlock
from tutor.engine.protocol import Role
from tutor.linear.figures import LinearFigure
from tutor.linear.speech import Speech
from tutor.widgets.figures.attention_map import AttentionMap
from tutor.widgets.figures.base import Figure
from tutor.widgets.figures.softmax_desk import SoftmaxDesk


def read_out(figure: Figure) -> tuple[LinearFigure, io.StringIO, list[tuple[str, dict[str, Any]]]]:
    """A figure in lines, what it says, and what it asks."""
    said, asked = io.StringIO(), list[tuple[str, dict[str, Any]]]()

    def ask(_role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
        asked.append((method, params))
        return {"files": ["/maps/a.svg", "/maps/a.json"]}

    block = WidgetBlock("attention-map", {}, 1)
    return LinearFigure(figure, block, Speech(io.StringIO(), said), ask, lambda: "The cat"), said, asked


def test_a_map_is_written_and_its_files_are_named() -> None:
    figure, said, asked = read_out(AttentionMap(layer=3, head=1))
    assert figure.export()
    assert asked == [("attention_export.write", {"layer": 3, "head": 1, "log": False, "prompt": "The cat"})]
    assert said.getvalue().splitlines() == ["Written: /maps/a.svg", "Written: /maps/a.json"]


def test_most_figures_are_not_written() -> None:
    figure, said, asked = read_out(SoftmaxDesk())
    assert not figure.export()
    assert not asked
    assert not said.getvalue()
