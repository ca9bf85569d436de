"""Numbers that mend slogans: against the course's table of models, sacrebleu and closed forms."""

from __future__ import annotations

import math

import pytest

from tutor.engine.desk import slogan_fixes
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


def test_numbers_of_the_7b_model() -> None:
    found = slogan_fixes.numbers(CALL, "medium", 8)
    assert found["trainable"] == 5_046_272
    assert found["percent"] == pytest.approx(0.066, abs=0.001)
    assert found["nf4"] < found["qlora"] < found["bf16"]
    assert found["times"] * 2 == pytest.approx(found["from_fp32"])


def test_no_model_trains_a_hundredth_of_a_percent() -> None:
    found = slogan_fixes.hundredth(CALL)
    assert not any(case["holds"] for case in found["cases"])
    assert found["least"] == pytest.approx(min(float(case["value"].split()[0]) for case in found["cases"]), abs=0.001)


def test_a_penalty_that_grows_with_the_answer_never_punishes() -> None:
    """With all words right, BLEU is its brevity penalty: exp(1 - reference/candidate)."""
    found = slogan_fixes.brevity(CALL)
    words = len(slogan_fixes.REFERENCE.split())
    assert found["short"] == pytest.approx(100 * math.exp(1 - words / 3), abs=0.1)
    assert [case["holds"] for case in found["cases"]] == [False, False, True]


def test_the_quoted_loss_is_above_that_of_guessing() -> None:
    found = slogan_fixes.worse_than_guessing(CALL)
    assert found["guess"] == pytest.approx(11.931, abs=0.001) and not found["cases"][0]["holds"]
