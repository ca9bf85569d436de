"""Singular values of a matrix, and the energy Σσ² that its best approximation of each rank keeps.

The best approximation of rank r keeps the r largest singular values (Eckart and Young 1936).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

POINTS = 48
"""Ranks of a curve, evenly spaced on a logarithmic axis."""
POWERS = tuple(2**n for n in range(14))
NO_RANK = 1e-12
"""Squared singular values below this part of the largest are rounding errors of fp32."""


def squares(matrix: Tensor) -> Tensor:
    """Squared singular values, largest first: the eigenvalues of M Mᵀ, on its shorter side, in fp64."""
    wide = matrix.detach().double().cpu()
    wide = wide if wide.shape[0] <= wide.shape[1] else wide.T
    return torch.linalg.eigvalsh(wide @ wide.T).clamp(min=0).flip(0)


def kept(found: Tensor) -> Tensor:
    """Percent of the energy that the first n singular values hold, for n from 1: `[full]`."""
    return 100 * found.cumsum(0) / found.sum()


def curve(found: Tensor) -> dict[str, Any]:
    """`kept` in percent at `ranks`; the ranks that keep `half` and `ninety` percent; the numerical `rank`."""
    shares, full = kept(found), len(found)
    spaced = torch.logspace(0, math.log10(full), POINTS).round().int().tolist()
    ranks = sorted({*spaced, full, *(power for power in POWERS if power <= full)})
    return {
        "ranks": ranks,
        "kept": [round(shares[rank - 1].item(), 4) for rank in ranks],
        "half": int((shares < 50).sum()) + 1,
        "ninety": int((shares < 90).sum()) + 1,
        "rank": int((found > NO_RANK * found[0]).sum()),
    }


def effective_rank(b: Tensor, a: Tensor, share: float = 0.95) -> int:
    """How many singular values of the product `b` `[out, r]` times `a` `[r, in]` hold `share` of its energy Σσ².

    0 where the product is zero. The product itself is never made: its singular values are those of an r × r matrix.
    """
    left, right = (torch.linalg.qr(side.detach().double().cpu()).R for side in (b, a.T))
    found = squares(left @ right.T)
    if found.sum() == 0:
        return 0
    return int((kept(found) < 100 * share).sum()) + 1
