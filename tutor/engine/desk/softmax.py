"""Scores to shares: softmax with temperature, its overflow, and what entropy says, for lesson 2.1.2."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tutor.engine.protocol import Call, Message

__all__ = ["desk", "odds", "shifted", "spread", "temperatures", "why_scale"]

SOURCE = "NumPy, float32"
TARGETS: dict[str, list[float]] = {
    "one winner": [0.9, 0.025, 0.025, 0.025, 0.025],
    "two equal": [0.45, 0.45, 0.1 / 3, 0.1 / 3, 0.1 / 3],
    "halves": [0.5, 0.25, 0.125, 0.0625, 0.0625],
    "all even": [0.2, 0.2, 0.2, 0.2, 0.2],
}
"""Distributions to reach with five scores."""
NEAR = 0.02
"""A target is reached when no share is off by more."""
SAME = 0.01
"""Percentage points that rounding may move a share."""
SAMPLES = 400
DIMENSIONS = (4, 8, 16, 32, 64, 128, 256, 512)


def desk(
    call: Call, logits: list[float], temperature: float = 1.0, shift: float = 0.0, safe: bool = True, target: str = ""
) -> Message:
    """Softmax of (logits + shift) / temperature in float32, by its definition or (`safe`) less the maximum first.

    Returns:
        `shares` and `percent` (None where they are not numbers), `powers` as text (`inf` where they overflow),
        `entropy` in nats with its largest value `most`, `choices`: e to the entropy; and with a `target` the shares of
        it, how far `off` the farthest one is, and whether it is `reached`.
    """
    scores = (np.array(logits, np.float32) + np.float32(shift)) / np.float32(temperature)
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(scores - scores.max() if safe else scores)
        shares = powers / powers.sum()
    spread = entropy(shares) if np.isfinite(shares).all() else None
    answer: Message = {
        "scores": [float(score) for score in scores],
        "powers": [f"{power:.4g}" for power in powers],
        "shares": [_plain(share) for share in shares],
        "percent": [_plain(100 * share) for share in shares],
        "entropy": spread,
        "choices": None if spread is None else math.exp(spread),
        "most": math.log(len(logits)),
        "source": SOURCE,
    }
    if target:
        wanted = TARGETS[target]
        off = max(abs(float(share) - want) for share, want in zip(shares, wanted, strict=True))
        answer |= {"target": wanted, "off": _plain(off), "reached": off <= NEAR}
    return answer


def odds(call: Call, lead: float) -> Message:
    """How many times as likely a score is that leads by `lead`."""
    return {"lead": lead, "odds": math.exp(lead), "source": "Python, float64"}


def shifted(call: Call, logits: list[float], shift: float) -> Message:
    """The largest share in percent `before` and after (`now`) a constant is added, and what it `becomes`."""
    before, now = (max(desk(call, logits, shift=by)["percent"]) for by in (0.0, shift))
    becomes = "the same" if abs(now - before) < SAME else "more" if now > before else "less"
    return {"logits": logits, "shift": shift, "before": before, "now": now, "becomes": becomes, "source": SOURCE}


def temperatures(call: Call, logits: list[float], values: list[float]) -> Message:
    """The entropy in nats, and the largest share in percent, at each temperature of `values`."""
    found = [desk(call, logits, temperature) for temperature in values]
    return {
        "values": values,
        "entropies": [one["entropy"] for one in found],
        "largest": [max(one["percent"]) for one in found],
        "source": SOURCE,
    }


def why_scale(call: Call, keys: int = 16, seed: int = 0) -> Message:
    """What the size of a head does to its scores: random queries and keys of independent normal numbers.

    Returns:
        `rows`, one for each head_dim `d`: the standard deviation `spread` of q·k, and for scores `plain` and `scaled`
        by 1/√d the mean `entropy` of a softmax over `keys` keys and the mean `largest` share; `most`: the entropy of
        equal shares. Sent after every d. Source: Vaswani et al., 2017, footnote 4.
    """
    rng = np.random.default_rng(seed)
    answer: Message = {"rows": [], "keys": keys, "most": math.log(keys), "samples": SAMPLES, "source": "NumPy, float64"}
    for d in DIMENSIONS:
        call.check()
        scores = np.einsum("sd,skd->sk", rng.normal(size=(SAMPLES, d)), rng.normal(size=(SAMPLES, keys, d)))
        rows = {"plain": _sharpness(scores), "scaled": _sharpness(scores / math.sqrt(d))}
        answer["rows"].append({"d": d, "spread": float(scores.std()), **rows})
        call.part(**answer)
    return answer


def spread(call: Call, d: int, samples: int = 20_000) -> Message:
    """The standard deviation of q·k for random q and k of `d` normal numbers with a spread of 1."""
    rng = np.random.default_rng(d)
    q, k = rng.normal(size=(2, samples, d))
    found = float((q * k).sum(-1).std())
    return {"d": d, "spread": found, "root": math.sqrt(d), "samples": samples, "source": "NumPy, float64"}


def _sharpness(scores: Any) -> dict[str, float]:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares = powers / powers.sum(-1, keepdims=True)
    spread = [entropy(row) for row in shares]
    return {"entropy": float(np.mean(spread)), "largest": float(shares.max(-1).mean())}


def entropy(shares: Any) -> float:
    """Of a distribution, in nats."""
    kept = np.asarray(shares, np.float64)
    kept = kept[kept > 0]
    return float(-(kept * np.log(kept)).sum())


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
