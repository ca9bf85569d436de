"""Every token of a conversation: who says it, whether the loss sees it, and what it costs a model.

Labs and lessons look at their data with it before they train: most trainings that fail, fail at the mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from tutor.engine.chatdata import IGNORED, Example, Message, encode, turn_ends
from tutor.engine.loss import supervised_losses
from tutor.engine.mask_view import TEMPLATE, mask_tokens

RIGHT, PROMPT, NO_END, SHIFTED = "template right", "prompt in loss", "EOS missing", "labels shifted"
MASKS = (RIGHT, PROMPT, NO_END, SHIFTED)
"""The mask as it should be, and what goes wrong with it."""
LONGEST = 1 << 20


@dataclass(frozen=True)
class Seen:
    """One token under the microscope."""

    id: int
    turn: int
    """Which message it belongs to, from 0."""
    markup: bool
    """Whether the template wrote it, not somebody in the conversation."""
    label: int | None
    """The token that the model is asked for here; None where the loss does not look."""
    loss: float | None
    """Nats of that token, or where the loss does not look of the token itself; None for the first of all."""
    end: bool
    """Whether it ends a turn of the assistant."""


def example_of(tokenizer: Any, messages: Sequence[Message], mask: str = RIGHT) -> Example:
    """The conversation with the labels that a mask of `MASKS` gives it.

    Raises:
        TutorError: as `tutor.engine.chatdata.encode`.
    """
    example = encode(tokenizer, messages, LONGEST)
    ids, labels = example.ids, list(example.labels)
    if mask == PROMPT:
        labels = [IGNORED, *ids[1:]]
    elif mask == NO_END:
        labels = [IGNORED if label == tokenizer.eos_token_id else label for label in labels]
    elif mask == SHIFTED:
        labels = [*labels[1:], IGNORED]
    return replace(example, labels=tuple(labels))


def examine(model: Any, tokenizer: Any, messages: Sequence[Message], example: Example) -> list[Seen]:
    """All tokens of `example`, which is `messages` with any labels."""
    losses: list[float | None] = [None, *_losses(model, example)]
    ends = turn_ends(tokenizer, messages)
    turns = [sum(place >= end for end in ends) for place in range(len(example.ids))]
    written = mask_tokens(tokenizer, messages, example)[: len(example.ids)]
    return [
        Seen(each.id, turn, each.role == TEMPLATE, None if label == IGNORED else label, loss, each.ends_answer)
        for each, turn, label, loss in zip(written, turns, example.labels, losses, strict=True)
    ]


def _losses(model: Any, example: Example) -> list[float]:
    """Of the label where there is one, else of the token: `[seq - 1]`."""
    wanted = [token if label == IGNORED else label for token, label in zip(example.ids, example.labels, strict=True)]
    ids, labels = (torch.tensor([row], device=model.device) for row in (example.ids, wanted))
    with torch.inference_mode():
        found: list[float] = supervised_losses(model, ids, labels).clamp(min=0).tolist()  # fp32 can give -1e-7
    return found
