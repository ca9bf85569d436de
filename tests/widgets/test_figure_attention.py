"""The pictures of real and toy attention say what the engine found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk.attention_steps import steps
from tutor.engine.protocol import Call
from tutor.errors import UsageError
from tutor.widgets.figures.ablate_head import AblateHead
from tutor.widgets.figures.attention_map import AttentionMap, explain
from tutor.widgets.figures.attention_steps import NAMES, STEPS, AttentionSteps, rows_of
from tutor.widgets.figures.base import View
from tutor.widgets.figures.head_finder import HeadFinder
from tutor.widgets.figures.query_key import QueryKey

CALL = Call(lambda _part: None, lambda: False)
MAP: dict[str, Any] = {
    "pieces": ["The", " cat", " \x1b[31msat"], "tokens": 3,
    "layer": 2, "head": 1, "layers": 30, "heads": 9, "kv_heads": 3, "head_dim": 64,
    "weights": [[1.0], [0.25, 0.75], [0.5, 0.3, 0.2]], "dots": [[8.0], [8.0, 16.8], [8.0, 4.0, 0.6]],
    "row_sum_error": 3e-8, "future": 0.0, "recomputed": 2e-7, "share": [0, 1, 2],
}  # fmt: skip


def test_the_map_says_which_head_it_is_and_that_it_is_one() -> None:
    assert_fits(AttentionMap(), MAP)
    text = drawn(AttentionMap(), MAP)
    assert "Layer 2 of 0-29, head 1 of 0-8   keys and values shared with 0, 2" in text
    assert "✓ rows sum to 1 (±3e-08)   ✓ none looks ahead   ✓ q·k/√64 agrees (±2e-07)" in text
    cells = AttentionMap().cells(MAP, start_values(AttentionMap()))
    assert cells.values[1] == [0.25, 0.75, None]
    assert cells.scale == "share"
    assert AttentionMap().cells(MAP, {"log": "on"}).scale == "log"


def test_what_is_no_attention_is_said() -> None:
    broken = MAP | {"row_sum_error": 0.2, "future": 0.1, "recomputed": 0.5}
    text = drawn(AttentionMap(), broken, 120)
    assert "✗ rows sum to 1 (±2e-01)" in text
    assert "✗ 1.0e-01 of a row lies ahead" in text
    assert "✗ q·k/√64 agrees (±5e-01)" in text


def test_a_cell_explains_its_weight() -> None:
    assert (
        explain(MAP, 1, 1).plain == "0.750:  q·k = 16.80,  /√64 = 2.10,  e^(2.10 − 2.10) = 1.000  of 1.333 in the row"
    )
    faint = MAP | {"weights": [[1.0], [2e-5, 1.0]]}
    assert explain(faint, 1, 0).plain.startswith("2.0e-05:")
    assert explain(MAP, 0, 2).plain == "no weight: it comes later, and the mask hides it"
    mean = {key: value for key, value in MAP.items() if key not in ("dots", "recomputed", "share")}
    mean |= {"head": -1, "low": [[1.0], [0.0, 0.5], [0.1] * 3], "high": [[1.0], [0.5, 1.0], [0.9] * 3]}
    assert explain(mean, 1, 0).plain == "0.250: the mean; its heads give from 0.000 to 0.500"
    assert_fits(AttentionMap(), mean)
    assert "the mean of heads 0-8" in drawn(AttentionMap(), mean)


def test_limits_are_those_of_the_model() -> None:
    assert AttentionMap().limits(MAP) == {"layer": range(30), "head": range(-1, 9)}
    assert QueryKey().limits(MAP)["token"] == range(1, 4)


@pytest.mark.parametrize("token", [1, 3, 128])
def test_one_token_asks(token: int) -> None:
    assert_fits(QueryKey(), MAP, token=token)
    long = MAP | {
        "tokens": 40, "pieces": [f" word{n}" for n in range(40)],
        "weights": [[1 / (n + 1)] * (n + 1) for n in range(40)],
        "dots": [[float(m) for m in range(n + 1)] for n in range(40)],
    }  # fmt: skip
    assert_fits(QueryKey(), long, token=token)
    assert "and 0.600 on the 24 tokens before these" in drawn(QueryKey(), long, token=128)


def test_heads_by_habit() -> None:
    table = [[0.1, 0.2], [0.9, 0.4], [0.3, 0.0]]
    names = ("previous", "first", "induction", "entropy")
    best = [{"layer": 1, "head": 0, "score": 0.9}, {"layer": 1, "head": 1, "score": 0.4}]
    answer = {"scores": dict.fromkeys(names, table), "best": dict.fromkeys(names, best)}
    for habit in ("previous token", "entropy"):
        assert_fits(HeadFinder(), answer, habit=habit)
    assert "induction       1.0 0.90   1.1 0.40" in drawn(HeadFinder(), answer)
    cells = HeadFinder().cells(answer, start_values(HeadFinder()))
    assert cells.values[0] == [0.1, 0.9, 0.3]
    assert cells.explain(1, 2).plain.startswith("previous token 0.00,  first token 0.00")


def test_ablation_fills_up() -> None:
    answer: dict[str, Any] = {"loss": 3.0, "change": [[None, None], [0.5, -0.01]], "done": 2, "all": 4, "tokens": 7}
    assert_fits(AblateHead(), answer)
    text = drawn(AblateHead(), answer)
    assert "3.000 nats/token with all heads, over 7 tokens" in text
    assert "Without (layer.head):  1.0 +0.50   1.1 -0.01" in text
    assert "2 of 4 heads silenced so far" in text
    cells = AblateHead().cells(answer, {})
    assert cells.explain(0, 0).plain == "not silenced yet"
    assert cells.explain(0, 1).plain == "+0.5000 nats/token:  3.0000 with it,  3.5000 without"
    whole = answer | {"change": [[0.1, 0.0], [0.5, -0.01]], "done": 4}
    assert "without 1 of them the loss is lower" in drawn(AblateHead(), whole)


ALL = ("scale", "mask", "softmax", "heads", "rope", "weights", "x")


def toy(**values: Any) -> dict[str, Any]:
    """The engine's answer with these controls."""
    figure = AttentionSteps(ALL)
    found: dict[str, Any] = json.loads(json.dumps(steps(CALL, **figure.params(start_values(figure) | values))))
    return found


@pytest.mark.parametrize("values", [{}, {"rope": "on"}, {"heads": 2, "shared": "on"}, {"mask": "off", "softmax": "off"},
                                    {"x": "1 2 3 -4 / 1 0 0 0 / .5 .5 .5 .5 / 9 9 9 9"}], ids=str)  # fmt: skip
def test_every_step_fits_and_explains_itself(values: dict[str, Any]) -> None:
    answer = toy(**values)
    for step in range(len(STEPS)):
        assert_fits(AttentionSteps(ALL), answer, step=step, cell=(9, 9), **values)


def test_the_row_and_the_column_of_a_cell_are_lit() -> None:
    figure, answer = AttentionSteps(), toy()
    step = next(number for number, name in NAMES.items() if name == "S")
    picture = figure.picture(answer, {"step": step, "cell": (1, 0)}, View(76))
    lit = [picture.plain[span.start : span.end] for span in picture.spans if str(span.style).startswith("bold auto")]
    assert "".join(lit).split() == ["0.50", "0.10", "0.50", "0.40", "0.05", "0.00", "0.25", "0.10"]
    cells = figure.cells(answer, {"step": step})
    assert cells.explain(1, 0).plain == "0.155  = 0.1·0.5 + 0.5·0 + 0.4·0.25 + 0.05·0.1"


def test_cells_of_every_kind_explain_themselves() -> None:
    answer = toy(rope="on", weights="different")
    says = {}
    for step, name in NAMES.items():
        says[name] = AttentionSteps().cells(answer, {"step": step}).explain(2, 0).plain
    assert says["X"].endswith("given")
    assert says["Qr"].endswith("position 2")
    assert says["S/√d"].endswith("/ √4")
    assert says["M"].endswith("kept: it comes before, or is the token itself")
    assert "powers of e" in says["A"]
    assert "(−" in says["Q"]  # a negative factor in brackets
    assert AttentionSteps().cells(answer, {"step": 8}).explain(0, 2).plain == "−∞  hidden: it comes later"


def test_steps_without_rotation_are_left_out() -> None:
    assert AttentionSteps().limits(toy())["step"] == [0, 1, 2, 3, 6, 7, 8, 9, 10]
    assert len(AttentionSteps().limits(toy(rope="on"))["step"]) == len(STEPS)


def test_what_cannot_be_read_is_refused_by_the_engine() -> None:
    assert rows_of("1 .5 / 2 x") == [[1.0, 0.5], [2.0, "x"]]
    for text in ("1 2", "a b c d", ""):
        with pytest.raises(UsageError):
            toy(x=text)


def test_the_verdict_of_pytorch() -> None:
    assert "scaled_dot_product_attention agrees" in drawn(AttentionSteps(), toy(), step=10)
    assert "does not agree: off by at most 0.5" in drawn(AttentionSteps(), toy(scale="off", mask="off"), step=10)
    assert "row sums: 0.6725  0.88  0.975" in drawn(
        AttentionSteps(), toy(scale="off", mask="off", softmax="off"), step=9
    )
    assert "A: switched off, so nothing changes" in drawn(AttentionSteps(), toy(softmax="off"), step=9)
