"""The five panels of one model say what each of them says alone, and stream in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.desk import memory, panels, rank, tier_table
from tutor.engine.protocol import Call
from tutor.widgets.figures.core_panels import CorePanels

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.model
def test_all_panels_of_the_embedded_model(nano_home: Path) -> None:
    parts: list[dict[str, Any]] = []
    answer = panels.linked(Call(lambda part: parts.append(dict(part)), lambda: False), "nano", 16, "8")
    assert [set(part) - {"source"} for part in parts] == [
        {"parts", "memory", "rank"}, {"parts", "memory", "rank", "descent"},
    ]  # fmt: skip
    assert answer["parts"] == tier_table.part(CALL, "nano")
    assert answer["memory"]["modes"] == memory.plans(CALL, "nano", "8", rank=16)["modes"]
    assert answer["rank"] == rank.factors(CALL, 576, 16)
    with safe_open(nano_home / "models/nano/model.safetensors", framework="pt") as tensors:
        weight = tensors.get_tensor("model.layers.15.self_attn.q_proj.weight").float().numpy()
    energy = np.linalg.svd(weight, compute_uv=False) ** 2
    spectrum = answer["spectrum"]
    assert spectrum["kept"][spectrum["ranks"].index(16)] == pytest.approx(
        100 * energy[:16].sum() / energy.sum(), abs=1e-3
    )
    for answered in (*parts, answer):
        assert_fits(CorePanels(), answered, r=16, step=3)
    text = drawn(CorePanels(), answer, r=16)
    for said in ("134,515,008", "331,776 → 18,432", "rank 16 keeps", "fits"):
        assert said in text


def test_a_model_that_is_not_here_says_so(home: Path) -> None:
    answer = panels.linked(CALL, "large")
    assert "has not been imported" in answer["spectrum"]["absent"]
    assert_fits(CorePanels(), answer, tier="large")
    assert "has not been imported" in drawn(CorePanels(), answer, tier="large")
