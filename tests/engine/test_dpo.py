"""DPO: one row of a pair is as good as two, the first loss is known, and TRL computes the same."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine import checkpoint
from tutor.engine.chatdata import Message
from tutor.engine.dpo import PreferenceTraining, kl_divergence, log_probs_of_all, score, with_reference
from tutor.engine.lora import add_adapter
from tutor.engine.objective import Objective
from tutor.engine.preference import PairExample, encode_pair, pair_log_probs
from tutor.errors import UsageError

ASKED: list[Message] = [{"role": "user", "content": "what is this"}]
ANSWERS = [("a cat", "a dog"), ("this is a cat", "this is a dog is a"), ("a", "cat dog"), ("fox a", "fox")]


def pairs(count: int = 4) -> list[PairExample]:
    chosen = [ANSWERS[number % len(ANSWERS)] for number in range(count)]
    return [encode_pair(tiny_llama.tokenizer(), f"p{n}", ASKED, *each, 64) for n, each in enumerate(chosen)]


def adapted() -> Any:
    return add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=["q_proj", "v_proj"], seed=1)


def training(objective: Objective, count: int = 8, **changes: Any) -> PreferenceTraining:
    reference = log_probs_of_all(tiny_llama.model(), pairs(count), 1, batch_size=4, seed=42)
    settings = tiny_llama.settings(**changes)
    return PreferenceTraining(adapted(), with_reference(pairs(count), reference), objective, settings, 1)


def alone(model: Any, ids: tuple[int, ...], start: int) -> torch.Tensor:
    """Log-probabilities of `ids[start:]` in a row of its own."""
    row = torch.tensor([ids])
    found = model(row).logits[0, :-1].log_softmax(-1).gather(1, row[0, 1:, None])[:, 0]
    return found[start - 1 :]


def test_a_shared_row_gives_what_two_rows_give() -> None:
    model = tiny_llama.model().eval()
    for attention in ("eager", "sdpa"):
        model.set_attn_implementation(attention)
        for pair, found in zip(pairs(), pair_log_probs(model, pairs(), 1), strict=True):
            for side in ("chosen", "rejected"):
                wanted = alone(model, (*pair.shared, *getattr(pair, side)), pair.asked)
                torch.testing.assert_close(
                    torch.cat([found.shared, getattr(found, side)]), wanted, atol=1e-5, rtol=1e-5
                )


def test_what_both_answers_begin_with_is_written_once() -> None:
    first, second = pairs()[:2]
    assert (len(first.chosen), len(first.rejected), first.lengths) == (2, 2, (3, 3))
    assert second.lengths == (5, 7)
    assert len(second.shared) - second.asked == 3
    assert all(pair.chosen and pair.rejected for pair in pairs())


def test_the_gradient_is_that_of_two_rows() -> None:
    model, pair = adapted(), pairs()[1]
    (found,) = pair_log_probs(model, [pair], 1)
    torch.autograd.backward(found.margin)
    ours = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    sides = [alone(model, (*pair.shared, *side), pair.asked).sum() for side in (pair.chosen, pair.rejected)]
    torch.autograd.backward(sides[0] - sides[1])
    theirs = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], atol=1e-5, rtol=1e-4)
    assert any(gradient.abs().max() > 0 for gradient in ours.values())


@pytest.mark.parametrize(("loss", "first"), [("sigmoid", math.log(2)), ("ipo", 1 / (4 * 0.3**2))])
def test_the_first_loss_is_known_and_the_first_margin_is_0(loss: str, first: float) -> None:
    trained = training(Objective(loss, 0.3))
    assert trained.step().loss == pytest.approx(first, rel=1e-5)
    assert [each.advantage for each in trained.scored] == pytest.approx([0] * 4, abs=1e-5)
    assert Objective(loss, 0.3).first == pytest.approx(first)


def test_training_holds_the_answers_further_apart() -> None:
    trained = training(Objective("sigmoid", 0.5), epochs=8)
    losses = [step.loss for step in trained]
    assert losses[-1] < 0.85 * losses[0]
    assert all(each.advantage > 0 for each in trained.scored)


def test_without_beta_nothing_is_learned() -> None:
    trained = training(Objective("sigmoid", 0.0))
    assert all(step.loss == pytest.approx(math.log(2)) for step in trained)
    assert all(abs(each.advantage) < 1e-4 for each in trained.scored)


def test_a_checkpoint_continues_exactly(tmp_path: Path) -> None:
    whole = training(Objective("sigmoid", 0.3), epochs=3)
    losses = [step.loss for step in whole]
    begun = training(Objective("sigmoid", 0.3), epochs=3)
    for _ in range(3):
        begun.step()
    checkpoint.save(tmp_path, begun)
    resumed = training(Objective("sigmoid", 0.3), epochs=3)
    assert checkpoint.restore(tmp_path, resumed, print) is not None
    assert [step.loss for step in resumed] == losses[3:]


@pytest.mark.parametrize("wrong", [("hinge", 0.1), ("sigmoid", -1.0), ("ipo", 0.0)])
def test_objectives_that_make_no_sense_are_refused(wrong: tuple[str, float]) -> None:
    with pytest.raises(UsageError):
        Objective(*wrong)


def test_the_divergence_is_0_for_the_same_and_known_for_two() -> None:
    even = torch.zeros(1, 2)
    assert float(kl_divergence(even, even)) == 0
    skewed = torch.tensor([[math.log(3.0), 0.0]])
    assert float(kl_divergence(skewed, even)) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


def test_trl_has_the_same_losses(tmp_path: Path) -> None:
    """The oracle: TRL's DPOTrainer on the same pairs in the same order."""
    from datasets import Dataset
    from torch.utils.data import SequentialSampler
    from trl import DPOConfig, DPOTrainer

    class InOrder(DPOTrainer):
        def _prepare_dataset(self, dataset: Any, *_args: Any, **_kwargs: Any) -> Any:
            return dataset  # it is tokenized

        def _get_train_sampler(self, dataset: Any = None) -> SequentialSampler:
            return SequentialSampler(dataset if dataset is not None else self.train_dataset)

    ours = training(Objective("sigmoid", 0.5), count=16, epochs=1, schedule="linear", warmup=0.0)
    losses, order = [], []
    for step in ours:
        losses.append(step.loss)
        order += [each.name for each in ours.scored]
    by_name = {pair.name: pair for pair in pairs(16)}
    rows = [
        {
            "prompt_ids": list(pair.shared[: pair.asked]),
            "chosen_ids": [*pair.shared[pair.asked :], *pair.chosen],
            "rejected_ids": [*pair.shared[pair.asked :], *pair.rejected],
        }
        for pair in map(by_name.__getitem__, order)
    ]
    config = DPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=4,
        num_train_epochs=1,
        learning_rate=ours.settings.lr,
        lr_scheduler_type="linear",
        warmup_steps=0,
        weight_decay=ours.settings.weight_decay,
        max_grad_norm=ours.settings.clip,
        beta=0.5,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
        save_strategy="no",
    )
    trainer = InOrder(
        model=adapted(), args=config, train_dataset=Dataset.from_list(rows), processing_class=tiny_llama.tokenizer()
    )
    trainer.train()
    theirs = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(theirs) == len(losses) == 4
    assert losses == pytest.approx(theirs, rel=2e-3)
    assert losses[0] - losses[-1] > 0.01


def test_scores_are_differences_to_the_reference() -> None:
    (pair,) = with_reference(pairs(1), pair_log_probs(tiny_llama.model(), pairs(1), 1))
    (found,) = pair_log_probs(tiny_llama.model(seed=5), [pair], 1)
    scored = score(pair, found)
    assert scored.chosen == pytest.approx(found.totals[0] - pair.reference[0])
    assert scored.advantage == pytest.approx(
        float(found.margin.detach()) - (pair.reference[0] - pair.reference[1]), abs=1e-4
    )
