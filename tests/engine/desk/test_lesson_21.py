"""Every check of lesson 2.1 has an answer, whatever the try."""

from __future__ import annotations

import pytest

from tests.lesson_checks import assert_checks_work
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)
DESK = PackageMethods("tutor.engine.desk")


@pytest.mark.parametrize("topic", ["2.1.1"])
def test_every_check_has_an_answer(topic: str) -> None:
    assert_checks_work(topic, lambda _role, method, params: DESK[method](CALL, **params))
