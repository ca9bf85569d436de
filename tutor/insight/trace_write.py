"""The parts of `trace.json`, from what was watched."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import torch

from tutor.engine.chrome import stage_events, step_events, trace_file
from tutor.engine.decoding import Decoded
from tutor.engine.forward import Forward, lens, short, summarise
from tutor.engine.loaded import Loaded
from tutor.engine.timing import Pass
from tutor.insight.trace_found import FORMAT, SHAPE, Trace

CANDIDATES = 20
"""Of the model's output that are kept; the lens after the last layer is held against them."""
GUESSES = 5
"""Kept of the lens after each layer."""


def facts_of(loaded: Loaded, prompt: str, ids: list[int]) -> dict[str, Any]:
    """What was traced, through what."""
    shape = {name: getattr(loaded.architecture, name) for name in SHAPE}
    name, dtype = loaded.about["name"], loaded.about["dtype"]
    facts = {"format": FORMAT, "model": name, "dtype": dtype, "architecture": shape, "prompt": prompt}
    return facts | {"text": loaded.tokenizer.decode(ids), "ids": ids, "pieces": loaded.pieces(ids)}


def stages_of(seen: Forward, ids: list[int], passes: list[Pass], tokenizing: float) -> dict[str, Any]:
    """Every stage with its values and its seconds (those of the quickest pass), and all timed passes."""
    began = time.perf_counter()
    seen.logits.softmax(-1)
    softmax = time.perf_counter() - began
    quickest = min(passes, key=lambda timed: timed.wall)
    first = summarise("tokenize", torch.tensor([ids]), "text cut into pieces, each with a number")
    # A broken clock may have counted more spans than there are stages.
    seconds = [tokenizing, *(span.seconds for span in quickest.spans[: len(seen.stages) - 1]), softmax]
    stages = [asdict(stage) | {"seconds": each} for stage, each in zip((first, *seen.stages), seconds, strict=True)]
    return {"stages": stages, "passes": [asdict(timed) for timed in passes]}


def values_of(loaded: Loaded, seen: Forward) -> dict[str, Any]:
    """Lengths of the residual stream, the output, and the lens: read by the model as it is now."""
    return {
        "norms": seen.norms,
        "output": likeliest(loaded, seen.logits.softmax(-1), CANDIDATES),
        "lens": [likeliest(loaded, row, GUESSES) for row in lens(loaded.model, seen.residual)],
    }


def likeliest(loaded: Loaded, probabilities: torch.Tensor, count: int) -> list[dict[str, Any]]:
    """The likeliest tokens of a distribution `[vocab]`."""
    best = probabilities.topk(count)
    return candidates(loaded, list(zip(best.indices.tolist(), best.values.tolist(), strict=True)))


def candidates(loaded: Loaded, best: list[tuple[int, float]]) -> list[dict[str, Any]]:
    """Tokens with what they say and their probabilities."""
    pieces = loaded.pieces([token for token, _ in best])
    return [{"id": token, "piece": piece, "p": short(p)} for (token, p), piece in zip(best, pieces, strict=True)]


def steps_of(loaded: Loaded, decoded: Decoded) -> list[dict[str, Any]]:
    """Tokens with their seconds and what else was likely."""
    pieces = loaded.pieces(decoded.tokens)
    return [
        {"id": step.token, "piece": piece, "seconds": step.seconds, "top": candidates(loaded, step.top)}
        for step, piece in zip(decoded.steps, pieces, strict=True)
    ]


def chrome_trace(trace: Trace) -> dict[str, Any]:
    """The times for chrome://tracing: the quickest pass over the prompt, and the tokens after it."""
    threads = {1: "the prompt, stage by stage", 2: "tokens with the cache", 3: "tokens without it"}
    facts = [{"shape": stage["shape"], "L2": stage["l2"]} for stage in trace.stages[1:-1]]
    events = stage_events(trace.best_pass["spans"][: len(facts)], facts, thread=1)
    for thread, way in ((2, "cached"), (3, "uncached")):
        events += step_events(trace.data[way], thread)
    return trace_file(f"{trace.data['model']}: {trace.data['prompt']}", threads, events)
