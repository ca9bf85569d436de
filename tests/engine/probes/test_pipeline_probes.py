"""What lesson 1.3.2 computes with the embedded model: faults and their signs, entropy, and three slogans."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from tutor.engine.loaded import Loaded
from tutor.engine.probes import diagnosis, entropy, pipeline_facts
from tutor.engine.protocol import Call, Cancelled
from tutor.errors import UsageError

pytestmark = pytest.mark.model

CALL = Call(lambda _part: None, lambda: False)

# For each fault the signs that differ, in the order of the steps; entropy and next piece always do.
SIGNS = {
    "tokenizer": {"ids", "read back"},
    "shift": {"ids", "read back"},
    "range": {"ids", "read back", "then"},
    "mask": {"sees ahead"},
    "rope": {"order counts"},
    "norm": {"size at head"},
}


def _differing(loaded: Loaded, prompt: str, fault: str) -> set[str]:
    rows = diagnosis.compare(CALL, loaded, prompt, fault)["rows"]
    return {row["sign"] for row in rows if row["differs"]} - {"entropy", "next piece"}


@pytest.mark.parametrize("fault", SIGNS)
def test_each_fault_moves_its_own_signs(nano_loaded: Loaded, fault: str) -> None:
    assert _differing(nano_loaded, diagnosis.SENTENCE, fault) == SIGNS[fault]


def test_a_sound_pipeline_shows_no_sign_and_is_left_as_it_was(nano_loaded: Loaded) -> None:
    answer = diagnosis.compare(CALL, nano_loaded, "The capital of France is", "none")
    assert not any(row["differs"] for row in answer["rows"])
    assert answer["top"]["sound"] == answer["top"]["broken"]
    assert answer["top"]["sound"][0]["piece"] == " Paris"
    assert [row["sound"] for row in answer["rows"]][2:4] == ["yes", "no"]


def test_the_shifted_ids_are_the_neighbours(nano_loaded: Loaded) -> None:
    rows = diagnosis.compare(CALL, nano_loaded, "The capital", "shift")["rows"]
    ids = nano_loaded.tokenizer("The capital")["input_ids"]
    assert rows[0]["broken"] == f"{len(ids)}, the last {ids[-1] + 1:,}"
    assert rows[1]["broken"] == nano_loaded.tokenizer.decode([token + 1 for token in ids])


def test_an_id_too_large_is_an_error_of_the_embedding(nano_loaded: Loaded) -> None:
    found = diagnosis.evidence(CALL, nano_loaded, "range")["evidence"]
    assert found[0].endswith(diagnosis.SENTENCE)
    assert any("IndexError" in line for line in found)
    assert not any(line.startswith("entropy") for line in found)


def test_limits_of_a_diagnosis(nano_loaded: Loaded) -> None:
    with pytest.raises(UsageError, match="0 tokens"):
        diagnosis.compare(CALL, nano_loaded, "")
    with pytest.raises(UsageError, match="at most"):
        diagnosis.compare(CALL, nano_loaded, "word " * 100)
    assert diagnosis.compare(CALL, nano_loaded, "Hi", "rope")["rows"][2]["broken"] == "too short to tell"
    with pytest.raises(Cancelled):
        diagnosis.compare(Call(lambda _part: None, lambda: True), nano_loaded, "Hi there")


def test_entropy_is_torchs_at_every_temperature(nano_loaded: Loaded) -> None:
    answer = entropy.curve(CALL, nano_loaded, "The capital of France is")
    ids = torch.tensor([nano_loaded.tokenizer("The capital of France is")["input_ids"]])
    with torch.inference_mode():
        logits = nano_loaded.model(ids, use_cache=False).logits[0, -1].double()
    assert answer["points"][0] == {"temperature": 0, "entropy": 0, "choices": 1, "likeliest": 100}
    for point in answer["points"][1::6]:
        same: Any = torch.distributions.Categorical(logits=logits / point["temperature"])
        assert point["entropy"] == pytest.approx(same.entropy().item(), abs=1e-4)
        assert point["likeliest"] == pytest.approx(100 * same.probs.max().item(), rel=1e-4)
        assert point["choices"] == pytest.approx(math.exp(point["entropy"]))
    entropies = [point["entropy"] for point in answer["points"]]
    assert entropies == sorted(entropies)
    assert answer["most"] == pytest.approx(math.log(49_152))
    with pytest.raises(UsageError):
        entropy.curve(CALL, nano_loaded, "")


def test_softmax_alone_is_not_the_models_attention(nano_loaded: Loaded) -> None:
    answer = pipeline_facts.bare_softmax(CALL, nano_loaded)
    assert [case["holds"] for case in answer["cases"]] == [False, True]
    assert answer["off"]["whole"] < 1e-4 < 0.5 < answer["off"]["bare"]
    assert answer["heads"] == 270
    # The rows that the course's demo prints, and the same with scale and mask, worked out apart with NumPy.
    assert answer["toy"]["bare"] == pytest.approx([0.3668, 0.3103, 0.3229], abs=1e-4)
    assert answer["toy"]["scaled"] == pytest.approx([0.3499, 0.3218, 0.3283], abs=1e-4)
    assert answer["toy"]["masked"] == [1, 0, 0]


def test_neither_body_nor_embedding_can_be_spared(nano_loaded: Loaded) -> None:
    answer = pipeline_facts.needed_parts(CALL, nano_loaded)
    loss = answer["loss"]
    assert loss["whole"] < 3 < 8 < loss["shuffled"] < loss["bodiless"]
    assert loss["guess"] == pytest.approx(math.log(49_152))
    assert [case["holds"] for case in answer["cases"]] == [True, False]
    ids = torch.tensor([nano_loaded.tokenizer(pipeline_facts.TEXT)["input_ids"]])
    with torch.inference_mode():
        theirs = nano_loaded.model(ids, labels=ids).loss.item()
    assert loss["whole"] == pytest.approx(theirs, rel=1e-4)


def test_reductions_are_counted_in_both_models(nano_loaded: Loaded) -> None:
    answer = pipeline_facts.reductions(CALL, nano_loaded)
    assert answer["small"] == {"norms": 57, "softmaxes": 28, "total": 86}
    assert answer["here"] == {"norms": 61, "softmaxes": 30, "total": 92}
    assert [case["holds"] for case in answer["cases"]] == [False]
    assert nano_loaded.model.config._attn_implementation != "eager"
