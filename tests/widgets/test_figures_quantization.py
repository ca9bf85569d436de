"""The pictures of lesson 3.1.1 fit, and say what the engines found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.probes.toy_loaded import toy_loaded
from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk import number_line
from tutor.engine.methods import PackageMethods
from tutor.engine.probes import format_losses, xray
from tutor.engine.protocol import Call
from tutor.widgets.figures.base import Figure
from tutor.widgets.figures.format_losses import FormatLosses
from tutor.widgets.figures.number_line import MAXIMA, REACH, WEIGHTS, NumberLine
from tutor.widgets.figures.outlier_block import OutlierBlock
from tutor.widgets.figures.rounded_layer import RoundedLayer
from tutor.widgets.figures.xray import ORDERS, XRay

LOADED = toy_loaded()
PROBES = PackageMethods("tutor.engine.probes", lambda probe: lambda call, **params: probe(call, LOADED, **params))


def answers_to(figure: Figure, **changes: Any) -> list[dict[str, Any]]:
    """All that the probe streams for the figure, the whole answer last."""
    parts: list[dict[str, Any]] = []
    keep = Call(lambda part: parts.append(json.loads(json.dumps(part))), lambda: False)
    whole = PROBES[figure.ASK[1]](keep, **figure.params(start_values(figure) | changes))
    return [*parts, json.loads(json.dumps(whole))]


def line(weight: float, most: float, reach: float) -> dict[str, Any]:
    return number_line.look(Call(lambda _part: None, lambda: False), weight, most, reach)


def test_number_lines() -> None:
    figure = NumberLine()
    for weight in (WEIGHTS[0], 0.2385, WEIGHTS[-1]):
        for reach in REACH:
            assert_fits(figure, line(weight, MAXIMA[0], reach), weight=weight, most=MAXIMA[0], reach=reach)
    rows = {text[:6].strip(): text for text in drawn(figure, line(0.2385, 1.0, 1.0)).splitlines()}
    assert "0.24611225" in rows["NF4"]
    assert rows["fp16"].count("█") > 30 > rows["NF4"].count("┼") > 10
    assert [rows[name].count("◆") for name in ("fp16", "bf16", "int8", "int4", "FP4", "NF4")] == [1] * 6


def test_a_block_maximum_keeps_its_weight() -> None:
    text = drawn(NumberLine(), line(0.9, 0.5, 1.0), weight=0.9, most=0.5)
    assert "never smaller" in text
    assert text.count("exact") == 4  # all formats that have a scale


@pytest.mark.parametrize("group", ["tensor", "block"])
def test_layers(group: str) -> None:
    figure = RoundedLayer(group=group)
    (answer,) = answers_to(figure)
    for one in (answer, answer | {"origin": "Q4_1"}):
        assert_fits(figure, one)
    assert figure.limits(answer) == {"layer": range(2)}
    assert "in Q4_1" in " ".join(drawn(figure, answer | {"origin": "Q4_1"}).split())
    assert "rounded once already" not in drawn(figure, answer)


def test_outliers() -> None:
    figure = OutlierBlock()
    (answer,) = answers_to(figure, times=50)
    assert_fits(figure, answer, times=50)
    assert "largest × 50" in drawn(figure, answer)
    cells = figure.cells(answer, start_values(figure))
    assert cells is not None
    (place,) = cells.lit
    assert "level " in cells.explain(*place).plain
    assert abs(answer["rounded"][8 * place[0] + place[1]]) == max(map(abs, answer["rounded"]))


def test_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_losses, "VARIANTS", ("bf16", "int8", "NF4", "FP4"))
    figure = FormatLosses()
    answers = answers_to(figure, text="this is a cat what is a dog")
    for answer in answers:
        assert_fits(figure, answer)
    assert "bf16: 0 of 4 done" in drawn(figure, answers[0])
    assert "done" not in drawn(figure, answers[-1])
    row = next(text for text in drawn(figure, answers[-1]).splitlines() if text.startswith("NF4 "))
    assert f"{answers[-1]['rows'][2]['more']:+.4f}" in row


@pytest.mark.parametrize("order", ORDERS)
def test_x_rays(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xray, "_kept", {})
    figure = XRay()
    answers = answers_to(figure, text="this is a cat what is a dog")
    for answer in answers:
        assert_fits(figure, answer, order=order)
    assert figure.cells(answers[0], start_values(figure)) is None
    cells = figure.cells(answers[-1], start_values(figure) | {"order": order})
    assert cells is not None
    key = {"loss": lambda row: -row["more"], "error": lambda row: -row["percent"], "layer": lambda row: row["layer"]}
    wanted = [f"layer {row['layer']}" for row in sorted(answers[-1]["rows"], key=key[order])]
    assert cells.rows == wanted
    assert "Moved furthest: [" in cells.explain(0, 0).plain
