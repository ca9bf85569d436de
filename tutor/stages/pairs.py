"""Pairs of answers as token ids, and what policy and reference give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutor.codetasks.data import Data
from tutor.codetasks.dpo_faults import spoil_reference
from tutor.codetasks.dpo_found import PAIRS, REFERENCE, save_pairs
from tutor.codetasks.split import TRAIN
from tutor.engine.chatdata import Encoded
from tutor.engine.dpo import log_probs_of_all, with_reference
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import load_adapter
from tutor.engine.preference import PairExample, PairLogProbs, encode_pair
from tutor.files import read_json, write_json
from tutor.runs.context import Run
from tutor.stages.progress import watch

HELD = "heldout"
Pairs = dict[str, list[PairExample]]
"""By `TRAIN` and `HELD`."""


def encode_pairs(run: Run, tokenizer: Any, data: Data) -> Pairs:
    """The pairs to train on, and those held out."""
    pairs = {TRAIN: data.pairs[TRAIN], HELD: [pair for name in data.held_out for pair in data.pairs[name]]}
    return {
        name: [
            encode_pair(tokenizer, pair.name, pair.question, pair.chosen, pair.rejected, run.config.max_length)
            for pair in each
        ]
        for name, each in pairs.items()
    }


def as_encoded(pairs: Sequence[PairExample]) -> Encoded:
    """Pairs as data to train on: a row of each holds its question once."""
    return Encoded(list(pairs), truncated=0)  # type: ignore[arg-type]


def differing(pairs: Sequence[PairExample]) -> float:
    """The share of all tokens in which the answers differ: only there are logits kept for the backward pass."""
    return sum(len(pair.chosen) + len(pair.rejected) for pair in pairs) / sum(len(pair.ids) for pair in pairs)


def add_reference(run: Run, tokenizer: Any, pairs: Pairs, start: Path) -> Pairs:
    """What the model gives every answer before training: computed once and kept, since it never changes."""
    path = run.path / REFERENCE
    if not path.exists():
        model = load_model(start, training_dtype(), training_attention(run.config.max_length))
        found = {
            name: with_reference(each, _log_probs(run, tokenizer, model, each, "reference"))
            for name, each in pairs.items()
        }
        found[TRAIN] = spoil_reference(found[TRAIN], run.drill)
        lengths = [pair.lengths for pair in pairs[TRAIN]]
        references = {name: [pair.reference for pair in each] for name, each in found.items()}
        write_json(path, references | {"lengths": lengths})
    known = read_json(path)
    return {
        name: [replace(pair, reference=tuple(each)) for pair, each in zip(pairs[name], known[name], strict=True)]
        for name in pairs
    }


def load_policy(run: Run, start: Path) -> Any:
    """The trained model as it was trained: the start with its adapter, not merged."""
    base = load_model(start, training_dtype(), training_attention(run.config.max_length))
    return load_adapter(base, run.path / "adapter")


def compare_pairs(run: Run, tokenizer: Any, pairs: Pairs, start: Path) -> Any:
    """Keep the held-out pairs token by token, under the policy and under the reference; returns the policy."""
    model = load_policy(run, start)
    if not (run.path / PAIRS).exists():
        policy = _log_probs(run, tokenizer, model, pairs[HELD], "compare")
        with model.disable_adapter():
            reference = _log_probs(run, tokenizer, model, pairs[HELD], "compare")
        save_pairs(run.path / PAIRS, tokenizer, pairs[HELD], policy, reference)
    return model


def _log_probs(run: Run, tokenizer: Any, model: Any, pairs: Sequence[PairExample], stage: str) -> list[PairLogProbs]:
    config, end = run.config, int(tokenizer.eos_token_id)
    return log_probs_of_all(model, pairs, end, config.batch_size, config.seed, watch(run, stage, "pairs"))
