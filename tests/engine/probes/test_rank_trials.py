"""Short trainings on the last blocks: the same as training through the whole model, which is afterwards as before."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.engine import tiny_llama
from tutor.engine import rank_trials
from tutor.engine.architecture import ATTENTION_TARGETS, LINEAR_TARGETS, Architecture
from tutor.engine.batches import collate, epoch_batches
from tutor.engine.loss import supervised_losses
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Cancelled
from tutor.engine.rank_texts import TRAIN, examples
from tutor.engine.rank_trials import BATCH, BLOCKS, STEPS, Bench, Trial, last_blocks

TRIAL = Trial(rank=4, alpha=8.0, targets=ATTENTION_TARGETS, lr=5e-3, seed=1)


def never() -> None:
    """Nobody has lost interest."""


@pytest.fixture(scope="module")
def deep() -> Any:
    """More layers than get an adapter."""
    return tiny_llama.model(num_hidden_layers=BLOCKS + 2).eval()


def test_the_last_blocks_are_the_model(deep: Any) -> None:
    top, below = last_blocks(deep, BLOCKS)
    ids = torch.tensor([[5, 9, 11, 40, 7]])
    with torch.no_grad():
        whole = deep(ids, output_hidden_states=True)
        assert below == 2
        assert torch.equal(top(inputs_embeds=whole.hidden_states[below], use_cache=False).logits, whole.logits)
    assert last_blocks(deep, 99)[1] == 0


def test_a_trial_is_training_through_the_whole_model(deep: Any) -> None:
    outcome = Bench(deep, tiny_llama.tokenizer()).run(TRIAL, never)
    model, texts = tiny_llama.model(num_hidden_layers=BLOCKS + 2).eval(), examples(tiny_llama.tokenizer(), TRAIN)
    torch.manual_seed(TRIAL.seed)
    config = LoraConfig(
        r=4, lora_alpha=8, target_modules=list(ATTENTION_TARGETS), layers_to_transform=list(range(2, BLOCKS + 2))
    )
    adapted: Any = get_peft_model(model, config)
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], TRIAL.lr)
    order = [
        rows
        for epoch in range(9)
        for rows in epoch_batches([len(text.ids) for text in texts], BATCH, TRIAL.seed, epoch)
    ]
    for rows in order[:STEPS]:
        optimizer.zero_grad()
        supervised_losses(adapted, *collate([texts[row] for row in rows], 1)).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        wanted = supervised_losses(adapted, *collate(texts, 1)).mean().item()
    assert outcome.train == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("targets", [ATTENTION_TARGETS, LINEAR_TARGETS])
def test_what_is_trained_is_what_the_closed_form_counts(deep: Any, targets: tuple[str, ...]) -> None:
    outcome = Bench(deep, tiny_llama.tokenizer()).run(Trial(3, 6.0, targets, 1e-3, 0), never)
    everywhere = lora_parameters(Architecture.from_config(deep.config.to_dict()), 3, targets)
    assert outcome.parameters == everywhere * BLOCKS // (BLOCKS + 2)
    assert 1 <= outcome.effective <= 3


def test_the_same_trial_comes_out_the_same_and_learns(deep: Any) -> None:
    bench = Bench(deep, tiny_llama.tokenizer())
    with torch.no_grad():
        untrained = bench.losses(bench.train).mean().item()
    first, again = bench.run(TRIAL, never), bench.run(TRIAL, never)
    assert (first.train, first.held_out) == (again.train, again.held_out)
    with torch.no_grad(), rank_trials.adapted(bench.top, TRIAL):  # B is 0: nothing is learned yet
        untouched = bench.losses(bench.train).mean().item()
    assert untouched == untrained
    assert first.train < untrained
    assert bench.run(Trial(4, 8.0, ATTENTION_TARGETS, 5e-3, 2), never).train != first.train


def test_the_model_is_as_before_also_where_a_trial_is_broken_off(deep: Any) -> None:
    def look() -> dict[str, Any]:
        return {name: parameter.detach().clone() for name, parameter in deep.named_parameters()}

    def stop() -> None:
        raise Cancelled

    before, modules = look(), [type(module) for module in deep.modules()]
    bench = Bench(deep, tiny_llama.tokenizer())
    bench.run(TRIAL, never)
    with pytest.raises(Cancelled):
        bench.run(TRIAL, stop)
    after = look()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert [type(module) for module in deep.modules()] == modules
    assert all(parameter.requires_grad for parameter in deep.parameters())


@pytest.mark.model
def test_the_embedded_model_learns_the_form_of_other_commands(
    nano_loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank_trials, "STEPS", 4)
    bench = Bench(nano_loaded.model, nano_loaded.tokenizer)
    with torch.no_grad():
        untrained = bench.losses(bench.held_out).mean().item()
    assert bench.run(Trial(8, 16.0, ATTENTION_TARGETS, 1e-2, 0), never).loss < untrained - 0.3
