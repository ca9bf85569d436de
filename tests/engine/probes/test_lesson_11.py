"""Every check of lesson 1.1 has an answer, whatever the try."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lesson_checks import assert_checks_work
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call
from tutor.engine.trace import Tracer

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.model
@pytest.mark.parametrize("topic", ["1.1.1", "1.1.2"])
def test_every_check_has_an_answer(topic: str, nano_home: Path) -> None:
    roles = {"desk": PackageMethods("tutor.engine.desk"), "trace": Tracer().methods()}

    def answers(role: str, method: str, params: dict[str, object]) -> object:
        model = {"model": "nano"} if role == "trace" else {}
        return roles[role][method](CALL, **model, **params)

    assert_checks_work(topic, answers)
