"""Questions about a run of lab-lora-cli-help, made of its own numbers."""

from __future__ import annotations

import math
import random

from tutor.clihelp.lora_found import LoraFound
from tutor.clihelp.task import BASELINES, TUNED
from tutor.questions import Question

KEYS = "abcd"
VERDICTS = {
    "better": "It is better, and the interval excludes chance",
    "worse": "It is worse, and the interval excludes chance",
    "inconclusive": "Nothing is proved either way",
}


def questions(found: LoraFound, shapes: dict[str, tuple[int, int]], seed: str) -> list[Question]:
    """All of them; the same run and seed give the same.

    Args:
        shapes: (inputs, outputs) of every adapted kind of layer.
    """
    chance = random.Random(seed)
    return [
        _parameters(found, shapes, chance),
        _scaling(found),
        _likelier(found, chance),
        _verdict(found, chance),
        _moved(found, chance),
        _supervised(found),
    ]


def _parameters(found: LoraFound, shapes: dict[str, tuple[int, int]], chance: random.Random) -> Question:
    kind = chance.choice(sorted(shapes))
    (inputs, outputs), rank = shapes[kind], found.adapter["r"]
    return Question(
        "parameters",
        f"One {kind} has {inputs} inputs and {outputs} outputs, the adapter has rank {rank}. How many numbers do its A "
        "and B have together?",
        answer=(str(rank * (inputs + outputs)),),
        why=f"A is {rank} × {inputs}, B is {outputs} × {rank}; the matrix itself has {inputs * outputs:,}.",
    )


def _scaling(found: LoraFound) -> Question:
    rank, alpha, rslora = found.adapter["r"], found.adapter["lora_alpha"], found.adapter.get("use_rslora")
    scaling = alpha / (math.sqrt(rank) if rslora else rank)
    return Question(
        "scaling",
        f"The saved adapter has r={rank} and alpha={alpha:g}{' and uses rsLoRA' if rslora else ''}. By what is B A x "
        "multiplied?",
        answer=(f"{scaling:.4g}",),
        tolerance=0.02,
        why="alpha / sqrt(r)." if rslora else "alpha / r. Twice the alpha is as if B had learned twice as much.",
    )


def _likelier(found: LoraFound, chance: random.Random) -> Question:
    split = chance.choice(["heldout_in", "heldout_out"])
    before, after = (each.losses[split].loss().value for each in (found.measured.before, found.measured.after))
    return Question(
        "likelier",
        f"On {split} the loss went from {before:.2f} to {after:.2f} nats/token. How many times as likely as before is "
        "the right next token, on (geometric) average?",
        answer=(f"{math.exp(round(before, 2) - round(after, 2)):.3g}",),
        tolerance=0.05,
        why=f"A loss is -ln p, so the ratio is e^({before:.2f} - {after:.2f}).",
    )


def _verdict(found: LoraFound, chance: random.Random) -> Question:
    split, baseline = chance.choice(["heldout_in", "heldout_out"]), chance.choice(BASELINES)
    scores = found.measured.scores[split]
    margin = scores[TUNED].margin(scores[baseline], "chrf")
    return Question(
        "verdict",
        f"chrF on {split}, tuned against {baseline!r}: {margin}. What does that say of the tuned model?",
        dict(VERDICTS),
        (margin.verdict,),
        why="Only where the whole interval lies on one side of 0 is there a difference beyond chance.",
    )


def _moved(found: LoraFound, chance: random.Random) -> Question:
    top, *others = found.changes
    shown = [top.layer, *(change.layer for change in chance.sample(others, min(3, len(others))))]
    chance.shuffle(shown)
    options = dict(zip(KEYS, shown, strict=False))
    return Question(
        "moved",
        "Which of these layers did training move furthest, as a share of its weights?",
        options,
        tuple(key for key, layer in options.items() if layer == top.layer),
        why=f"ΔW is {top.relative:.2%} of the norm of its weights.",
    )


def _supervised(found: LoraFound) -> Question:
    masks = [row["mask"] for row in found.rows["trained"]]
    supervised, tokens = (sum(mask[name] for mask in masks) for name in ("supervised", "tokens"))
    return Question(
        "supervised",
        f"The {len(masks)} training rows have {tokens:,} tokens, of which the loss saw {supervised:,}. Logits are "
        "computed only there. By how many times does that make their memory smaller?",
        answer=(f"{tokens / supervised:.3g}",),
        tolerance=0.05,
        why=f"{tokens:,} / {supervised:,}: a row of logits is as wide as the vocabulary, and most are never needed.",
    )
