"""Log-probabilities of two answers to one question in a single row: what both begin with is computed once.

A row is `shared + chosen + rejected`, where `shared` is the question and the common beginning of the answers. The
rejected tokens cannot see the chosen ones, and their positions begin again behind the shared part, so every token gets
exactly what it would get in a row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tutor.engine.chatdata import Message, encode


@dataclass(frozen=True)
class PairExample:
    """A tokenized question with a better and a worse answer."""

    name: str
    shared: tuple[int, ...]
    """The question and the tokens with which both answers begin."""
    asked: int
    """How many of them are the question."""
    chosen: tuple[int, ...]
    """The rest of the better answer, with its end."""
    rejected: tuple[int, ...]
    reference: tuple[float, float] = (0.0, 0.0)
    """Log-probabilities of both answers under the reference model, in nats."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The whole row."""
        return (*self.shared, *self.chosen, *self.rejected)

    @property
    def supervised(self) -> int:
        """A pair counts once, however long it is."""
        return 1

    @property
    def lengths(self) -> tuple[int, int]:
        """Tokens of both answers."""
        begun = len(self.shared) - self.asked
        return begun + len(self.chosen), begun + len(self.rejected)


@dataclass(frozen=True)
class PairLogProbs:
    """Log-probabilities of every token of a pair's answers, in nats."""

    shared: Tensor
    chosen: Tensor
    rejected: Tensor

    @property
    def margin(self) -> Tensor:
        """log π(chosen) - log π(rejected); the common beginning cancels out."""
        return self.chosen.sum() - self.rejected.sum()

    @property
    def totals(self) -> tuple[float, float]:
        """log π of both answers."""
        begun = float(self.shared.sum())
        return begun + float(self.chosen.detach().sum()), begun + float(self.rejected.detach().sum())


def encode_pair(
    tokenizer: Any, name: str, question: Sequence[Message], chosen: str, rejected: str, max_length: int
) -> PairExample:
    """Tokenize a pair. Both answers are supervised as in `chatdata.encode`, and cut off with it.

    Raises:
        TutorError: as `encode`.
    """
    answers = [
        encode(tokenizer, [*question, {"role": "assistant", "content": text}], max_length)
        for text in (chosen, rejected)
    ]
    first, second = (example.ids for example in answers)
    asked = next(place for place, label in enumerate(answers[0].labels) if label >= 0)
    most = min(len(first), len(second)) - 1  # each keeps a token of its own
    common = next((place for place in range(most) if first[place] != second[place]), most)
    common = max(common, asked)
    return PairExample(name, first[:common], asked, first[common:], second[common:])


def pair_log_probs(model: Any, pairs: Sequence[PairExample], pad_id: int) -> list[PairLogProbs]:
    """What `model` gives every token of the answers. Gradients flow through the tokens in which the answers differ.

    Args:
        model: a causal language model, with or without a PEFT adapter, whose attention takes a mask of its own
            (`eager` or `sdpa`).
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    ids, positions, mask = (tensor.to(model.device) for tensor in _rows(pairs, pad_id))
    blocked = torch.zeros(mask.shape, dtype=model.dtype, device=model.device)
    blocked = blocked.masked_fill(~mask, torch.finfo(model.dtype).min)
    hidden = causal.base_model(
        input_ids=ids, position_ids=positions, attention_mask=blocked, use_cache=False
    ).last_hidden_state  # [pairs, seq, hidden]
    head = causal.get_output_embeddings()
    places = [_places(pair) for pair in pairs]
    with torch.no_grad():
        shared = _log_probs(head, hidden, [place[0] for place in places], [_shared(pair) for pair in pairs])
    chosen = _log_probs(head, hidden, [place[1] for place in places], [pair.chosen for pair in pairs])
    rejected = _log_probs(head, hidden, [place[2] for place in places], [pair.rejected for pair in pairs])
    return [PairLogProbs(*parts) for parts in zip(shared, chosen, rejected, strict=True)]


def _shared(pair: PairExample) -> tuple[int, ...]:
    return pair.shared[pair.asked :]


def _places(pair: PairExample) -> tuple[list[int], list[int], list[int]]:
    """Where the row predicts the tokens of each part: at the token that comes before them for an answer."""
    start, middle = len(pair.shared), len(pair.shared) + len(pair.chosen)
    begun = list(range(pair.asked - 1, start - 1))
    chosen = list(range(start - 1, middle - 1))
    rejected = [start - 1, *range(middle, middle + len(pair.rejected) - 1)]
    return begun, chosen, rejected


def _log_probs(
    head: Any, hidden: Tensor, places: Sequence[Sequence[int]], tokens: Sequence[Sequence[int]]
) -> list[Tensor]:
    """Log-probabilities of `tokens` by what stands at `places`, per row; logits are made only there."""
    rows = [row for row, each in enumerate(places) for _ in each]
    columns = [place for each in places for place in each]
    wanted = torch.tensor([token for each in tokens for token in each], device=hidden.device)
    if not rows:
        return [hidden.new_zeros(0, dtype=torch.float32) for _ in places]
    logits = head(hidden[rows, columns]).float()  # [wanted, vocab]
    found = logits.gather(1, wanted[:, None])[:, 0] - logits.logsumexp(1)
    return list(torch.split(found, [len(each) for each in places]))


def _rows(pairs: Sequence[PairExample], pad_id: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids and positions `[pairs, seq]`, and which token sees which `[pairs, 1, seq, seq]`."""
    longest = max(len(pair.ids) for pair in pairs)
    ids = torch.full((len(pairs), longest), pad_id)
    positions = torch.arange(longest).repeat(len(pairs), 1)
    mask = torch.ones(longest, longest, dtype=torch.bool).tril().repeat(len(pairs), 1, 1)
    for row, pair in enumerate(pairs):
        start, middle = len(pair.shared), len(pair.shared) + len(pair.chosen)
        ids[row, : len(pair.ids)] = torch.tensor(pair.ids)
        positions[row, middle:] -= len(pair.chosen)
        mask[row, middle:, start:middle] = False
    return ids, positions, mask[:, None]
