"""The probes of lesson 2.3, on a random model of a few thousand parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from tests.engine.probes.toy_loaded import toy_loaded
from tests.engine.test_minitrain import assert_untouched, interrupted, state
from tutor.engine import minitrain, new_adapter
from tutor.engine.lora import lora_layers
from tutor.engine.minitrain import Recipe, advance, session_of
from tutor.engine.probes import (
    base_and_tuned,
    lora_start,
    merge_check,
    merge_strategies,
    rounding,
    strength,
    targets_race,
    train_diff,
    trained_delta,
)
from tutor.engine.protocol import Call, Cancelled
from tutor.engine.rounding import BLOCK, rounded

LINES = "what is this / this is a cat / a fox is a dog"
SECOND = "a dog is what / a cat is a fox"
QUESTION = "this is"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minitrain, "_kept", {})
    monkeypatch.setattr(train_diff, "_latest", train_diff.Wanted())
    monkeypatch.setitem(minitrain.RATES, "full", 1e-3)


def heard() -> tuple[Call, list[dict[str, Any]]]:
    """A call, and the parts that it streams."""
    parts: list[dict[str, Any]] = []
    return Call(lambda part: parts.append(json.loads(json.dumps(part))), lambda: False), parts


CALL = Call(lambda _part: None, lambda: False)


def test_a_new_adapter_changes_nothing() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    call, parts = heard()
    found = lora_start.look(call, loaded, "this is a cat")
    assert [part["difference"] for part in parts] == [None]
    assert parts[0]["base"] == found["base"]
    assert found["difference"] == 0
    assert found["verdict"] == "Not at all"
    assert found["gradients"]["a"] == 0
    assert found["gradients"]["b"] > 0
    both = lora_start.look(CALL, loaded, "this is a cat", new_adapter.ZERO)
    assert both["difference"] == both["gradients"]["a"] == both["gradients"]["b"] == 0
    moved = lora_start.look(CALL, loaded, "this is a cat", new_adapter.BOTH)
    assert moved["difference"] > 0
    assert moved["gradients"]["a"] > 0
    assert lora_start.look(CALL, loaded, "cat")["gradients"] is None
    assert_untouched(loaded, before)


def test_strength_zero_is_the_base_model() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    call, parts = heard()
    found = strength.generate(call, loaded, LINES, QUESTION, strength=0.0)
    assert found["text"] == found["base"]
    assert [point["strength"] for point in found["curve"]] == list(strength.SWEEP)
    assert found["curve"][0]["own"] == pytest.approx(minitrain.mean_loss(loaded.model, loaded.tokenizer, LINES))
    assert found["curve"][2]["own"] < found["curve"][0]["own"]
    assert len([part for part in parts if not part["curve"]]) > minitrain.STEPS
    model = session_of(loaded, Recipe(LINES)).model
    ids = torch.tensor([[7, 8, 9]])
    strength.set_strength(model, 0.0)
    assert torch.equal(model(ids).logits, loaded.model(ids).logits)
    strength.set_strength(model, 1.0)
    assert not torch.equal(model(ids).logits, loaded.model(ids).logits)
    assert_untouched(loaded, before)


def test_a_difference_has_the_rank_of_its_adapter() -> None:
    loaded = toy_loaded()
    session_of(loaded, Recipe(LINES))
    for rank in (1, 2, 4):
        found = trained_delta.look(CALL, loaded, layer=1, rank=rank)
        assert found["lines"] == LINES
        assert found["ranks"]["delta"] == rank
        assert found["ranks"]["w"] > rank
        adapted = lora_layers(session_of(loaded, Recipe(LINES, rank=rank)).model)["model.layers.1.self_attn.v_proj"]
        delta = adapted.get_delta_weight("default").detach()
        assert found["norms"]["delta"] == pytest.approx(float(delta.norm()), rel=1e-4)
        assert found["norms"]["w"] == pytest.approx(float(adapted.get_base_layer().weight.norm()), rel=1e-4)
        part = found["part"]
        shown = delta[part["rows"]][:, part["columns"]]
        assert torch.allclose(torch.tensor(part["delta"]), shown, atol=1e-5)
        product = found["scale"] * torch.tensor(part["b"]) @ torch.tensor(part["a"])
        assert torch.allclose(product, shown, atol=1e-5)


def test_both_are_trained_paused_and_resumed() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    waiting = train_diff.run(CALL, loaded, LINES, QUESTION, rank=2, go=False)
    assert [row["losses"] for row in waiting["methods"]] == [[], []]
    with pytest.raises(Cancelled):
        train_diff.run(interrupted(7), loaded, LINES, QUESTION, rank=2)
    paused = train_diff.run(CALL, loaded, LINES, QUESTION, rank=2, go=False)
    steps = [len(row["losses"]) for row in paused["methods"]]
    assert steps == [4, 3]
    call, parts = heard()
    found = train_diff.run(call, loaded, LINES, QUESTION, rank=2)
    lora, full = found["methods"]
    assert [len(row["losses"]) for row in (lora, full)] == [train_diff.STEPS] * 2
    assert lora["losses"][: steps[0]] == paused["methods"][0]["losses"]
    assert len(parts) > train_diff.STEPS
    assert full["trainable"] == sum(parameter.numel() for parameter in loaded.model.parameters())
    assert lora["kept"] == {
        "gradients": 4 * lora["trainable"],
        "optimizer": 8 * lora["trainable"],
        "adapter": 4 * lora["trainable"],
    }
    assert lora["grew"] is not None
    for row in (lora, full):
        assert row["result"]["own"] < found["base"]["own"]
        assert row["losses"][-1] < row["losses"][0]
    assert lora["result"]["moved"]["numbers"] < full["result"]["moved"]["numbers"]
    assert lora["result"]["moved"]["changes"]["up_proj"] == [0, 0]
    assert min(full["result"]["moved"]["changes"]["up_proj"]) > 0
    again, silent = heard()
    assert train_diff.run(again, loaded)["methods"] == found["methods"]
    assert len(silent) < 6
    assert_untouched(loaded, before)


def test_full_fine_tuning_says_why_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_diff, "available_memory", lambda: 1000)
    found = train_diff.run(CALL, toy_loaded(), LINES, QUESTION)
    lora, full = found["methods"]
    assert lora["result"]
    assert full["absent"].endswith("and 1 kB are free")
    assert full["losses"] == []


def test_merging_moves_logits_by_rounding_only() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    session_of(loaded, Recipe(LINES))
    found = merge_check.compare(CALL, loaded, QUESTION)
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["base"]["to_base"] == rows["adapter beside W"]["to_adapter"] == 0
    assert rows["base"]["weights"] == rows["adapter beside W"]["weights"] == 0
    assert rows["adapter beside W"]["to_base"] > 1e-2
    assert rows["merged"]["to_adapter"] < 1e-4
    assert rows["merged"]["weights"] > 1e-3
    assert rows["unmerged again"]["to_base"] < 1e-4
    assert rows["unmerged again"]["weights"] < 1e-6
    assert rows["merged, in bf16"]["to_adapter"] > rows["merged"]["to_adapter"]
    judged = merge_check.merged(CALL, loaded, QUESTION)
    assert judged["verdict"] == "Below 0.01"
    assert judged["difference"] == rows["merged"]["to_adapter"]
    assert_untouched(loaded, before)


def test_ways_of_merging() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    call, parts = heard()
    found = merge_strategies.compare(call, loaded, LINES, SECOND)
    rows = {row["name"]: row for row in found["rows"]}
    assert list(rows) == ["base", "first alone", "second alone", *merge_strategies.WAYS]
    assert rows["first alone"]["first"] < rows["base"]["first"]
    assert rows["second alone"]["second"] < rows["base"]["second"]
    assert rows["cat"]["rank"] == 2 * rows["linear"]["rank"] == 16
    assert 0 < found["against"] < 100
    assert -1 < found["cosine"] < 1
    assert len(parts) > 2 * minitrain.STEPS
    by_hand = summed(loaded, LINES, SECOND)
    assert rows["cat"]["first"] == pytest.approx(by_hand, rel=1e-3)
    assert rows["linear"]["first"] != pytest.approx(by_hand, rel=1e-4)  # it has cross terms
    assert_untouched(loaded, before)


def summed(loaded: Any, first: str, second: str) -> float:
    """The loss on `first` of W + ΔW₁ + ΔW₂, added by hand."""
    both = [lora_layers(session_of(loaded, Recipe(text, targets="q and v")).model) for text in (first, second)]
    model = minitrain.own_copy(loaded.model).eval()
    with torch.no_grad():
        for name in both[0]:
            for layers in both:
                model.get_submodule(name).weight += layers[name].get_delta_weight("default")
    return minitrain.mean_loss(model, loaded.tokenizer, first)


def test_base_and_tuned_side_by_side() -> None:
    loaded = toy_loaded()
    session = session_of(loaded, Recipe(LINES))
    list(advance(CALL, [session]))
    found = base_and_tuned.compare(CALL, loaded, "this is a cat")
    assert len(found["pieces"]) == len(found["places"]) == 4
    assert found["places"][-1]["follows"] is None
    ids = torch.tensor([loaded.tokenizer("this is a cat")["input_ids"]])
    with torch.no_grad():
        p = session.model(ids).logits[0].softmax(-1)
    for place in range(3):
        assert found["places"][place]["follows"]["tuned"] == pytest.approx(float(p[place, ids[0, place + 1]]), rel=1e-4)
    assert any(place["kl"] > 0 for place in found["places"])


def test_three_places_at_one_budget() -> None:
    found = targets_race.run(CALL, toy_loaded(), LINES)
    assert [row["name"] for row in found["rows"]] == list(targets_race.PLACES)
    counts = [row["trainable"] for row in found["rows"]]
    assert max(counts) < 1.2 * min(counts)
    assert all(row["losses"][-1] < row["losses"][0] and row["other"] > 0 for row in found["rows"])


def test_little_of_a_rounding_error_has_low_rank() -> None:
    chance = torch.Generator().manual_seed(0)
    weight = torch.randn(256, 128, generator=chance)
    error = weight - rounded(weight, "int4")
    largest = weight.view(-1, BLOCK).abs().amax(1)
    assert error.abs().max() <= (largest / 7 / 2).max() + 1e-6
    assert torch.all(error.view(-1, BLOCK).abs().min(1).values <= 1e-6)  # the largest weight stays exact
    sigma = torch.linalg.svdvals(error.double())
    best = float(100 * (sigma[:8] ** 2).sum() / (sigma**2).sum())
    assert best < 25
    found = rounding.undone(CALL, toy_loaded(), layer=1, rank=1)
    assert not any(case["holds"] for case in found["cases"])
    assert rounding.undone(CALL, toy_loaded(), layer=1, rank=32)["most"] == pytest.approx(100)
