"""The engine role `trace`: one torch model, and the way of a prompt through it."""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from tutor.engine.forward import Forward, lens, short, summarise, watch
from tutor.engine.loaded import Loaded, read_model
from tutor.engine.methods import Function, PackageMethods
from tutor.engine.protocol import Call, Message, Method
from tutor.engine.resolve import resolve
from tutor.engine.sampling import Array, distribution, draw, entropy, softmax
from tutor.errors import TutorError, UsageError

MAX_TOKENS = 512
"""Tokens a traced text may have: beyond it a small machine no longer answers while one watches."""
SHOWN = 20
"""Candidates in an answer."""
CELLS = 48
"""Dimensions of a vector that are sent for drawing."""


@dataclass(frozen=True)
class _Traced:
    """The text that was traced last, and its logits `[vocab]`."""

    loaded: Loaded
    ids: list[int]
    logits: Array


class Tracer:
    """Methods of the role `trace`. `distribution` and `sample` answer from the logits of the latest trace."""

    def __init__(self) -> None:
        self._loaded: Loaded | None = None
        self._traced: _Traced | None = None

    def methods(self) -> Mapping[str, Method]:
        """By their names in the protocol: its own, and the probes as `module.function`."""
        own: dict[str, Method] = {
            "load": self.load,
            "trace": self.trace,
            "append": self.append,
            "distribution": self.distribution,
            "sample": self.sample,
        }
        return ChainMap(own, cast("dict[str, Method]", PackageMethods("tutor.engine.probes", self._on_model)))

    def _on_model(self, probe: Function) -> Method:
        """`probe(call, loaded, **params)` as a method that takes the model's name."""

        def method(call: Call, model: str, **params: Any) -> Message:
            try:
                inspect.signature(probe).bind(call, None, **params)
            except TypeError as error:
                raise UsageError(f"`{probe.__name__}` was asked wrongly: {error}.") from error
            return cast("Message", probe(call, self._load(model), **params))

        return method

    def load(self, call: Call, model: str) -> Message:
        """Have `model` in memory; says its shape, and in `seconds` how long reading it took."""
        return self._load(model).about

    def trace(self, call: Call, model: str, prompt: str, raw: bool = False) -> Message:
        """Send a prompt through the model: as it is (`raw`), or as a user's message in the chat template."""
        loaded = self._load(model)
        text = prompt if raw else _in_template(loaded.tokenizer, prompt)
        ids = loaded.tokenizer(text, add_special_tokens=raw)["input_ids"]
        return {"text": text} | self._run(call, loaded, [int(token) for token in ids])

    def append(self, call: Call, token: int) -> Message:
        """Trace the latest text again with one more token at its end."""
        traced = self._latest()
        if not 0 <= token < traced.logits.size:
            raise UsageError(f"The model has no token {token}.", f"Tokens go from 0 to {traced.logits.size - 1}.")
        ids = [*traced.ids, token]
        return {"text": traced.loaded.tokenizer.decode(ids)} | self._run(call, traced.loaded, ids)

    def distribution(
        self, call: Call, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0, penalty: float = 1.0
    ) -> Message:
        """The likeliest candidates after the penalty, with their probabilities at each step. Entropies are in nats."""
        traced = self._latest()
        found = distribution(traced.logits, temperature, top_k, top_p, penalty, traced.ids)
        best = [int(token) for token in np.argsort(-found.after_penalty, kind="stable")[:SHOWN]]
        return {
            "candidates": [
                {
                    "id": token,
                    "piece": text,
                    "logit": short(traced.logits[token]),
                    "seen": token in traced.ids,
                    "p": short(found.plain[token]),
                    "p_penalty": short(found.after_penalty[token]),
                    "p_temperature": short(found.after_temperature[token]),
                    "p_top_k": short(found.after_top_k[token]),
                    "p_top_p": short(found.after_top_p[token]),
                }
                for token, text in zip(best, traced.loaded.pieces(best), strict=True)
            ],
            "kept_top_k": int(np.count_nonzero(found.after_top_k)),
            "kept": int(np.count_nonzero(found.final)),
            "entropy_plain": short(entropy(found.plain)),
            "entropy": short(entropy(found.final)),
        }

    def sample(
        self,
        call: Call,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        penalty: float = 1.0,
        seed: int = 0,
        step: int = 0,
    ) -> Message:
        """Draw the next token, the `step`-th of a text; the same `seed` draws the same text.

        `p` is its probability after the filters.
        """
        traced = self._latest()
        found = distribution(traced.logits, temperature, top_k, top_p, penalty, traced.ids).final
        token = draw(found, (seed, step))
        return {"id": token, "piece": traced.loaded.pieces([token])[0], "p": short(found[token])}

    def _latest(self) -> _Traced:
        if self._traced is None:
            raise UsageError("Nothing has been traced yet.", "Trace a prompt first.")
        return self._traced

    def _load(self, model: str) -> Loaded:
        files = resolve(model)
        if files.directory is None:
            raise TutorError(
                f"{files.label} is a GGUF file; a trace needs a model in safetensors.",
                f"Import it first: tutor import {model}",
            )
        if self._loaded is None or self._loaded.directory != files.directory:
            self._loaded = self._traced = None  # two models may not fit into memory
            self._loaded = read_model(files.directory, files.label)
        return self._loaded

    def _run(self, call: Call, loaded: Loaded, ids: list[int]) -> Message:
        if not ids:
            raise UsageError("There is nothing to trace: the prompt has no tokens.", "Type some text.")
        if len(ids) > MAX_TOKENS:
            raise UsageError(
                f"The prompt has {len(ids):,} tokens; a trace takes {MAX_TOKENS}.", "Take a shorter prompt."
            )
        began = time.perf_counter()
        seen = watch(loaded.model, ids, call.check)
        if not torch.isfinite(seen.logits).all():
            raise TutorError(
                f"{loaded.about['name']} computes values that are not finite: its weights are damaged.",
                "Check it with `tutor models verify`, or import it again.",
            )
        self._traced = _Traced(loaded, ids, seen.logits.double().numpy())
        answer = _report(self._traced, seen)
        return answer | {"seconds": round(time.perf_counter() - began, 4)}


def _in_template(tokenizer: Any, prompt: str) -> str:
    messages = [{"role": "user", "content": prompt}]
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def _report(traced: _Traced, seen: Forward) -> Message:
    """A pass as plain data: what the protocol carries and the screen draws."""
    loaded, ids = traced.loaded, traced.ids
    tokenize = summarise("tokenize", torch.tensor([ids]), "text cut into pieces, each with a number")
    probabilities = softmax(traced.logits)
    return {
        "ids": ids,
        "pieces": loaded.pieces(ids),
        "stages": [dataclasses.asdict(stage) for stage in (tokenize, *seen.stages)],
        "residual_norms": [norms[-1] for norms in seen.norms],
        "residual_norms_by_token": seen.norms,
        "attention_norms": [short(vector.float().norm().item()) for vector in seen.attention],
        "mlp_norms": [short(vector.float().norm().item()) for vector in seen.mlp],
        "lens": [_likeliest(loaded, row, 3) for row in lens(loaded.model, seen.residual)],
        "top": [
            candidate | {"logit": short(traced.logits[candidate["id"]])}
            for candidate in _likeliest(loaded, torch.from_numpy(probabilities), SHOWN)
        ],
        "entropy": short(entropy(probabilities)),
        # One row for each residual vector of the last position, for drawing as heat.
        "cells": _cells(seen.residual),
        # What each layer added to them, to say how a number came about.
        "attention_cells": _cells(seen.attention),
        "mlp_cells": _cells(seen.mlp),
    }


def _cells(vectors: list[torch.Tensor]) -> list[list[float]]:
    return [[short(value) for value in vector[:CELLS].tolist()] for vector in vectors]


def _likeliest(loaded: Loaded, probabilities: torch.Tensor, n: int) -> list[dict[str, Any]]:
    best = probabilities.topk(n)
    tokens = best.indices.tolist()
    rows = zip(tokens, loaded.pieces(tokens), best.values.tolist(), strict=True)
    return [{"id": token, "piece": text, "p": short(p)} for token, text, p in rows]
