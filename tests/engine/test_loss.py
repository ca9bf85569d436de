"""Our loss is the library's loss, computed at fewer positions."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from tests.engine import tiny_llama
from tutor.engine.batches import collate, pack
from tutor.engine.heldout import heldout_loss
from tutor.engine.lora import add_adapter
from tutor.engine.loss import split_by_row, supervised_losses


def qwen() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    return Qwen2ForCausalLM(
        Qwen2Config(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            vocab_size=tiny_llama.VOCAB,
        )
    )


@pytest.mark.parametrize("make", [tiny_llama.model, qwen])
def test_mean_equals_the_loss_of_transformers_with_its_attention_mask(make: Any) -> None:
    model = make().eval()
    ids, labels = collate(tiny_llama.examples(5), pad_id=1)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(tiny_llama.examples(5)):
        mask[row, : len(example.ids)] = 1
    theirs = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    ours = supervised_losses(model, ids, labels).mean()
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_gradients_equal_those_of_transformers() -> None:
    model = add_adapter(tiny_llama.model(), r=4, alpha=8, dropout=0, targets=["q_proj", "o_proj"], seed=1)
    ids, labels = collate(tiny_llama.examples(5), pad_id=1)
    supervised_losses(model, ids, labels).mean().backward()  # type: ignore[no-untyped-call]
    ours = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    model(input_ids=ids, labels=labels).loss.backward()
    assert ours
    for name, parameter in model.named_parameters():
        if name in ours:
            torch.testing.assert_close(ours[name], parameter.grad, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("make", [tiny_llama.model, qwen])
def test_no_packed_text_sees_another(make: Any, attention: str) -> None:
    model = make().eval()
    model.set_attn_implementation(attention)
    batch = tiny_llama.examples(9)
    ids, labels, positions = pack(batch, pad_id=1)
    assert len(ids) < len(batch)
    together = sorted(supervised_losses(model, ids, labels, positions).tolist())
    alone = sorted(supervised_losses(model, *collate(batch, pad_id=1)).tolist())
    assert together == pytest.approx(alone, abs=1e-5)
    leaking = sorted(supervised_losses(model, ids, labels).tolist())  # the comparison can fail
    assert leaking != pytest.approx(alone, abs=1e-3)


def test_rows_keep_their_losses() -> None:
    model = tiny_llama.model().eval()
    batch = tiny_llama.examples(4)
    ids, labels = collate(batch, pad_id=1)
    rows = split_by_row(supervised_losses(model, ids, labels), labels)
    assert [len(row) for row in rows] == [example.supervised for example in batch]


def test_heldout_loss_does_not_depend_on_the_batches() -> None:
    model = tiny_llama.model().train()
    examples = tiny_llama.examples(11)
    seen: list[tuple[int, int]] = []
    together = heldout_loss(model, examples, pad_id=1, batch_size=4, progress=lambda *at: seen.append(at))
    alone = [heldout_loss(model, [example], pad_id=1).nats[0] for example in examples]
    assert together.nats == pytest.approx(alone, rel=1e-5)
    assert seen == [(4, 11), (8, 11), (11, 11)]
    assert model.training
    assert together.loss().value == pytest.approx(sum(alone) / sum(together.tokens), rel=1e-5)
    assert together.fall_from(together).value == 0
