"""A language model of characters that a CPU trains in seconds.

Its plan is that of Bengio et al., A Neural Probabilistic Language Model (2003), with characters in place of words.
"""

from __future__ import annotations

import string
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

ALPHABET = "\n" + string.printable[:95]
"""What it can read and write: ASCII. Other characters of a text are left out."""
CONTEXT = 6
"""Characters that it sees."""
BATCH = 128
MOMENTUM = 0.9


class CharModel(nn.Module):
    """The embeddings of the last `CONTEXT` characters, side by side, through one hidden layer."""

    def __init__(self, seed: int, width: int = 16, hidden: int = 128) -> None:
        torch.manual_seed(seed)
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), width)
        self.hidden = nn.Linear(CONTEXT * width, hidden)
        self.head = nn.Linear(hidden, len(ALPHABET))
        with torch.no_grad():
            self.head.weight *= 0.3  # scores near zero: it begins at the loss of guessing, not above

    def forward(self, ids: Tensor) -> Tensor:
        """Logits `[batch, alphabet]` of the character after `ids` `[batch, CONTEXT]`."""
        return self.head(torch.tanh(self.hidden(self.embedding(ids).flatten(1))))


def encode(text: str) -> Tensor:
    """Ids `[characters]` of a text."""
    return torch.tensor([ALPHABET.index(character) for character in text if character in ALPHABET])


@torch.no_grad()
def mean_loss(model: CharModel, ids: Tensor) -> float:
    """Nats per character of the text `ids`, after its first `CONTEXT`."""
    windows = ids.unfold(0, CONTEXT + 1, 1)
    return cross_entropy(model(windows[:, :-1]), windows[:, -1]).item()


def descend(model: CharModel, ids: Tensor, rate: float, steps: int, seed: int) -> Iterator[int]:
    """Train on random places of the text `ids`: says 0 before the first step, then the number of each.

    Gradient descent with momentum: a running sum of gradients, in which the last ones count most.
    """
    draw = torch.Generator().manual_seed(seed)
    windows = ids.unfold(0, CONTEXT + 1, 1)
    weights = list(model.parameters())
    momenta = [torch.zeros_like(weight) for weight in weights]
    yield 0
    for step in range(1, steps + 1):
        drawn = windows[torch.randint(len(windows), (BATCH,), generator=draw)]
        loss = cross_entropy(model(drawn[:, :-1]), drawn[:, -1])
        for weight, momentum, gradient in zip(weights, momenta, torch.autograd.grad(loss, weights), strict=True):
            momentum.mul_(MOMENTUM).add_(gradient)
            weight.data -= rate * momentum
        yield step


@torch.no_grad()
def write(model: CharModel, length: int, seed: int = 0) -> str:
    """`length` characters, drawn one after the other as the model finds them probable."""
    draw = torch.Generator().manual_seed(seed)
    ids = [0] * CONTEXT
    for _ in range(length):
        chances = model(torch.tensor([ids[-CONTEXT:]]))[0].softmax(-1)
        ids.append(int(torch.multinomial(chances, 1, generator=draw)))
    return "".join(ALPHABET[number] for number in ids[CONTEXT:])
