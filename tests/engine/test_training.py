"""The loop: it learns, it accumulates exactly, it refuses to diverge, and TRL computes the same losses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine.batches import epoch_batches
from tutor.engine.chatdata import IGNORED
from tutor.engine.lora import add_adapter
from tutor.engine.training import Settings, Training
from tutor.errors import TutorError, UsageError


def weights(training: Training) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in training.parameters.values()]


def test_it_learns_and_counts() -> None:
    training = tiny_llama.training(epochs=20, lr=3e-2, warmup=0.0)
    steps = list(training)
    assert [step.number for step in steps] == list(range(1, 121))
    assert [step.number for step in steps if step.ends_epoch] == list(range(6, 121, 6))
    assert steps[-1].tokens_so_far == 20 * sum(len(example.ids) for example in tiny_llama.examples())
    first, last = (sum(step.loss for step in part) / 6 for part in (steps[:6], steps[-6:]))
    assert last < first - 0.1


def test_the_seed_decides_everything() -> None:
    one, same, other = (tiny_llama.training(seed=seed) for seed in (1, 1, 2))
    steps = list(zip(one, same, other, strict=True))  # in turn: none disturbs the randomness of another
    assert all(a.loss == b.loss for a, b, _ in steps)
    assert not any(a.loss == c.loss for a, _, c in steps)


def test_accumulated_batches_act_like_one_large_batch() -> None:
    large = tiny_llama.training(dropout=0, batch_size=24, grad_accumulation=1, epochs=1)
    small = tiny_llama.training(dropout=0, batch_size=4, grad_accumulation=6, epochs=1)
    (one,), (other,) = list(large), list(small)
    assert one.loss == pytest.approx(other.loss, rel=1e-5)
    assert one.grad_norm == pytest.approx(other.grad_norm, rel=1e-4)
    for a, b in zip(weights(large), weights(small), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_a_learning_rate_that_is_too_high_stops_with_a_sentence() -> None:
    with pytest.raises(TutorError, match=r"became (nan|inf) at step \d+ of 12.*Lower lr"):
        for _ in tiny_llama.training(lr=1e38, clip=0.0, warmup=0.0):
            pass


def test_a_poisoned_batch_leaves_the_weights_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    training = tiny_llama.training()
    training.step()
    before = weights(training)

    def poisoned(model: Any, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return sum(p.sum() for p in training.parameters.values()) * math.nan * torch.ones(3)

    monkeypatch.setattr("tutor.engine.training.supervised_losses", poisoned)
    with pytest.raises(TutorError, match=r"The loss became nan at step 2 of 12"):
        training.step()
    assert all(torch.equal(a, b) for a, b in zip(before, weights(training), strict=True))
    assert training.done == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule": "sine"},
        {"epochs": 0},
        {"batch_size": -1},
        {"lr": 0.0},
        {"optimizer": "sgd"},
        {"patience": -1},
        {"lora_plus_ratio": 0.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        tiny_llama.settings(**wrong)


def test_packed_examples_train_alike() -> None:
    padded, packed = (tiny_llama.training(dropout=0, packing=packing) for packing in (False, True))
    for one, other in zip(padded, packed, strict=True):
        assert (one.tokens, one.supervised) == (other.tokens, other.supervised)
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
        assert one.grad_norm == pytest.approx(other.grad_norm, rel=1e-3)


def test_options_of_a_lab_that_lacks_the_newer_ones_leave_them_off() -> None:
    options = {"epochs": 1, "batch_size": 2, "grad_accumulation": 1, "lr": 1e-3, "warmup": 0.0, "schedule": "linear"}
    made = Settings.from_options(options | {"weight_decay": 0.0, "clip": 1.0, "seed": 1, "r": 8})
    assert (made.packing, made.optimizer, made.lora_plus_ratio, made.patience) == (False, "adamw", 1.0, 0)


def test_checkpointed_activations_change_no_gradient() -> None:
    plain, checkpointed = tiny_llama.training(), tiny_llama.training()
    checkpointed.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    for one, other in zip(plain, checkpointed, strict=True):
        assert (one.loss, one.grad_norm) == pytest.approx((other.loss, other.grad_norm), rel=1e-5)


def test_trl_has_the_same_loss_curve(tmp_path: Path) -> None:
    """The oracle: TRL's SFTTrainer on the same examples in the same order, without dropout."""
    from datasets import Dataset
    from torch.utils.data import SequentialSampler
    from trl import SFTConfig, SFTTrainer

    class InOrder(SFTTrainer):
        def _get_train_sampler(self, dataset: Any = None) -> SequentialSampler:
            return SequentialSampler(dataset if dataset is not None else self.train_dataset)

    settings = tiny_llama.settings(epochs=1, schedule="linear", warmup=0.0)
    examples = tiny_llama.examples(48)
    ours = [step.loss for step in Training(_adapted(), examples, settings, pad_id=1)]

    lengths = [len(example.ids) for example in examples]
    order = [index for batch in epoch_batches(lengths, 4, settings.seed, 0) for index in batch]
    rows = [
        {
            "input_ids": list(examples[i].ids),
            "completion_mask": [int(label != IGNORED) for label in examples[i].labels],
        }
        for i in order
    ]
    config = SFTConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=4,
        num_train_epochs=1,
        learning_rate=settings.lr,
        lr_scheduler_type="linear",
        warmup_steps=0,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        completion_only_loss=True,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
        save_strategy="no",
    )
    trainer = InOrder(
        model=_adapted(), args=config, train_dataset=Dataset.from_list(rows), processing_class=tiny_llama.tokenizer()
    )
    trainer.train()
    theirs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(theirs) == len(ours) == 12
    assert ours == pytest.approx(theirs, rel=2e-3)
    assert abs(ours[0] - ours[-1]) > 0.01


def _adapted() -> Any:
    return add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=["q_proj", "v_proj"], seed=1)
