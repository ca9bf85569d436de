"""Shapes and arithmetic of a pass against PyTorch's own counter, and mistakes that PyTorch must refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.engine import tiny_llama
from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.architecture import Architecture
from tutor.engine.attention import eager
from tutor.engine.loaded import Loaded
from tutor.engine.probes import broken_shapes, shape_trace
from tutor.engine.protocol import Call, Cancelled
from tutor.errors import UsageError
from tutor.widgets.figures.shape_tracer import ShapeTracer

CALL = Call(lambda _part: None, lambda: False)
PROMPT = "what is this a cat"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """A random model of two layers, 4 query heads over 2 for keys and values."""
    model = tiny_llama.model(num_key_value_heads=2).eval()
    architecture = Architecture.from_config(model.config.to_dict())
    return Loaded(Path("tiny"), {"name": "tiny", "dtype": "float32"}, architecture, model, tiny_llama.tokenizer())


@pytest.mark.parametrize("tokens", [1, 7, 50])
def test_arithmetic_is_what_pytorch_counts(loaded: Loaded, tokens: int) -> None:
    seen = shape_trace.record(loaded.model, list(range(2, 2 + tokens)))
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), eager(loaded.model), counter:
        loaded.model(torch.arange(2, 2 + tokens)[None], use_cache=False)
    counted = counter.get_flop_counts()["Global"]
    assert shape_trace.total_flops(seen, 2) == sum(counted.values())


def test_shapes_are_those_of_the_architecture(loaded: Loaded) -> None:
    answer = shape_trace.stages(CALL, loaded, PROMPT, 4)
    own = loaded.architecture
    shapes = {stage["name"]: stage["shape"] for stage in answer["stages"]}
    first, tokens = answer["tokens"]
    assert tokens == 4 * first
    assert shapes == {
        "ids": [tokens], "embed": [tokens, own.hidden], "q": [tokens, own.q_width], "k": [tokens, own.kv_width],
        "v": [tokens, own.kv_width], "scores": [own.heads, tokens, tokens], "mix": [tokens, own.q_width],
        "o": [tokens, own.hidden], "gate": [tokens, own.intermediate], "up": [tokens, own.intermediate],
        "down": [tokens, own.hidden], "logits": [tokens, own.vocab],
    }  # fmt: skip
    grew = {stage["name"]: (stage["bytes_grew"], stage["flops_grew"]) for stage in answer["stages"]}
    assert grew.pop("scores") == (16, 16)
    assert grew.pop("mix") == (4, 16)
    assert grew.pop("ids") == grew.pop("embed") == (4, None)
    assert set(grew.values()) == {(4, 4)}
    assert answer["stages"][5]["bytes"] == own.heads * tokens**2 * 4
    assert answer["busiest"] == "gate"


def test_the_model_is_left_as_it_was(loaded: Loaded) -> None:
    before = loaded.model.config._attn_implementation
    shape_trace.stages(CALL, loaded, PROMPT)
    assert loaded.model.config._attn_implementation == before
    assert not any(module._forward_hooks for module in loaded.model.modules())


def test_long_texts_are_cut_and_empty_ones_refused(loaded: Loaded) -> None:
    assert shape_trace.stages(CALL, loaded, PROMPT, 200)["tokens"][1] == shape_trace.MAX_TOKENS
    with pytest.raises(UsageError, match="no tokens"):
        shape_trace.stages(CALL, loaded, "")
    with pytest.raises(Cancelled):
        shape_trace.stages(Call(lambda _part: None, lambda: True), loaded, PROMPT)


@pytest.mark.parametrize("times", [1, 8])
def test_the_picture(loaded: Loaded, times: int) -> None:
    answer = shape_trace.stages(CALL, loaded, PROMPT, times)
    assert_fits(ShapeTracer(), answer, times=times)
    text = drawn(ShapeTracer(), answer, times=times)
    assert ("×64" in text) is (times == 8)
    assert "each of 2 layers" in text


@pytest.mark.parametrize("fault", broken_shapes.FAULTS)
def test_every_mistake_is_refused_by_pytorch(loaded: Loaded, fault: str) -> None:
    evidence: Any = broken_shapes.run(CALL, loaded, fault, PROMPT)["evidence"]
    assert len(evidence) == 4
    assert "RuntimeError: " in evidence[-1]
    assert "no error" not in evidence[-1]
