"""Live values of the sizes of the course, for questions that look back over lessons 1.1 to 2.2. For topic 2.2.4."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from tutor.engine.memory import kv_bytes_per_token
from tutor.engine.protocol import Call
from tutor.engine.sampling import scale, softmax
from tutor.engine.tiers import TIERS

__all__ = ["choice", "model"]


def model(call: Call, tier: str) -> dict[str, Any]:
    """A size of the course: parameters by `parts`, loss of an even `guess` (ln V, nats), bytes of a token's `cache`."""
    architecture = TIERS[tier].architecture
    return {
        "name": TIERS[tier].model,
        "vocab": architecture.vocab,
        "parts": asdict(architecture.parameters()),
        "guess": math.log(architecture.vocab),
        "cache": kv_bytes_per_token(architecture),
        "layers": architecture.layers,
        "kv_width": architecture.kv_width,
        "source": f"counted from the shape of {TIERS[tier].model}",
    }


def choice(call: Call, logits: list[float], temperature: float) -> dict[str, Any]:
    """The probability of the first of some `logits`, in percent, at 1 (`plain`) and at `temperature` (`bent`)."""
    scores = np.array(logits)
    return {
        "shown": ", ".join(f"{logit:g}" for logit in logits),
        "temperature": temperature,
        "plain": 100 * float(softmax(scores)[0]),
        "bent": 100 * float(softmax(scale(scores, temperature))[0]),
        "source": "softmax, float64",
    }
