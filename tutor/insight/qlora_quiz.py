"""Questions about a run of lab-qlora-cli-help, made of its own numbers."""

from __future__ import annotations

import random

from tutor.engine.quantized import bits_per_weight
from tutor.insight.qlora_found import DEQUANTIZED, LORA, MODELS, ORIGINAL, PATHS, QLORA, Found
from tutor.questions import Question

GAPS = {
    LORA: "LoRA on the 16-bit base is better",
    QLORA: "QLoRA on the 4-bit base is better",
    "none": "no difference is proved",
}


def questions(found: Found, seed: str, double_quant: bool) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    return [_bytes(found, chance, double_quant), _unquantized(found), _gap(found), _closest(found), _distance(found)]


def _bytes(found: Found, chance: random.Random, double_quant: bool) -> Question:
    matrix = chance.choice(found.four_bit or found.matrices)
    scales = "double quantization" if double_quant else "one 32-bit scale for every 64 weights"
    return Question(
        "bytes",
        f"{matrix.name} has {matrix.weights:,} weights. How many bytes does it take in 4 bits with {scales}?",
        answer=(str(matrix.bytes),),
        tolerance=0.02,
        why=f"{bits_per_weight(double_quant):.3f} bits a weight, and 8 bits make a byte.",
    )


def _unquantized(found: Found) -> Question:
    small = sum(matrix.bytes for matrix in found.four_bit)
    whole = found.memory(QLORA).counted["weights"]
    return Question(
        "rest",
        f"The 4-bit base takes {whole:,} bytes, of which the quantized matrices take {small:,}. Which share of it "
        "(0 to 1) is still in 16 bits or more?",
        answer=(f"{1 - small / whole:.3g}",),
        tolerance=0.05,
        why="Embedding, output matrix and norms are not quantized. In a small model the embedding is a large part.",
    )


def _gap(found: Found) -> Question:
    gap = found.gap
    return Question(
        "gap",
        f"QLoRA's held-out loss minus LoRA's is {gap.value:+.3f} nats/token, with a 95 % interval from "
        f"{gap.low:+.3f} to {gap.high:+.3f}. What do you conclude?",
        GAPS,
        (found.gap_verdict,),
        why="Only an interval that leaves out 0 proves a difference.",
    )


def _closest(found: Found) -> Question:
    ranked = sorted(PATHS, key=lambda path: found.kl(path).value)
    return Question(
        "merge",
        "After which merge does the model say most nearly what it said when it was trained?",
        PATHS,
        (ranked[0],),
        why="The adapter learned to correct the rounded weights it saw. Others do not have the same mistakes.",
    )


def _distance(found: Found) -> Question:
    near, far = found.kl(DEQUANTIZED).value, found.kl(ORIGINAL).value
    losses = {path: found.losses[path].loss().value for path in (DEQUANTIZED, ORIGINAL)}
    higher = max(losses, key=lambda path: losses[path])
    return Question(
        "kl",
        f"KL from the trained model is {near:.2g} nats for “{MODELS[DEQUANTIZED]}” and {far:.2g} for "
        f"“{MODELS[ORIGINAL]}”. Which of the two has the higher held-out loss?",
        {path: MODELS[path] for path in losses},
        (higher,),
        why=f"{losses[DEQUANTIZED]:.3f} and {losses[ORIGINAL]:.3f} nats/token. Far away need not be worse.",
    )
