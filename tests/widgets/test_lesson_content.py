"""Every name that a lesson may use leads to a picture, and every picture of the lessons can be drawn at any width."""

from __future__ import annotations

import pytest

from tutor.course.blocks import Ask, Block, Fact, Prediction, WidgetBlock
from tutor.widgets.figures.base import Figure, figure_class
from tutor.widgets.lesson.parts import GROUPS, needs_trace, part_of, widget_names

NAMES = widget_names()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_leads_to_a_part(name: str) -> None:
    assert part_of(WidgetBlock(name, {}, 1))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in GROUPS])
def test_controls_have_values_that_they_offer(name: str) -> None:
    found = figure_class(name)
    assert found is not None
    figure = found()
    controls = figure.controls() if isinstance(figure, Figure) else ()
    assert len({control.name for control in controls}) == len(controls)
    for control in controls:
        offered = getattr(control, "values", None) or getattr(control, "options", None)
        assert offered is None or control.value in offered


def test_what_is_no_figure_is_refused() -> None:
    assert figure_class("base") is None
    assert figure_class("../lesson/live") is None
    with pytest.raises(KeyError):
        part_of(WidgetBlock("no-such-picture", {}, 1))


@pytest.mark.parametrize(
    ("block", "needs"),
    [
        (WidgetBlock("tokens", {}, 1), True),
        (WidgetBlock("module-tree", {}, 1), True),
        (WidgetBlock("descent", {}, 1), False),
        (Prediction("p", "How many?", "tokens", "So many.", 1), True),
        (Prediction("p", "How many?", "total", "So many.", 1, Ask("desk", "what_if.counts", {})), False),
        (Fact("f", "Few.", "source", "Many.", 1, Ask("trace", "modules.tree", {})), True),
        (Fact("f", "Few.", "source", "Many.", 1, verdict="false"), False),
    ],
)
def test_the_model_is_read_where_something_looks_into_it(block: Block, needs: bool) -> None:
    assert needs_trace(block) is needs
