"""From logits to a token: penalty, temperature, top-k, top-p and the draw, as pure functions of NumPy arrays.

The order is that of transformers; the chat engine samples the same way, without a penalty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tutor.errors import UsageError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """Probabilities `[vocab]` of the next token after each filter; each sums to 1."""

    plain: Array
    """The model's own: no penalty, temperature 1, no filter."""
    after_penalty: Array
    after_temperature: Array
    after_top_k: Array
    after_top_p: Array

    @property
    def final(self) -> Array:
        """What the token is drawn from."""
        return self.after_top_p


def distribution(
    logits: Array,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    penalty: float = 1.0,
    seen: Iterable[int] = (),
) -> Distribution:
    """Apply the penalty and the three filters to `logits` `[vocab]`, one after the other.

    `penalty` 1, `top_k` 0 and `top_p` 1 change nothing. Temperature 0 is the limit from above: all mass on the largest
    logit, where dividing by it would not be defined. `seen` are the tokens of the text so far.

    Raises:
        UsageError: a setting is out of its range.
    """
    if not (temperature >= 0 and top_k >= 0 and 0 < top_p <= 1 and penalty > 0):
        raise UsageError(
            f"These sampling settings make no sense: temperature {temperature}, top-k {top_k}, top-p {top_p}, "
            f"penalty {penalty}.",
            "Temperature and top-k are 0 or more, top-p is above 0 and at most 1, the penalty is above 0.",
        )
    penalised = penalise(logits, penalty, seen)
    heated = scale(penalised, temperature)
    among_k = keep_top_k(heated, top_k)
    among_p = keep_top_p(among_k, top_p)
    return Distribution(softmax(logits), softmax(penalised), softmax(heated), softmax(among_k), softmax(among_p))


def penalise(logits: Array, penalty: float, seen: Iterable[int]) -> Array:
    """Lower the logits of `seen` tokens: divided by `penalty` where positive, times it where negative (CTRL,
    arXiv:1909.05858, section 4.1; the case of negative ones as in transformers).
    """
    tokens = list(set(seen))
    lowered = logits.copy()
    lowered[tokens] = np.where(logits[tokens] > 0, logits[tokens] / penalty, logits[tokens] * penalty)
    return lowered


def scale(logits: Array, temperature: float) -> Array:
    """`(logits - max) / temperature`, which has the same softmax; at temperature 0 only the largest stays."""
    if temperature == 0:
        only = np.full_like(logits, -np.inf)
        only[np.argmax(logits)] = 0.0
        return only
    with np.errstate(over="ignore"):  # next to 0 everything but the largest goes to -inf, which is right
        return (logits - logits.max()) / temperature


def keep_top_k(logits: Array, k: int) -> Array:
    """The `k` largest logits, and those equal to the last of them; the others become -inf. 0 keeps all."""
    if k == 0 or k >= logits.size:
        return logits
    least = np.partition(logits, -k)[-k]
    return np.where(logits < least, -np.inf, logits)


def keep_top_p(logits: Array, p: float) -> Array:
    """The smallest set of largest logits whose probabilities reach `p` (nucleus sampling, arXiv:1904.09751)."""
    if p >= 1:
        return logits
    order = np.argsort(-logits, kind="stable")
    probabilities = softmax(logits)[order]
    before = np.cumsum(probabilities) - probabilities
    kept = order[before < p]
    nucleus = np.full_like(logits, -np.inf)
    nucleus[kept] = logits[kept]
    return nucleus


def softmax(logits: Array) -> Array:
    """`exp(z) / Σ exp(z)`, shifted by the largest logit so that nothing overflows."""
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def entropy(probabilities: Array) -> float:
    """Shannon entropy in nats."""
    positive = probabilities[probabilities > 0]
    return float(-(positive * np.log(positive)).sum()) + 0.0


def draw(probabilities: Array, seed: int | Sequence[int]) -> int:
    """One token, by `seed` alone: a number, or several."""
    return int(np.random.default_rng(seed).choice(probabilities.size, p=probabilities))
