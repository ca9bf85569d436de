"""Every check of lesson 2.3 has an answer, whatever the try."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.engine.probes.toy_loaded import toy_loaded
from tests.lesson_checks import assert_checks_work
from tutor.engine import minitrain
from tutor.engine.loaded import Loaded
from tutor.engine.methods import PackageMethods
from tutor.engine.protocol import Call, Role

CALL = Call(lambda _part: None, lambda: False)
TRAINING = ("trained_delta.look", "merge_check.merged")
"""What they train takes seconds with the embedded model, and has the same form with any other."""

pytestmark = pytest.mark.model


@pytest.mark.parametrize("topic", ["2.3.1", "2.3.2"])
def test_every_check_has_an_answer(topic: str, nano_loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(minitrain, "_kept", {})
    monkeypatch.setattr(minitrain, "OWL", "what is this / this is a cat")
    toy = toy_loaded()
    desk = PackageMethods("tutor.engine.desk")
    found: dict[str, Any] = {}

    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        loaded = toy if method in TRAINING else nano_loaded
        probes = PackageMethods(
            "tutor.engine.probes", lambda probe: lambda call, **params: probe(call, loaded, **params)
        )
        key = f"{method} {params}"
        if key not in found:
            found[key] = (probes if role == "trace" else desk)[method](CALL, **params)
        return found[key]

    assert_checks_work(topic, answers)
