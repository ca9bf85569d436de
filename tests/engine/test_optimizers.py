"""Optimizers: LoRA+ is PEFT's, small states move the weights like large ones, and what is missing is said."""

from __future__ import annotations

import sys

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine.optimizers import parameter_groups
from tutor.engine.training import Training
from tutor.errors import UsageError


def finish(training: Training) -> dict[str, torch.Tensor]:
    for _ in training:
        pass
    return {name: parameter.detach() for name, parameter in training.parameters.items()}


@pytest.mark.parametrize("dora", [False, True])
def test_lora_plus_divides_the_parameters_as_peft_does(dora: bool) -> None:
    from peft.optimizers import create_loraplus_optimizer

    training = tiny_llama.training(adapter={"dora": dora})
    theirs = create_loraplus_optimizer(training.model, torch.optim.AdamW, lr=1.0, loraplus_lr_ratio=16.0)
    rate = {id(parameter): group["lr"] for group in theirs.param_groups for parameter in group["params"]}
    groups = parameter_groups(training.parameters, 16.0)
    ours = {id(parameter): group["factor"] for group in groups for parameter in group["params"]}
    assert ours == rate
    assert set(ours.values()) == {1.0, 16.0}


def test_lora_plus_moves_b_faster_from_the_first_step() -> None:
    plain, plus = (tiny_llama.training(dropout=0, lora_plus_ratio=ratio, weight_decay=0.0) for ratio in (1.0, 8.0))
    plain.step()
    plus.step()
    for name, parameter in plain.parameters.items():
        factor = 8 if "lora_B" in name else 1
        start = tiny_llama.training().parameters[name]
        torch.testing.assert_close(plus.parameters[name] - start, factor * (parameter - start), atol=1e-6, rtol=1e-4)


def test_a_ratio_of_1_is_one_group() -> None:
    assert len(parameter_groups(tiny_llama.training().parameters, 1.0)) == 1


def test_states_of_8_bits_move_the_weights_nearly_alike() -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: it holds the states of 8 bits")
    wide = {"r": 128, "targets": ["q_proj"]}  # bitsandbytes keeps states of fewer than 4096 numbers in 32 bits
    start = tiny_llama.training(adapter=wide).parameters
    trainings = [tiny_llama.training(adapter=wide, dropout=0, optimizer=kind) for kind in ("adamw", "adamw8bit")]
    full, small = (finish(training) for training in trainings)
    states = trainings[1].optimizer.state
    assert {states[parameter]["state1"].dtype for parameter in trainings[1].parameters.values()} == {torch.uint8}
    for name, tensor in full.items():
        assert (small[name] - tensor).norm() < 0.1 * (tensor - start[name]).norm()


def test_what_this_machine_does_not_have_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(UsageError, match="needs the package bitsandbytes"):
        tiny_llama.training(optimizer="adamw8bit")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA GPU, so paged_adamw is not refused")
def test_pages_need_a_gpu() -> None:
    with pytest.raises(UsageError, match="no such GPU"):
        tiny_llama.training(optimizer="paged_adamw")
