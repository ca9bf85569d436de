"""The pictures of lesson 1.3.1: what they say, at every width."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.desk import lora_budget, tier_table, what_if
from tutor.engine.modules import meta_model, module_tree, parts_of
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS
from tutor.widgets.figures.lora_budget import LoraBudget
from tutor.widgets.figures.module_tree import LEVELS, ModuleTree
from tutor.widgets.figures.tier_table import TierTable
from tutor.widgets.figures.treemap import SPLITS, Treemap
from tutor.widgets.figures.what_if import WhatIf

CALL = Call(lambda _part: None, lambda: False)


def _tree(tier: str) -> dict[str, object]:
    """As the probe answers for a size without its weights."""
    architecture = TIERS[tier].architecture
    root = module_tree(meta_model(architecture))
    formula = asdict(architecture.parameters())
    return {"name": TIERS[tier].model, "tree": root.plain(), "parts": parts_of(root), "formula": formula,
            "total": root.parameters, "matches": parts_of(root) == formula, "tied": architecture.tied}  # fmt: skip


@pytest.mark.parametrize("tier", ["nano", "large"])
def test_the_tree_fits_at_every_level(tier: str) -> None:
    answer = _tree(tier)
    for level in range(1, LEVELS + 1):
        assert_fits(ModuleTree(), answer, level=level)


def test_the_tree_opens_and_says_what_is_tied() -> None:
    answer = _tree("small")
    closed, opened = drawn(ModuleTree(), answer, level=2), drawn(ModuleTree(), answer, level=5)
    assert "q_proj" not in closed
    assert "0-27  (28 alike)" in opened
    assert "1,156,055,040" in opened
    assert "8,960 × 1,536" in opened
    assert "is model.embed_tokens.weight, counted there" in closed
    assert "1,543,714,304  the same, part by part" in closed
    assert "not the same" in drawn(ModuleTree(), answer | {"matches": False})
    assert "counted there" not in drawn(ModuleTree(), _tree("medium"))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("tier", ["nano", "large"])
def test_the_map_fits(tier: str, split: str) -> None:
    assert_fits(Treemap(), _tree(tier), split=split)


def test_the_map_names_what_it_shows_and_what_it_cannot() -> None:
    drawn_map = drawn(Treemap(), _tree("nano"))
    assert "59.2 %" in drawn_map
    assert "Too small to draw: norms." in drawn_map
    assert "it is the embedding again" in drawn_map
    assert "LM head" in drawn(Treemap(), _tree("medium"))
    assert "29" in drawn(Treemap(), _tree("nano"), 120, split="layers")
    assert "gate_proj" in drawn(Treemap(), _tree("nano"), split="matrices")


def test_what_if_shows_both_models() -> None:
    answer = what_if.counts(CALL, "nano", 151_936, "untied", "one")
    assert_fits(WhatIf(), answer)
    says = drawn(WhatIf(), answer)
    assert "87,515,136" in says
    assert "+105.8 %" in says
    assert "9 query heads, 1 key/value heads" in says
    assert_fits(WhatIf(), what_if.counts(CALL, "large"))


def test_a_budget_is_kept_or_not() -> None:
    answer = lora_budget.spend(CALL, "small", "attention", 8)
    assert_fits(LoraBudget(), answer)
    assert_fits(LoraBudget(), lora_budget.spend(CALL, "large", "all seven", 64))
    assert "2,179,072 trainable: 0.141 %" in drawn(LoraBudget(), answer)
    assert "over budget" in drawn(LoraBudget(), answer, budget=1e6)
    assert "44 % spent" in drawn(LoraBudget(), answer, budget=5e6)
    assert "4.4 MB in 16 bits, 8.7 MB in 32" in drawn(LoraBudget(), answer)


def test_the_table_has_every_count() -> None:
    answer = tier_table.parts(CALL)
    for show in ("shares", "parameters"):
        assert_fits(TierTable(), answer, show=show)
    assert "32,763,876,352" in drawn(TierTable(), answer, show="parameters")
    assert drawn(TierTable(), answer).count("tied") == 3
