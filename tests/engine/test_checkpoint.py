"""A checkpoint continues a training exactly, and a damaged one is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine import checkpoint
from tutor.engine.training import Training
from tutor.errors import TutorError


def finish(training: Training) -> list[torch.Tensor]:
    for _ in training:
        pass
    return [parameter.detach() for parameter in training.parameters.values()]


def train_until(step: int, directory: Path, every: int = 1, **changes: Any) -> Training:
    training = tiny_llama.training(**changes)
    while training.done < step:
        training.step()
        if training.done % every == 0:
            checkpoint.save(directory, training)
    return training


@pytest.mark.parametrize("stopped_at", [1, 5, 6, 11])
def test_resumed_equals_never_stopped_bit_for_bit(tmp_path: Path, stopped_at: int) -> None:
    train_until(stopped_at, tmp_path)
    resumed = tiny_llama.training()
    warnings: list[str] = []
    assert checkpoint.restore(tmp_path, resumed, warnings.append) == tmp_path / f"step-{stopped_at:06d}"
    assert (resumed.done, warnings) == (stopped_at, [])
    whole = tiny_llama.training()
    assert all(torch.equal(a, b) for a, b in zip(finish(whole), finish(resumed), strict=True))
    assert whole.tokens == resumed.tokens


@pytest.mark.parametrize(
    "changes",
    [
        {"adapter": {"init": "pissa"}},
        {"adapter": {"dora": True}},
        {"lora_plus_ratio": 4.0},
        {"packing": True},
        {"optimizer": "adamw8bit", "adapter": {"r": 128}},
    ],
)
def test_every_option_resumes_bit_for_bit(tmp_path: Path, changes: dict[str, Any]) -> None:
    if changes.get("optimizer") == "adamw8bit":
        pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: it holds the states of 8 bits")
    train_until(4, tmp_path, **changes)
    resumed = tiny_llama.training(**changes)
    assert checkpoint.restore(tmp_path, resumed, pytest.fail)
    whole = tiny_llama.training(**changes)
    assert all(torch.equal(a, b) for a, b in zip(finish(whole), finish(resumed), strict=True))


def test_early_stopping_resumes_where_it_was(tmp_path: Path) -> None:
    def watch(training: Training, until: int) -> Training:
        for step in training:
            training.observe({2: 1.0, 5: 0.5}.get(step.number, 2.0 + step.number))
            checkpoint.save(tmp_path, training)
            if step.number == until:
                break
        return training

    watch(tiny_llama.training(patience=4), until=7)
    resumed = tiny_llama.training(patience=4)
    checkpoint.restore(tmp_path, resumed, pytest.fail)
    watch(resumed, until=99)
    assert (resumed.done, resumed.stopping.best_step) == (9, 5)
    whole = watch(tiny_llama.training(patience=4), until=99)
    for training in (whole, resumed):
        training.stopping.put_back(training.parameters)
    at_5 = train_until(5, tmp_path / "other").parameters
    for name, parameter in whole.parameters.items():
        assert torch.equal(parameter, resumed.parameters[name])
        assert torch.equal(parameter, at_5[name])


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    train_until(5, tmp_path)
    assert [path.name for path in checkpoint.found(tmp_path)] == ["step-000005", "step-000004"]


def test_no_pickle_is_written(tmp_path: Path) -> None:
    train_until(1, tmp_path)
    assert {path.suffix for path in (tmp_path / "step-000001").iterdir()} == {".safetensors", ".json"}


@pytest.mark.parametrize("file", ["adapter.safetensors", "optimizer.safetensors", "best.safetensors", "state.json"])
def test_a_truncated_checkpoint_falls_back_to_the_one_before(tmp_path: Path, file: str) -> None:
    train_until(3, tmp_path)
    damaged = tmp_path / "step-000003" / file
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    resumed = tiny_llama.training()
    warnings: list[str] = []
    assert checkpoint.restore(tmp_path, resumed, warnings.append) == tmp_path / "step-000002"
    assert len(warnings) == 1
    assert "step-000003 is damaged" in warnings[0]
    assert all(torch.equal(a, b) for a, b in zip(finish(tiny_llama.training()), finish(resumed), strict=True))


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    train_until(1, tmp_path)
    file = tmp_path / "step-000001" / "adapter.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    warnings: list[str] = []
    assert checkpoint.restore(tmp_path, tiny_llama.training(), warnings.append) is None
    assert warnings


def test_nothing_to_restore(tmp_path: Path) -> None:
    training = tiny_llama.training()
    assert checkpoint.restore(tmp_path / "none", training, pytest.fail) is None
    assert training.done == 0


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    train_until(1, tmp_path)
    with pytest.raises(TutorError, match="belongs to another training"):
        checkpoint.restore(tmp_path, tiny_llama.training(epochs=3), pytest.fail)


def test_an_adapter_that_is_not_finite_replaces_no_good_checkpoint(tmp_path: Path) -> None:
    training = train_until(1, tmp_path)
    with torch.no_grad():
        next(iter(training.parameters.values()))[0, 0] = torch.inf
    training.done = 2
    with pytest.raises(TutorError, match="not finite after step 2"):
        checkpoint.save(tmp_path, training)
    assert [path.name for path in checkpoint.found(tmp_path)] == ["step-000001"]
