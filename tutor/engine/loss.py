"""The loss of a language model on answers, with logits only where there is something to predict."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.chatdata import IGNORED


def supervised_losses(model: Any, ids: Tensor, labels: Tensor, positions: Tensor | None = None) -> Tensor:
    """Cross entropy in nats of every supervised token, `[supervised]`, row by row.

    The output matrix is by far the widest of a small model, and its logits the largest tensor of a step: computing them
    for question and padding would cost time and 14 bytes per entry for nothing.

    Args:
        model: a causal language model, with or without a PEFT adapter.
        ids: `[batch, seq]`, padded on the right.
        labels: `[batch, seq]`; token ids, `IGNORED` where the loss must not look.
        positions: `[batch, seq]`; place of each token in its own text, where a row holds several. No text sees another.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = causal.base_model(
        input_ids=ids, position_ids=positions, use_cache=False
    ).last_hidden_state  # [batch, seq, hidden]
    wanted = labels[:, 1:] != IGNORED  # position t predicts token t + 1
    logits = causal.get_output_embeddings()(hidden[:, :-1][wanted])  # [supervised, vocab]
    return functional.cross_entropy(logits.float(), labels[:, 1:][wanted], reduction="none")


def split_by_row(losses: Tensor, labels: Tensor) -> list[Tensor]:
    """`supervised_losses` of a batch, one tensor per row."""
    counts = (labels[:, 1:] != IGNORED).sum(dim=1)
    return list(torch.split(losses, counts.tolist()))
