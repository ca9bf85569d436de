"""A softmax that was printed wrongly, for lesson 1.3.2."""

from __future__ import annotations

from typing import Any

import numpy as np

from tutor.engine.protocol import Call
from tutor.engine.sampling import softmax

__all__ = ["printed"]

SCORES = (2.1, -0.5, 1.8)
CLAIMED = (0.48, 0.04, 0.48)


def printed(call: Call) -> dict[str, Any]:
    """Softmax of three scores, and whether it is what was claimed."""
    found = softmax(np.array(SCORES)).tolist()
    shown = ", ".join(f"{p:.2f}" for p in found)
    return {
        "p": found,
        "cases": [{"name": "to two digits", "value": shown, "holds": tuple(round(p, 2) for p in found) == CLAIMED}],
        "source": "NumPy, float64",
    }
