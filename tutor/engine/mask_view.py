"""Which tokens of a conversation the loss sees, held against who says them: a loss mask checked, and to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tutor.engine.chatdata import IGNORED, Example, Message
from tutor.engine.loss import supervised_losses

TEMPLATE = "template"
"""The role of tokens that nobody says: names of roles, ends of turns, line ends."""
ASSISTANT = "assistant"


@dataclass(frozen=True)
class MaskToken:
    """One token of a conversation."""

    id: int
    text: str
    role: str
    """Of the message it belongs to, or `TEMPLATE`."""
    ends_answer: bool
    """Whether it is the token with which the assistant stops."""
    supervised: bool
    loss: float | None = None
    """Nats by which a model was surprised; None for the first token, and where no model was asked."""


@dataclass(frozen=True)
class MaskCheck:
    """The mask of a conversation, or the sums over several."""

    tokens: int
    supervised: int
    outside: int
    """Supervised tokens that the assistant does not say."""
    missed: int
    """Tokens of answers that are not supervised."""
    ends: int
    """Answers."""
    ends_missed: int
    """Answers whose end is not supervised: a model learns to stop from no other token."""
    other_text: int
    """Conversations that were tokenized otherwise than the model's own template writes them."""

    def __add__(self, other: MaskCheck) -> MaskCheck:
        return MaskCheck(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def mask_tokens(tokenizer: Any, messages: Sequence[Message], example: Example) -> list[MaskToken]:
    """The tokens of `messages` as the model's template writes them, beside what `example` supervises.

    Roles come from the places of the contents in the text, and know nothing of how the mask was made.
    """
    text = tokenizer.apply_chat_template(list(messages), tokenize=False)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    spans, turn, ended = _spans(text, messages), 0, True
    tokens = []
    labels = [*example.labels, *[IGNORED] * len(encoded["input_ids"])]
    for token, (start, end), label in zip(encoded["input_ids"], encoded["offset_mapping"], labels, strict=False):
        while turn < len(spans) - 1 and start >= spans[turn + 1][0]:
            turn, ended = turn + 1, False
        first, last, role = spans[turn]
        said = first <= start < last
        ends = role == ASSISTANT and start >= last and not ended and token == tokenizer.eos_token_id
        ended = ended or ends
        tokens.append(MaskToken(int(token), text[start:end], role if said else TEMPLATE, ends, label != IGNORED))
    return tokens


def check_mask(tokens: Sequence[MaskToken], example: Example) -> MaskCheck:
    """What is wrong with the mask of one conversation, counted."""
    ids = tuple(token.id for token in tokens)
    return MaskCheck(
        tokens=len(example.ids),
        supervised=example.supervised,
        outside=sum(each.supervised and each.role != ASSISTANT and not each.ends_answer for each in tokens),
        missed=sum(not each.supervised and each.role == ASSISTANT for each in tokens),
        ends=sum(each.ends_answer for each in tokens),
        ends_missed=sum(each.ends_answer and not each.supervised for each in tokens),
        other_text=int(ids[: len(example.ids)] != example.ids),
    )


@torch.inference_mode()
def losses_of_all(model: Any, tokens: Sequence[MaskToken]) -> list[float]:
    """Nats of every token but the first, supervised or not."""
    ids = torch.tensor([[token.id for token in tokens]], device=model.device)
    return supervised_losses(model, ids, ids).tolist()


def _spans(text: str, messages: Sequence[Message]) -> list[tuple[int, int, str]]:
    """(start, end, role) of every message's content in the text, behind an empty one at its start."""
    spans, cursor = [(0, 0, TEMPLATE)], 0
    for message in messages:
        content = message["content"].strip()
        # Behind the role's name, lest a short content is found in a header.
        place = text.find(content, text.index(message["role"], cursor) + len(message["role"]))
        spans.append((place, place + len(content), message["role"]))
        cursor = place + len(content)
    return spans
