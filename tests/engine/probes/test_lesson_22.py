"""Every check of lesson 2.2 has an answer, whatever the try."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.lesson_checks import assert_checks_work
from tutor.engine.desk import mixing
from tutor.engine.loaded import Loaded
from tutor.engine.methods import PackageMethods
from tutor.engine.probes import mlp_facts
from tutor.engine.protocol import Call, Role

CALL = Call(lambda _part: None, lambda: False)

pytestmark = pytest.mark.model


@pytest.mark.parametrize("topic", ["2.2.1", "2.2.2", "2.2.3", "2.2.4"])
def test_every_check_has_an_answer(topic: str, nano_loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)  # on a busy machine two threads wait for each other at every small product
    monkeypatch.setattr(mixing, "STEPS", 100)  # how well things learn is tested elsewhere
    monkeypatch.setattr(mlp_facts, "STEPS", 1)
    desk = PackageMethods("tutor.engine.desk")
    probes = PackageMethods(
        "tutor.engine.probes", lambda probe: lambda call, **params: probe(call, nano_loaded, **params)
    )
    found: dict[str, Any] = {}

    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        # The signs of one fault have the form of all others; what they say is tested beside the probe.
        key = method if "fault" in params else f"{method} {params}"
        if key not in found:
            found[key] = (probes if role == "trace" else desk)[method](CALL, **params)
        return found[key]

    assert_checks_work(topic, answers)
