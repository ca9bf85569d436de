"""The inner loop of generation with llama.cpp: evaluate what is new, sample, repeat."""

from __future__ import annotations

import codecs
import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np

from tutor.engine.threads import ThreadChoice

EVALUATE_AT_ONCE = 128
"""Prompt tokens between two looks at whether the answer is still wanted."""

_PIECE_BYTES = 1024


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen: the `top_k` most likely, at `temperature`, then the smallest set of mass `top_p`.

    Temperature 0 is greedy; `top_k` 0 and `top_p` 1 filter nothing. Same seed, same text.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0


class PromptCache:
    """Brings llama.cpp's cache to a prompt, keeping the longest prefix it already holds."""

    def __init__(self, llm: llama_cpp.Llama) -> None:
        self._llm = llm
        self._pieces: list[tuple[int, int]] = []  # start and end of what was evaluated at once and is still there

    def forget(self) -> None:
        """Have every token evaluated anew: the model computes otherwise from now on."""
        self._llm.n_tokens = 0
        self._pieces = []

    def evaluate(self, tokens: Sequence[int], cancelled: Callable[[], bool] = lambda: False) -> int:
        """Have exactly `tokens` in the cache, and the logits of the last one; returns how many were evaluated.

        A prompt that was evaluated before ends with the same piece again, not with its last token only: llama.cpp
        sums in another order for one token than for several, and then the same question could get another answer.
        When `cancelled`, it stops early.
        """
        llm = self._llm
        kept = _common_prefix(llm.input_ids[: llm.n_tokens], tokens)
        if kept == len(tokens):
            kept = next((start for start, end in self._pieces if end == len(tokens)), kept - 1)
        # Recurrent models cannot forget their last tokens only.
        if not llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(llm.ctx), -1, kept, -1):
            llm.reset()
            kept = 0
        llm.n_tokens = kept
        self._pieces = [piece for piece in self._pieces if piece[1] <= kept]
        for start in range(kept, len(tokens), EVALUATE_AT_ONCE):
            if cancelled():
                break
            llm.eval(tokens[start : start + EVALUATE_AT_ONCE])
            self._pieces.append((start, llm.n_tokens))
        return llm.n_tokens - kept


def generate(llm: llama_cpp.Llama, sampling: Sampling, threads: ThreadChoice | None = None) -> Iterator[int]:
    """Sample one token after another after the prompt in the cache, without end.

    A token is evaluated only when the next one is asked for. The number of `threads` changes the speed, not the text.
    """
    threads = threads or ThreadChoice(llm.n_threads)
    with _sampler(sampling) as chain:
        while True:
            token = llama_cpp.llama_sampler_sample(chain, llm.ctx, -1)
            yield token
            llama_cpp.llama_set_n_threads(llm.ctx, threads.current, llm.n_threads_batch)
            began = time.perf_counter()
            llm.eval([token])
            threads.record(time.perf_counter() - began)


class Detokenizer:
    """Bytes of tokens to text, one token at a time; half a character waits for its other half."""

    def __init__(self, llm: llama_cpp.Llama) -> None:
        self._vocab = llama_cpp.llama_model_get_vocab(llm.model)
        self._buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def is_end(self, token: int) -> bool:
        """Whether the model says with this token that its answer is complete."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def raw(self, token: int) -> bytes:
        """The token's own bytes; control tokens have none."""
        length = llama_cpp.llama_token_to_piece(self._vocab, token, self._buffer, _PIECE_BYTES, 0, False)
        return self._buffer.raw[: max(0, length)]

    def readable(self, token: int) -> str:
        """One token on its own: control tokens by their names, halves of characters as escapes."""
        text = self.raw(token) or llama_cpp.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", "backslashreplace")

    def add(self, token: int) -> str:
        """The text that becomes readable with this token, perhaps none."""
        return self._decoder.decode(self.raw(token))


def top_probabilities(llm: llama_cpp.Llama, token: int, n: int) -> tuple[float, list[tuple[int, float]]]:
    """Probability of `token` at the current position, before any filter, and the `n` most likely tokens with theirs."""
    logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(llm.ctx, -1), shape=(llm.n_vocab(),))
    weights = np.exp(logits.astype(np.float64) - logits.max())
    weights /= weights.sum()
    best = np.argsort(-weights)[:n]
    return float(weights[token]), [(int(i), float(weights[i])) for i in best]


@contextmanager
def _sampler(sampling: Sampling) -> Iterator[Any]:
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    try:
        for step in _steps(sampling):
            llama_cpp.llama_sampler_chain_add(chain, step)
        yield chain
    finally:
        llama_cpp.llama_sampler_free(chain)


def _steps(sampling: Sampling) -> Iterator[Any]:
    if sampling.temperature <= 0:
        yield llama_cpp.llama_sampler_init_greedy()
        return
    # Top-k keeps the same tokens at every temperature, and is cheapest first.
    yield llama_cpp.llama_sampler_init_top_k(sampling.top_k)
    yield llama_cpp.llama_sampler_init_temp(sampling.temperature)
    yield llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1)
    yield llama_cpp.llama_sampler_init_dist(sampling.seed & 0xFFFFFFFF)


def _common_prefix(cached: Any, tokens: Sequence[int]) -> int:
    n = min(len(cached), len(tokens))
    different = np.flatnonzero(np.asarray(cached[:n]) != np.asarray(tokens[:n]))
    return int(different[0]) if different.size else n
