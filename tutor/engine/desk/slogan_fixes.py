"""Numbers that mend slogans, counted for a model of the course, for topic 3.3.3."""

from __future__ import annotations

import math
from typing import Any

from tutor.engine.memory import GPU, lora_parameters, nf4_bytes, plan_memory
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["brevity", "hundredth", "numbers", "worse_than_guessing"]

REFERENCE = "show every file in the folder with its size and date"
"""What a short answer is held against, for BLEU."""
QUOTED_START = 16.655
"""Loss at which the course's published model began, from its card."""


def numbers(call: Call, tier: str = "medium", rank: int = 8) -> dict[str, Any]:
    """A model's `name`, its `billions` of parameters, `trainable` parameters of an adapter on q, k, v and o, their
    `millions` and `percent`; GB of weights in `bf16`, in `nf4`, and of a training with QLoRA (`qlora`); `times` that
    NF4 is smaller than bf16, and `from_fp32`; percent of parameters in the `body`.
    """
    architecture = TIERS[tier].architecture
    count = architecture.parameters()
    nf4 = nf4_bytes(architecture)
    qlora = plan_memory(architecture, "qlora", seq=512, rank=rank, checkpointing=True, place=GPU)
    trainable = lora_parameters(architecture, rank)
    return {
        "name": TIERS[tier].model,
        "rank": rank,
        "billions": count.total / 1e9,
        "trainable": trainable,
        "millions": trainable / 1e6,
        "percent": 100 * trainable / count.total,
        "bf16": 2 * count.total / 1e9,
        "nf4": nf4 / 1e9,
        "times": 2 * count.total / nf4,
        "from_fp32": 4 * count.total / nf4,
        "qlora": qlora.total / 1e9,
        "body": 100 * count.body / count.total,
        "source": f"counted from the shape of {TIERS[tier].model}; memory by the planner, on a GPU, 512 tokens",
    }


def hundredth(call: Call) -> dict[str, Any]:
    """Does an adapter of rank 8 on q, k, v and o train 0.01 % of a model? `cases` for every tier."""
    shares = {tier: numbers(call, tier)["percent"] for tier in TIERS}
    return {
        "cases": [
            {"name": tier, "value": f"{share:.3f} %", "holds": round(share, 2) == 0.01}
            for tier, share in shares.items()
        ],
        "least": min(shares.values()),
        "source": "counted from the shapes of the models",
    }


def brevity(call: Call) -> dict[str, Any]:
    """Does a BLEU whose penalty for brevity is exp(c/r), at most 1, agree with sacrebleu? `cases` for answers of some
    words; a BLEU over single words and pairs. `short`: sacrebleu's for the shortest, in percent.
    """
    from sacrebleu.metrics import BLEU

    words = REFERENCE.split()
    cases, true = [], []
    for count in (3, 6, len(words)):
        found = BLEU(max_ngram_order=2, effective_order=True).sentence_score(" ".join(words[:count]), [REFERENCE])
        # Every word of the answer stands in the reference: what is left is the penalty.
        wrong = 100 * min(1.0, math.exp(count / len(words)))
        says = f"{wrong:.0f} %, sacrebleu {found.score:.0f} %"
        cases.append({"name": f"{count} of {len(words)} words", "value": says, "holds": abs(wrong - found.score) < 1})
        true.append(found.score)
    return {"cases": cases, "short": true[0], "source": "sacrebleu, words and pairs of words"}


def worse_than_guessing(call: Call) -> dict[str, Any]:
    """Is the loss at which the course's published model began (quoted) one of a language model? `cases` by vocabulary:
    `guess` is that of guessing all tokens alike.
    """
    vocab = TIERS["small"].architecture.vocab
    guess = math.log(vocab)
    return {
        "cases": [
            {"name": f"begins at {QUOTED_START} (quoted), guessing alike costs ln {vocab:,}", "value": guess,
             "holds": guess > QUOTED_START},
        ],
        "start": QUOTED_START,
        "guess": guess,
        "source": "ln of the vocabulary",
    }  # fmt: skip
