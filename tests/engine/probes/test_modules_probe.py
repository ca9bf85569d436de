"""The parameters of the embedded model, as lesson 1.3.1 shows them."""

from __future__ import annotations

import pytest

from tutor.engine.loaded import Loaded
from tutor.engine.probes.modules import WORDS, tree
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.model
def test_the_loaded_model_has_what_its_configuration_says(nano_loaded: Loaded) -> None:
    answer = tree(CALL, nano_loaded)
    assert answer["total"] == 134_515_008 == sum(answer["parts"].values())
    assert answer["matches"] and answer["tied"]
    assert answer["largest"] == WORDS["mlp"]
    assert sum(answer["shares"].values()) == pytest.approx(100)
    assert answer["tree"]["bytes"] == sum(p.numel() * p.element_size() for p in nano_loaded.model.parameters())
    bigger = tree(CALL, nano_loaded, tier="large")
    assert bigger["total"] == 32_763_876_352
    assert bigger["matches"] and not bigger["tied"]
