"""The pictures of topics 2.2.2 and 2.2.3 say what the desk found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call
from tutor.widgets.figures.base import Figure, View
from tutor.widgets.figures.collapse import Collapse
from tutor.widgets.figures.demo_kitchen import DemoKitchen
from tutor.widgets.figures.kitchen import Kitchen
from tutor.widgets.figures.mixing_desk import MixingDesk
from tutor.widgets.figures.recipe_fit import RecipeFit
from tutor.widgets.figures.surface import MOST, maps_content
from tutor.widgets.figures.taste_net import TasteNet
from tutor.widgets.figures.taste_test import TasteTest
from tutor.widgets.glyphs import signed_bar

CALL = Call(lambda _part: None, lambda: False)
DESK = PackageMethods("tutor.engine.desk")


def answer_to(figure: Figure, **values: Any) -> dict[str, Any]:
    """What the desk says to the figure with these controls."""
    return DESK[figure.ASK[1]](CALL, **figure.params(start_values(figure) | values))


def test_the_desk_fits() -> None:
    figure = MixingDesk()
    answer = answer_to(figure)
    for cup in ({"lemon": 0, "water": 0, "sugar": 0}, {"lemon": 10, "water": 10, "sugar": 10}):
        assert_fits(figure, answer, **cup)


def test_both_opinions_of_a_cup() -> None:
    figure = MixingDesk()
    text = drawn(figure, answer_to(figure), lemon=9, water=2, sugar=1)
    assert "together 5.3" in text  # 0.5 · 9 + 0.3 · 2 + 0.2 · 1
    rated = 5 + 5 * 0.8 * -0.8 * 0.9
    assert f"{rated:.1f}" in next(line for line in text.splitlines() if "taster " in line and "water" not in line)


def test_the_cup_is_marked_on_the_map() -> None:
    figure = MixingDesk()
    picture = figure.picture(answer_to(figure), start_values(figure) | {"lemon": 0, "sugar": 10}, View(76))
    row = next(line for line in picture.plain.splitlines() if line.startswith(" 0 "))
    assert row[3:25] == " " * 20 + "[]"


def test_as_many_maps_as_fit() -> None:
    ratings = [[float(lemon)] * (MOST + 1) for lemon in range(MOST + 1)]
    maps = {"first": ratings, "second": ratings, "third": ratings}
    titles = [maps_content(maps, width, colours=False)[0].plain.split() for width in (40, 56, 76)]
    assert titles == [["first"], ["first", "second"], ["first", "second", "third"]]
    lines = [line.plain for line in maps_content(maps, 40, colours=False)]
    assert lines[1].startswith("10 █8█8")
    assert lines[-3].startswith(" 0  0 0")


def test_recipes_fit() -> None:
    for taste in ("sweet matches sour", "the more lemon"):
        assert_fits(RecipeFit(), answer_to(RecipeFit(), taste=taste, lemon=-1.0), taste=taste)
    text = drawn(RecipeFit(), answer_to(RecipeFit()))
    assert "the best off by 1.53  0 lemon +0 water +0 sugar +5" in text


def test_nets_fit() -> None:
    answer = answer_to(TasteNet(), units=2)
    for frame in (0, 7, 20):
        assert_fits(TasteNet(), answer, frame=frame)
    first = answer | {"frames": answer["frames"][:1]}
    assert_fits(TasteNet(), first)  # what is seen while it still learns
    assert "step 210 of 600, 11 parameters" in drawn(TasteNet(), answer, frame=7)


def test_the_kitchen_fits() -> None:
    answer = answer_to(Kitchen())
    assert_fits(Kitchen(), answer)
    assert_fits(Kitchen(), answer | {"frames": answer["frames"][:1]})
    last = answer["frames"][-1]
    assert f"step 600: off by {last['seen']:.2f} where it learns, {last['unseen']:.2f} elsewhere" in drawn(
        Kitchen(), answer
    )


@pytest.mark.parametrize("activation", ["none", "ReLU", "GELU"])
def test_units_fit(activation: str) -> None:
    cups: list[dict[str, Any]] = [{"lemon": 0, "sugar": 0}, {"lemon": 10, "sugar": 0, "tart": 10}]
    for cup in cups:
        answer = answer_to(TasteTest(), activation=activation, **cup)
        assert_fits(TasteTest(), answer, activation=activation, **cup)
        text = drawn(TasteTest(), answer, activation=activation, **cup)
        assert text.count("rejected\n") == answer["rejected"]
        assert f"{answer['said']:.1f}   the taster's rule: {answer['rated']:.1f}" in text


def test_the_demo_fits() -> None:
    for number in (1, 3):
        assert_fits(DemoKitchen(), answer_to(DemoKitchen(), number=number), number=number)
    text = drawn(DemoKitchen(), answer_to(DemoKitchen()))
    assert "with it  0.286  0.288  0.281  0.285" in text
    assert "rejected" not in text


@pytest.mark.parametrize("activation", ["none", "SiLU"])
@pytest.mark.parametrize("weights", ["random", "demo"])
def test_the_collapse_fits(activation: str, weights: str) -> None:
    for units in (1, 64):
        values = {"activation": activation, "weights": weights, "units": units}
        assert_fits(Collapse(), answer_to(Collapse(), **values), **values)


def test_a_cell_is_the_sum_that_it_says() -> None:
    answer = answer_to(Collapse(), units=3)
    cells = Collapse().cells(answer, start_values(Collapse()))
    said = cells.explain(1, 2).plain
    terms, total = said.removeprefix("= ").rsplit(" = ", 1)
    worked = sum(float(a) * float(b) for a, b in (term.split("·") for term in terms.split(" + ")))
    assert float(total) == pytest.approx(worked, abs=0.05) == pytest.approx(cells.values[1][2], abs=0.05)


@pytest.mark.parametrize(("value", "drawn_"), [(2, "    ██  "), (-2, "  ██    "), (-1.5, "  ▐█    "), (0, " " * 8)])
def test_bars_around_zero(value: float, drawn_: str) -> None:
    assert signed_bar(value, 4, 4) == drawn_
