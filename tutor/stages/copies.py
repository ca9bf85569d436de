"""From an adapter to files one can talk to, each held against the one it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from tutor.engine import export, merge, parity, safetensors_file
from tutor.engine.chatdata import Message
from tutor.engine.loading import load_model
from tutor.engine.lora import load_adapter
from tutor.engine.parity import COPIES
from tutor.files import read_json, write_json
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.store import RunDir

LIMITS = {"f16": (0.97, 0.001), "q4_k_m": (0.8, 0.2)}
"""Of each GGUF file: the least share of positions with the same most likely token, and the largest KL in nats."""


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
    _keep(run, merged=asdict(exact), stored=asdict(stored), changes=[asdict(change) for change in changes])
    for name, passed, value, wanted in merge_criteria(run.directory):
        run.check(name, bool(passed), value, wanted)
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
    for kind in LIMITS:
        run.raise_if_stopped()
        theirs, their_prompts = parity.gguf_logits(run.path / "gguf" / f"model-{kind}.gguf", texts, asked.questions)
        found = parity.compare(reference, theirs, transcripts)
        run.result(
            f"gguf KL {kind}", found.mean_kl, "nats", f"merged against GGUF, mean of {found.positions} positions"
        )
        run.result(f"gguf same answers {kind}", found.same_answers, f"of {found.transcripts}", "greedy text")
        same_tokens = sum(theirs == ours for theirs, ours in zip(their_prompts, asked.prompts, strict=True))
        _keep(run, **{kind: asdict(found) | {"same_tokens": same_tokens}})
        run.result(f"gguf top-1 {kind}", found.top1, note="share of positions with the same most likely token")
    for name, passed, value, wanted in gguf_criteria(run.directory):
        run.check(name, bool(passed), value, wanted)


def merge_criteria(run: RunDir) -> Iterator[Criterion]:
    """Whether the merged weights say what the adapter said."""
    exact = read_json(run.path / COPIES)["merged"]
    difference, same = exact["max_logit_difference"], exact["same_answers"]
    yield Criterion("merged logits equal", difference < 1e-3, difference, "below 1e-3")
    said = f"{same} of {exact['transcripts']}"
    yield Criterion("merged answers equal", same == exact["transcripts"], said, "the same greedy text for every prompt")


def gguf_criteria(run: RunDir) -> Iterator[Criterion]:
    """Whether llama.cpp, given the GGUF files, says what the merged model says."""
    copies = read_json(run.path / COPIES)
    for kind, (least, most_kl) in LIMITS.items():
        found = copies[kind]
        same, top1, kl = found["same_tokens"], found["top1"], found["mean_kl"]
        said = f"{same} of {found['transcripts']}"
        yield Criterion(f"{kind} reads the same tokens", same == found["transcripts"], said, "every prompt")
        yield Criterion(f"{kind} predicts the same", top1 >= least, top1, f"top-1 agreement at least {least}")
        yield Criterion(f"{kind} stays close", kl <= most_kl, kl, f"KL at most {most_kl} nats")


def _keep(run: Run, **found: Any) -> None:
    path = run.path / COPIES
    write_json(path, (read_json(path) if path.is_file() else {}) | found)
