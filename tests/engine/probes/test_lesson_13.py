"""Every check of lesson 1.3 has an answer, whatever the try."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lesson_checks import assert_checks_work
from tutor.engine.loaded import Loaded
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call, Role

CALL = Call(lambda _part: None, lambda: False)
DESK, PROBES = PackageMethods("tutor.engine.desk"), PackageMethods("tutor.engine.probes")


@pytest.mark.model
@pytest.mark.parametrize("topic", ["1.3.1", "1.3.2", "1.3.3"])
def test_every_check_has_an_answer(topic: str, nano_loaded: Loaded) -> None:
    def answer(role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return DESK[method](CALL, **params) if role == "desk" else PROBES[method](CALL, nano_loaded, **params)

    assert_checks_work(topic, answer)
