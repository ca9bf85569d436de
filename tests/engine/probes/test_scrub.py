"""Answers at every checkpoint: those of the model as it was then, and the loaded model as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tests.engine.probes.toy_loaded import toy_loaded
from tutor.engine import checkpoint
from tutor.engine.chatdata import prompt_ids
from tutor.engine.loaded import Loaded
from tutor.engine.lora import save_adapter
from tutor.engine.probes.scrub import look
from tutor.engine.protocol import Call, Cancelled

PROMPTS = ["what is this", "fox"]
SAVED = (3, 6, 9)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Any]]:
    """A run of 12 steps with three checkpoints, and what it would have said next at each stop."""
    path = tmp_path_factory.mktemp("run")
    training = tiny_llama.training(dropout=0.0, lr=5e-2)
    said = {0: _next(training.model)}
    for step in training:
        if step.number in SAVED:
            checkpoint.save(path / "checkpoints", training)
            said[step.number] = _next(training.model)
    said[12] = _next(training.model)
    save_adapter(training.model, path / "adapter")
    return path, said


def _next(model: Any) -> list[torch.Tensor]:
    model.eval()
    ids = [prompt_ids(tiny_llama.tokenizer(), [{"role": "user", "content": prompt}]) for prompt in PROMPTS]
    with torch.no_grad():
        return [model(torch.tensor([each])).logits[0, -1].softmax(-1) for each in ids]


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return toy_loaded()


def test_every_stop_is_the_model_of_that_step(run: tuple[Path, dict[int, Any]], loaded: Loaded) -> None:
    path, said = run
    parts: list[Any] = []
    answer = look(Call(lambda part: parts.append(len(part["stops"])), lambda: False), loaded, str(path), PROMPTS, 12, 4)
    assert [stop["step"] for stop in answer["stops"]] == [0, 3, 6, 9, 12]
    assert parts == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]  # an answer at a time
    for stop in answer["stops"]:
        for wanted, first, found in zip(said[stop["step"]], said[0], stop["answers"], strict=True):
            assert [top["p"] for top in found["top"]] == pytest.approx(wanted.topk(5).values.tolist(), abs=1e-5)
            assert found["kl"] == pytest.approx((first * (first / wanted).log()).sum().item(), abs=1e-5)
    assert answer["stops"][-1]["answers"][0]["kl"] > 1e-3


def test_the_model_is_as_before_also_where_it_is_broken_off(run: tuple[Path, dict[int, Any]], loaded: Loaded) -> None:
    before = {name: parameter.detach().clone() for name, parameter in loaded.model.named_parameters()}
    wanted = [parameter.requires_grad for parameter in loaded.model.parameters()]
    parts: list[Any] = []
    with pytest.raises(Cancelled):
        look(Call(parts.append, lambda: len(parts) > 1), loaded, str(run[0]), PROMPTS, 12, 2)
    after = dict(loaded.model.named_parameters())
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert [parameter.requires_grad for parameter in loaded.model.parameters()] == wanted


def test_checkpoints_that_go_leave_their_adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "LONGEST_TRAIL", 3)
    training = tiny_llama.training()
    for step in training:
        checkpoint.save(tmp_path, training)
        assert len(checkpoint.found(tmp_path)) <= checkpoint.KEPT
        assert step.number in checkpoint.adapters(tmp_path)
        assert len(checkpoint.adapters(tmp_path)) <= checkpoint.KEPT + 3
    steps = list(checkpoint.adapters(tmp_path))
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert steps[-2:] == [11, 12]
