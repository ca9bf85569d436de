"""What lesson 2.2 says of the feed-forward blocks of the embedded model, against the same computed apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as functional

from tutor.engine.loaded import Loaded
from tutor.engine.probes import hidden, mlp_facts
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)
TEXT = "The capital of France is"

pytestmark = pytest.mark.model


@pytest.fixture
def loaded(nano_loaded: Loaded) -> Loaded:
    torch.set_num_threads(1)  # on a busy machine two threads wait for each other at every small product
    return nano_loaded


@torch.inference_mode()
def by_hand(loaded: Loaded, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Gate and hidden values `[seq, units]`, from the vectors that enter the block."""
    seen: list[torch.Tensor] = []
    block = loaded.model.model.layers[layer]
    handle = block.post_attention_layernorm.register_forward_hook(lambda _m, _i, out: seen.append(out[0]))
    loaded.model(**loaded.tokenizer(TEXT, return_tensors="pt"))
    handle.remove()
    gate = seen[0] @ block.mlp.gate_proj.weight.T
    return gate, functional.silu(gate) * (seen[0] @ block.mlp.up_proj.weight.T)


@pytest.mark.parametrize("layer", [0, 12])
def test_hidden_values(loaded: Loaded, layer: int) -> None:
    answer = hidden.units(CALL, loaded, TEXT, layer)
    gate, values = by_hand(loaded, layer)
    assert answer["pieces"] == ["The", " capital", " of", " France", " is"]
    assert (answer["layer"], answer["units"], sum(answer["histogram"])) == (layer, 1536, values.numel())
    assert answer["closed"] == pytest.approx(100 * (gate < 0).float().mean().item(), abs=0.01)
    for unit in answer["strongest"]:
        assert unit["values"] == pytest.approx(values[:, unit["unit"]].tolist(), rel=1e-3, abs=1e-5)
    top = values[1:].abs().amax(0).topk(24).indices.tolist()
    assert [unit["unit"] for unit in answer["strongest"]] == top


def test_half_of_the_length(loaded: Loaded) -> None:
    _, values = by_hand(loaded, 12)
    counts = []
    for row in values.square():
        ordered, reached, count = sorted(row.tolist(), reverse=True), 0.0, 0
        while reached < sum(ordered) / 2:
            reached, count = reached + ordered[count], count + 1
        counts.append(count)
    share = 100 * sum(counts) / len(counts) / 1536
    assert hidden.units(CALL, loaded, TEXT, 12)["half"] == pytest.approx(share, rel=1e-3)


def test_the_histogram(loaded: Loaded) -> None:
    answer = hidden.units(CALL, loaded, TEXT, 12)
    _, values = by_hand(loaded, 12)
    scaled = values / values.square().mean(1, keepdim=True).sqrt()
    small = (scaled.abs() < 0.1).sum().item()
    assert answer["histogram"][answer["edges"].index(0.1)] == pytest.approx(small, abs=2)
    assert answer["histogram"][-1] == pytest.approx((scaled > 8).sum().item(), abs=2)


def test_a_unit_writes_what_it_adds(loaded: Loaded) -> None:
    """Adding more of the unit's column to the last vector raises the scores that are named, against the mean."""
    unit = hidden.units(CALL, loaded, TEXT, 29)["strongest"][0]
    peak = max(unit["values"][1:], key=abs)
    with torch.inference_mode():
        column = loaded.model.model.layers[29].mlp.down_proj.weight[:, unit["unit"]]
        raised = loaded.model.lm_head(column * loaded.model.model.norm.weight) * (1 if peak > 0 else -1)
    best = loaded.pieces(raised.topk(5).indices.tolist())
    worst = loaded.pieces((-raised).topk(5).indices.tolist())
    assert (unit["for"], unit["against"]) == (best, worst)


def test_a_layer_that_is_not_there_is_the_last(loaded: Loaded) -> None:
    assert hidden.units(CALL, loaded, TEXT, 63)["layer"] == 29


def test_two_matrices_are_one_until_they_bend(loaded: Loaded) -> None:
    answer = mlp_facts.linear(CALL, loaded)
    assert [case["holds"] for case in answer["cases"]] == [True, True]
    assert (answer["two"], answer["one"]) == (2 * 576 * 1536, 576 * 576)


def test_attention_looks_around_and_the_block_does_not(loaded: Loaded) -> None:
    answer = mlp_facts.gathers(CALL, loaded)
    assert [case["holds"] for case in answer["cases"]] == [True, True, False]
    assert answer["cases"][1]["value"] == "changed by 0 %"


@pytest.fixture
def weights_before(loaded: Loaded) -> Iterator[None]:
    """The model is the same afterwards."""
    before = {name: weight.sum().item() for name, weight in loaded.model.named_parameters()}
    yield
    assert {name: weight.sum().item() for name, weight in loaded.model.named_parameters()} == before


@pytest.mark.usefixtures("weights_before")
def test_both_adapters_learn(loaded: Loaded) -> None:
    answer = mlp_facts.target(CALL, loaded)
    assert answer["counts"] == {"attention": 921_600, "mlp": 950_400}
    assert answer["attention"] < answer["before"] > answer["mlp"]
    ids = loaded.tokenizer(mlp_facts.TEXT, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        assert answer["before"] == pytest.approx(loaded.model(ids, labels=ids).loss.item(), rel=1e-4)
    assert answer["cases"][0]["value"] == "75.0 %"
