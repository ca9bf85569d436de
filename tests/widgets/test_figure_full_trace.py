"""The full trace on one screen: what it says, that it fits, and where its doors lead."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len

from tests.app.app_fakes import recorded_answer
from tests.widgets.figure_checks import WIDTHS, assert_fits, drawn, start_values
from tutor.course.blocks import WidgetBlock
from tutor.course.outline import load_outline
from tutor.linear.figures import LinearFigure
from tutor.linear.speech import Speech
from tutor.widgets.figures.base import View
from tutor.widgets.figures.full_trace import FullTrace

PARIS = "The capital of France is"
STRANGE = "naïve 世界 🙂\n\tx = 1 " * 5


def answer(prompt: str) -> dict[str, Any]:
    return recorded_answer("trace", "full_trace.stages", {"model": "nano", "prompt": prompt})


def doors(prompt: str, width: int = 76, layer: int = 12) -> dict[str, str]:
    """The rows by their stage."""
    found = FullTrace().doors(answer(prompt), start_values(FullTrace()) | {"layer": layer}, View(width))
    return {door.says.plain[:10].strip(): door.says.plain[10:] for door in found}


@pytest.mark.parametrize("prompt", [PARIS, STRANGE], ids=["paris", "strange"])
def test_it_fits(prompt: str) -> None:
    for layer in (0, 29, 127):
        assert_fits(FullTrace(), answer(prompt), layer=layer)
    for width in WIDTHS:
        for row in doors(prompt, width).values():
            assert cell_len(row) <= width - 10


def test_a_column_a_layer_and_where_the_guess_is_final() -> None:
    text = drawn(FullTrace(), answer(PARIS))
    guesses = next(line for line in text.splitlines() if line.startswith("guesses"))
    assert guesses.split() == ["guesses", *["·"] * 29, "●"]
    assert "would already say ·Paris" in text


def test_every_stage_in_numbers() -> None:
    rows = doors(PARIS)
    assert list(rows)[:4] == ["text", "tokenize", "ids", "embed"]
    assert list(rows)[4:8] == ["attention", "MLP", "stream", "lens"]
    assert list(rows)[8:] == ["LM head", "softmax", "sample", "decode"]
    assert rows["tokenize"].startswith("5 pieces: The ·capital ·of ·France ·is")
    assert rows["ids"].startswith("504 3575 282 4649 314")
    assert rows["softmax"].startswith("·Paris 77.1 %")
    layer = answer(PARIS)["layers"][12]
    assert f"{layer['open']:.0f} % of 1,536 gates open" in rows["MLP"]
    assert f"{layer['stream']:.1f} long" in rows["stream"]


def test_another_layer_is_another_row() -> None:
    assert doors(PARIS, layer=3)["attention"] != doors(PARIS, layer=4)["attention"]
    assert doors(PARIS, layer=127) == doors(PARIS, layer=29)


def test_every_door_leads_somewhere() -> None:
    found = FullTrace().doors(answer(PARIS), start_values(FullTrace()), View(76))
    outline = load_outline()
    for door in found:
        assert outline.topic(door.topic) is not None
        assert door.says.plain.endswith(f" {door.topic}")


def test_doors_are_read_out() -> None:
    heard = StringIO()
    speech = Speech(StringIO(), heard)
    figure = LinearFigure(
        FullTrace(), WidgetBlock("full-trace", {}, 1), speech, lambda *_: answer(PARIS), lambda: PARIS
    )
    figure.show()
    lines = heard.getvalue().splitlines()
    assert [line for line in lines if line.startswith("softmax") and line.endswith("2.1.2")]
