"""The full trace of topic 2.2.4, and what is asked about it, against passes of the model made another way."""

from __future__ import annotations

import pytest
import torch

from tutor.engine.loaded import Loaded
from tutor.engine.probes import checkup, full_trace, review
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)
TEXT = "The capital of France is"
LAYER = 12

pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """On a busy machine two threads wait for each other at every small product."""
    torch.set_num_threads(1)


def test_stages_are_those_of_the_model(nano_loaded: Loaded) -> None:
    answer = full_trace.stages(CALL, nano_loaded, TEXT)
    model = nano_loaded.model
    ids = nano_loaded.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        output = model(ids, output_hidden_states=True)
    states = output.hidden_states
    assert answer["ids"] == ids[0].tolist()
    assert answer["embedded"] == pytest.approx(states[0][0, -1].norm().item(), rel=1e-5)
    assert answer["layers"][LAYER]["stream"] == pytest.approx(states[LAYER + 1][0, -1].norm().item(), rel=1e-4)
    probabilities = output.logits[0, -1].softmax(-1)
    assert [one["p"] for one in answer["top"]] == pytest.approx(probabilities.topk(3).values.tolist(), rel=1e-4)
    assert answer["top"][0]["logit"] == pytest.approx(output.logits[0, -1].max().item(), rel=1e-5)
    assert answer["entropy"] == pytest.approx(torch.special.entr(probabilities).sum().item(), rel=1e-4)
    assert answer["after"] == TEXT + answer["drawn"]


def test_the_inside_of_a_layer(nano_loaded: Loaded) -> None:
    answer = full_trace.stages(CALL, nano_loaded, TEXT)["layers"][LAYER]
    model = nano_loaded.model
    ids = nano_loaded.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    layer = model.model.layers[LAYER]
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        output = model(ids, output_hidden_states=True, output_attentions=True)
        weights = output.attentions[LAYER][0, :, -1].mean(0)
        before = output.hidden_states[LAYER][0]
        guess = model.lm_head(model.model.norm(output.hidden_states[LAYER + 1][0, -1])).softmax(-1).max(-1)
    model.set_attn_implementation("sdpa")
    assert [look["share"] for look in answer["looks"]] == pytest.approx(weights.topk(3).values.tolist(), rel=1e-4)
    assert answer["looks"][0]["piece"] == nano_loaded.pieces(ids[0].tolist())[int(weights.argmax())]
    with torch.inference_mode():
        rotation = model.model.rotary_emb(before[None], torch.arange(len(before))[None])
        attended = layer.self_attn(layer.input_layernorm(before[None]), rotation, None)[0]
        normed = layer.post_attention_layernorm(before + attended[0])[-1]
        gates = layer.mlp.gate_proj(normed)
        mlp = layer.mlp(normed)
    assert answer["attention"] == pytest.approx(attended[0, -1].norm().item(), rel=1e-3)
    assert answer["mlp"] == pytest.approx(mlp.norm().item(), rel=1e-3)
    assert answer["open"] == pytest.approx(100 * (gates > 0).float().mean().item(), abs=0.2)
    assert answer["guess"]["piece"] == nano_loaded.pieces([int(guess.indices)])[0]
    assert answer["guess"]["p"] == pytest.approx(guess.values.item(), rel=1e-3)


def test_where_the_guess_settles(nano_loaded: Loaded) -> None:
    answer = full_trace.stages(CALL, nano_loaded, "To be or not to")
    guesses = [layer["guess"]["piece"] for layer in answer["layers"]]
    settled = answer["settled"]
    assert set(guesses[settled:]) == {answer["top"][0]["piece"]} == {" be"}
    assert guesses[settled - 1] != " be"


def test_shapes_are_those_of_tensors(nano_loaded: Loaded) -> None:
    answer = review.shapes(CALL, nano_loaded, TEXT)
    found = [answer[name] for name in ("ids", "stream", "attention", "hidden", "logits")]
    assert found == ["[5]", "[5, 576]", "[9, 5, 5]", "[5, 1536]", "[49152]"]


@pytest.mark.parametrize("place", [0, 3])
def test_nobody_looks_ahead(nano_loaded: Loaded, place: int) -> None:
    answer = review.looks(CALL, nano_loaded, "One two three four five six", place, 10)
    assert answer["piece"] == answer["pieces"][place]
    assert answer["sees"] == [1] * (place + 1) + [0] * (5 - place)


def test_pieces_are_counted(nano_loaded: Loaded) -> None:
    texts = ["hello world", "12345678"]
    answer = review.pieces(CALL, nano_loaded, texts)
    assert answer["counts"] == [len(nano_loaded.tokenizer.encode(text)) for text in texts] == [2, 8]


def test_the_stream_at_some_depths(nano_loaded: Loaded) -> None:
    answer = review.grows(CALL, nano_loaded, TEXT)
    whole = full_trace.stages(CALL, nano_loaded, TEXT)
    assert answer["at"] == [0, 10, 20, 30]
    lengths = [whole["embedded"], *(whole["layers"][layer - 1]["stream"] for layer in answer["at"][1:])]
    assert answer["length"] == pytest.approx(lengths, rel=1e-4)
    assert answer["p"][-1] == pytest.approx(100 * whole["top"][0]["p"], rel=1e-3)


@pytest.mark.parametrize(
    ("fault", "sign"),
    [("activation", "the lowest gate after its bend"), ("residual", "a layer's input is still in its output")],
)
def test_a_fault_moves_its_sign(nano_loaded: Loaded, fault: str, sign: str) -> None:
    lines = checkup.evidence(CALL, nano_loaded, fault, "One two three four")["evidence"]
    found = dict(line.split(": ", 1) for line in lines)
    assert "(sound: " in found[sign]
    assert found["an earlier word changes with a later one"] == "no"
    assert found["attention feels the order of words"] == "yes"
    assert found["layers passed"] == "30"


def test_a_layer_is_more_than_its_weights(nano_loaded: Loaded) -> None:
    answer = checkup.needed(CALL, nano_loaded)
    assert [case["holds"] for case in answer["cases"]] == [True, False, False]
    ids = nano_loaded.tokenizer(checkup.TEXT, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        assert answer["loss"] == pytest.approx(nano_loaded.model(ids, labels=ids).loss.item(), rel=1e-4)
    assert answer["share"] == pytest.approx(100 * 35_136 / 106_203_456, rel=1e-6)
