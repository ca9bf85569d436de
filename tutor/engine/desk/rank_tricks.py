"""How many facts one update of a given rank can hold, for the fact check of lesson 2.3.1."""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.protocol import Call

__all__ = ["one_each"]

WIDTH, FACTS = 64, 32
"""Numbers of a vector, and pairs of a question and an answer."""
CLAIMED = {4: 1, 8: 1, 16: 2}
"""What the slogan gives to a rank: tricks of one matrix; for 16, several is at least two."""


def one_each(call: Call, seed: int = 0) -> dict[str, Any]:
    """Random questions `[facts, width]` with an answer each, learned by one matrix of rank r at a time.

    The update is the best one of its rank: it minimises the squared error of all answers (reduced-rank regression,
    which for orthogonal questions is the truncated SVD of Σ answer · questionᵀ).

    Returns:
        `cases`: how many answers of each rank are nearer to their own than to any other; it `holds` where that is the
        number of tricks of the slogan. `recalled` by rank.
    """
    chance = torch.Generator().manual_seed(seed)
    questions = torch.linalg.qr(torch.randn(WIDTH, FACTS, generator=chance).double()).Q.T
    answers = torch.randn(FACTS, WIDTH, generator=chance).double()
    left, sizes, right = torch.linalg.svd(answers.T @ questions)
    recalled = {}
    for rank in CLAIMED:
        update = left[:, :rank] @ torch.diag(sizes[:rank]) @ right[:rank]
        said = questions @ update.T
        nearest = torch.cdist(said, answers).argmin(1)
        recalled[rank] = int((nearest == torch.arange(FACTS)).sum())
    cases = [
        {
            "name": f"rank {rank}",
            "value": f"{recalled[rank]} of {FACTS} facts recalled",
            "holds": recalled[rank] == tricks,
        }
        for rank, tricks in CLAIMED.items()
    ]
    return {"cases": cases, "recalled": {str(rank): count for rank, count in recalled.items()}, "facts": FACTS,
            "source": f"PyTorch {torch.__version__}, one matrix {WIDTH} wide"}  # fmt: skip
