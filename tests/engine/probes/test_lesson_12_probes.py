"""What lesson 1.2 asks of a model: losses, writing against reading, and how many reductions there are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.probes.toy_loaded import toy_loaded
from tutor.engine.architecture import reductions_of
from tutor.engine.loaded import Loaded
from tutor.engine.probes import reductions
from tutor.engine.probes.own_loss import losses
from tutor.engine.probes.reductions import shares
from tutor.engine.probes.train_vs_generate import timeline
from tutor.engine.protocol import Call, Cancelled
from tutor.engine.tiers import TIERS
from tutor.engine.trace import Tracer
from tutor.errors import UsageError

CALL = Call(lambda _part: None, lambda: False)
STOPPED = Call(lambda _part: None, lambda: True)
TEXT = "The capital of France is Paris."


@pytest.fixture(scope="module")
def nano(nano_store: Path) -> Loaded:
    """The embedded model."""
    return Tracer()._load(str(nano_store / "nano"))


@pytest.mark.model
def test_the_loss_is_the_library_s(nano: Loaded) -> None:
    answer = losses(CALL, nano, TEXT)
    ids = torch.tensor([nano.tokenizer(TEXT)["input_ids"]])
    with torch.no_grad():
        theirs = nano.model(ids, labels=ids).loss.item()
    assert answer["loss"] == pytest.approx(theirs, rel=1e-4)
    assert answer["perplexity"] == pytest.approx(math.exp(theirs), rel=1e-3)
    assert answer["first"] + "".join(token["piece"] for token in answer["tokens"]) == TEXT
    assert all(token["p"] == pytest.approx(math.exp(-token["loss"])) for token in answer["tokens"])


@pytest.mark.model
def test_a_trained_model_is_far_below_guessing_and_its_twin_is_not(nano: Loaded) -> None:
    answer = losses(CALL, nano, TEXT)
    assert answer["uniform"] == pytest.approx(10.80, abs=5e-3)
    assert answer["twin_loss"] == pytest.approx(answer["uniform"], abs=0.3)
    assert answer["loss"] < answer["uniform"] / 2


@pytest.mark.model
def test_reductions_are_counted_while_the_model_runs(nano: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reductions, "REPEATS", 1)
    answer = shares(CALL, nano, TEXT)
    assert answer["counted"] == reductions_of(nano.architecture) == {"norms": 61, "softmaxes": 31, "total": 92}
    for passed in answer["passes"].values():
        assert sum(passed.values()) == pytest.approx(1)
        assert all(share >= 0 for share in passed.values())
        assert passed["matrix products"] > passed["softmax"]
    assert nano.model.config._attn_implementation == "sdpa"


def test_reductions_of_the_tiers() -> None:
    totals = {name: reductions_of(tier.architecture)["total"] for name, tier in TIERS.items()}
    assert totals == {"nano": 92, "tiny": 74, "small": 86, "medium": 86, "large": 194}
    assert reductions_of(TIERS["small"].architecture)["norms"] == 57


@pytest.mark.parametrize(
    ("cache", "ways"), [("kept", ["cached"]), ("dropped", ["uncached"]), ("both", ["cached", "uncached"])]
)
def test_writing_and_reading_give_the_same_logits(cache: str, ways: list[str]) -> None:
    parts: list[dict[str, Any]] = []
    answer = timeline(Call(parts.append, lambda: False), toy_loaded(), "what is this", tokens=5, cache=cache, batch=2)
    assert list(answer["ways"]) == ways
    for way in answer["ways"].values():
        assert len(way["steps"]) == 5
        assert way["per_second"] == pytest.approx(2 * 5 / sum(way["steps"]))
    assert answer["difference"] < 1e-5
    assert set(answer["training"]) == {"forward", "backward", "update"}
    assert answer["ceiling"] == pytest.approx(2 * answer["bandwidth"] / answer["bytes"])
    assert all(set(part) == set(answer) for part in parts)


def test_one_token_is_no_text_to_predict() -> None:
    with pytest.raises(UsageError, match="single token"):
        losses(CALL, toy_loaded(), "cat")


@pytest.mark.parametrize("probe", [losses, shares, timeline])
def test_probes_stop_when_nobody_waits(probe: Any) -> None:
    with pytest.raises(Cancelled):
        probe(STOPPED, toy_loaded(), "what is this cat")
