"""From an adapter to files one can talk to, each held against the one it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from tutor.engine import export, merge, parity, safetensors_file
from tutor.engine.chatdata import Message
from tutor.engine.loading import load_model
from tutor.engine.lora import load_adapter
from tutor.runs.context import Run


@dataclass(frozen=True)
class Asked:
    """What all copies of a model are asked, to see whether they are the same."""

    questions: Sequence[Sequence[Message]]
    prompts: list[list[int]]
    """The questions as token ids."""
    texts: Sequence[Sequence[int]]
    """Whole conversations as token ids."""
    end: int
    """The token that ends an answer."""


def merge_adapter(run: Run, base: Path, asked: Asked, dtype: str = "") -> None:
    """Add the adapter to the weights, prove that nothing changed, and store the sum in `dtype`.

    That is the base's own precision where none is given. What is smaller than its last digit gets lost there.
    """
    model = load_adapter(load_model(base, dtype="float32"), run.path / "adapter")
    transcripts = parity.transcribe(model, asked.prompts, asked.end, run.config.answer_tokens)
    texts = [transcript.ids for transcript in transcripts]
    adapted = parity.logits_of(model, texts)
    merged, changes = merge.fold(model)
    exact = parity.compare(adapted, parity.logits_of(merged, texts), transcripts)
    dtype = dtype or safetensors_file.main_dtype(safetensors_file.read_model(base))
    merged.to(getattr(torch, dtype))  # rounds every sum once, in place
    stored = parity.compare(adapted, parity.logits_of(merged.float(), texts), transcripts)

    run.result(
        "max |Δlogit| merged", exact.max_logit_difference, note="adapter against merged weights, both in float32"
    )
    run.result("max |Δlogit| stored", stored.max_logit_difference, note=f"after rounding the sum to {dtype}")
    run.result("same answers stored", stored.same_answers, f"of {stored.transcripts}", f"after rounding to {dtype}")
    for change in sorted(changes, key=lambda change: -change.relative):
        run.result(f"ΔW {change.layer}", change.delta, note=f"{change.relative:.2%} of the weight's norm")
    run.check("merged logits equal", exact.max_logit_difference < 1e-3, exact.max_logit_difference, "below 1e-3")
    same = f"{exact.same_answers} of {exact.transcripts}"
    run.check(
        "merged answers equal", exact.same_answers == exact.transcripts, same, "the same greedy text for every prompt"
    )
    facts = {"model": f"{base.name} tuned by {run.directory.id}", "source": run.directory.id, "base": str(base)}
    merge.save_merged(merged.to(getattr(torch, dtype)), base, run.path / "merged", facts)


def convert(run: Run) -> None:
    """GGUF for llama.cpp: once in 16 bits, once quantized to about 4.8 bits a weight."""
    f16, small = run.path / "gguf" / "model-f16.gguf", run.path / "gguf" / "model-q4_k_m.gguf"
    if not f16.exists():
        export.to_gguf(run.path / "merged", f16)
    run.raise_if_stopped()
    if not small.exists():
        export.quantize_gguf(f16, small)
    for path in (f16, small):
        run.result(f"size {path.name}", path.stat().st_size, "bytes")


def compare_gguf(run: Run, asked: Asked) -> None:
    """llama.cpp on the GGUF files against torch on the merged model: the same tokens in, the same probabilities out."""
    if "gguf top-1 q4_k_m" in run.results:
        return
    model = load_model(run.path / "merged", dtype="float32")
    transcripts = parity.transcribe(model, asked.prompts, asked.end, run.config.answer_tokens)
    texts = [*asked.texts, *(transcript.ids for transcript in transcripts)]
    reference = parity.logits_of(model, texts)
    for kind, least, most_kl in (("f16", 0.97, 0.001), ("q4_k_m", 0.8, 0.2)):
        run.raise_if_stopped()
        theirs, their_prompts = parity.gguf_logits(run.path / "gguf" / f"model-{kind}.gguf", texts, asked.questions)
        found = parity.compare(reference, theirs, transcripts)
        run.result(
            f"gguf KL {kind}", found.mean_kl, "nats", f"merged against GGUF, mean of {found.positions} positions"
        )
        run.result(f"gguf same answers {kind}", found.same_answers, f"of {found.transcripts}", "greedy text")
        same_tokens = their_prompts == asked.prompts
        run.check(f"{kind} reads the same tokens", same_tokens, same_tokens, "true")
        run.check(f"{kind} predicts the same", found.top1 >= least, found.top1, f"top-1 agreement at least {least}")
        run.check(f"{kind} stays close", found.mean_kl <= most_kl, found.mean_kl, f"KL at most {most_kl} nats")
        run.result(f"gguf top-1 {kind}", found.top1, note="share of positions with the same most likely token")
