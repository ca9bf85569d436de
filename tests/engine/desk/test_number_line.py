"""The desk's number lines and claims about bits, against published figures."""

from __future__ import annotations

import pytest

from tutor.engine.desk import number_line, rounding_claims
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


def test_what_is_shown_of_each_format() -> None:
    found = {row["name"]: row for row in number_line.look(CALL, 0.2385, 1.0, 1.0)["formats"]}
    assert {name: row["shown"] for name, row in found.items() if row["values"]} == {
        "int8": 255, "int4": 15, "FP4": 15, "NF4": 16,
    }  # fmt: skip
    assert found["bf16"]["shown"] > 30_000
    assert found["NF4"]["error"] == pytest.approx(0.24611 - 0.2385, abs=1e-5)
    near = number_line.look(CALL, 0.2385, 1.0, 0.001)
    assert (near["low"], near["high"]) == pytest.approx((0.2375, 0.2395))
    assert 0 < len(near["formats"][1]["values"]) < 5


def test_a_maximum_is_never_below_the_weight() -> None:
    assert number_line.look(CALL, -0.9, 0.5)["most"] == 0.9


def test_no_format_rounds_to_decimal_digits() -> None:
    assert not any(case["holds"] for case in number_line.decimal_claim(CALL)["cases"])
    exact = number_line.decimal_claim(CALL, weight=0.5)["cases"]
    assert [case["holds"] for case in exact[:2]] == [True, True]


def test_percentages_of_random_weights() -> None:
    found = rounding_claims.percentages(CALL)
    # Measured on normally distributed weights: int8 0.79 % on rows of 1024, NF4 9.2 %, FP4 12.2 %.
    assert found["errors"]["int8"] == pytest.approx(0.79, abs=0.08)
    assert found["errors"]["NF4"] == pytest.approx(9.2, abs=0.2)
    assert found["errors"]["FP4"] == pytest.approx(12.2, abs=0.3)
    assert [case["holds"] for case in found["cases"]] == [False, True, False, False]
