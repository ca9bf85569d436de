"""`report.md` of lab-qlora-cli-help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tutor.engine.bootstrap import Estimate
from tutor.engine.quantized import QUANTS, bits_per_weight
from tutor.insight.qlora_found import (
    ARITHMETIC,
    BASE,
    BASE_4BIT,
    DEQUANTIZED,
    LORA,
    MODELS,
    PATHS,
    QLORA,
    STORED,
    Found,
)
from tutor.insight.qlora_quiz import GAPS
from tutor.markdown import table
from tutor.text import human_bytes

Sample = tuple[str, str, str, str]
"""A question, its reference, the base's answer, the tuned model's."""


def findings(found: Found, options: Mapping[str, Any], samples: list[Sample]) -> list[str]:
    """Everything between title and checks."""
    return [
        _summary(found),
        *_quality(found),
        *_merges(found),
        *_bits(found, options),
        *_memory(found),
        *_samples(samples),
        *_files(),
    ]


def _summary(found: Found) -> str:
    base, low, lora, qlora = (found.losses[name].loss().value for name in (BASE, BASE_4BIT, LORA, QLORA))
    return (
        f"Rounding the blocks to 4 bits raised the held-out loss of the untrained model from {base:.3f} to {low:.3f} "
        f"nats/token. With an adapter on top it fell to {qlora:.3f}; on the 16-bit weights to {lora:.3f}. "
        f"Conclusion: {GAPS[found.gap_verdict]}."
    )


def _quality(found: Found) -> Iterator[str]:
    yield "## Six models and a mistake, on questions they never trained on"
    rows = []
    for name, title in MODELS.items():
        loss = found.losses[name]
        rows.append((title, _interval(loss.loss()), _interval(loss.fall_from(found.losses[BASE]), "+")))
    yield table(("model", "loss, nats/token", "lower than the base by"), rows)
    gap = found.gap
    yield (
        f"The gap: QLoRA's loss minus LoRA's is {_interval(gap, '+')} nats/token over {gap.n} examples, "
        "paired by example. In brackets: 95 % bootstrap intervals."
    )


def _merges(found: Found) -> Iterator[str]:
    yield "## Is the merged model the one that was trained?"
    rows = []
    stored = f"{PATHS[DEQUANTIZED]}, as stored in `merged/`"
    nothing = "not merged, but computed in the type of the training"
    for path, title in {**PATHS, STORED: stored, ARITHMETIC: nothing}.items():
        kl, top = found.kl(path), found.top1(path)
        rows.append((title, f"{kl.value:.2g} [{kl.low:.2g}, {kl.high:.2g}]", f"{top.value:.1%}"))
    yield table(("the adapter added", "KL from the trained model, nats", "same most likely token"), rows)
    yield (
        "All are held against the trained model with its own weights, in float32 arithmetic; the last line says what "
        "rounding while computing does by itself."
    )
    yield (
        "The adapter was trained against rounded weights. Only with exactly these weights does the sum say what the "
        "trained model says. Quantizing the sum again throws away much of a small change: it is less than the distance "
        "between two of the 16 values."
    )


def _bits(found: Found, options: Mapping[str, Any]) -> Iterator[str]:
    quantized = found.four_bit
    yield "## How many bits"
    yield (
        f"{len(quantized)} matrices are held in {QUANTS[options['quant']]}, {sum(m.weights for m in quantized):,} "
        f"weights in {human_bytes(sum(m.bytes for m in quantized))}: {found.bits:.3f} bits a weight, where the method "
        f"promises "
        f"{bits_per_weight(options['double_quant']):.3f}. The whole base shrank {found.shrinking:.2f} times, because "
        "embedding, output matrix and norms stay as they were."
    )


def _memory(found: Found) -> Iterator[str]:
    yield "## Memory and time"
    if found.memory(QLORA).place != "GPU":
        yield (
            "**On a CPU this run is functional, not a demonstration of memory or speed.** The numbers are real, but "
            "the interpreter and its libraries take more than a small model, and a CPU has no 4-bit arithmetic."
        )
    both = {arm: {row[0]: row[1:] for row in found.memory(arm).rows()} for arm in (LORA, QLORA)}
    rows = [
        (name, *(f"{human_bytes(each)}" for arm in (LORA, QLORA) for each in both[arm][name])) for name in both[QLORA]
    ]
    yield table(("component", "LoRA predicted", "LoRA measured", "QLoRA predicted", "QLoRA measured"), rows)
    yield (
        f"The predicted peak is {found.memory(QLORA).error:+.0%} off for QLoRA and {found.memory(LORA).error:+.0%} "
        f"for LoRA. A step on the 4-bit base took {found.slowdown:.2f} times as long as one on the 16-bit base "
        f"({found.memory(QLORA).step_seconds:.2f} s and {found.memory(LORA).step_seconds:.2f} s, medians)."
    )


def _samples(samples: list[Sample]) -> Iterator[str]:
    yield "## Before and after"
    for prompt, reference, base, tuned in samples:
        yield "\n".join(f"> {line}".rstrip() for line in prompt.splitlines())
        yield table(("", ""), [("before", base), ("after", tuned), ("reference", reference)])


def _files() -> Iterator[str]:
    yield "## Files"
    rows = [
        ("`merged/`", "the tuned model, merged into the dequantized base"),
        ("`gguf/`", "the same for llama.cpp, in 16 bits and quantized: what the chat loads"),
        ("`qlora/adapter/`, `lora/adapter/`", "both adapters, in PEFT's format"),
        ("`losses/`", "nats and tokens of every held-out example, by model"),
        ("`merges/`", "KL and agreement of every text, by way of merging"),
        ("`matrices.json`, `memory/`", "bytes of every matrix; memory by component"),
    ]
    yield table(("file", "what it is"), rows)


def _interval(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"
