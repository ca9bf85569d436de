"""The engine role `chat`: one llama.cpp model, streaming answers to conversations."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
from gguf import LlamaFileType

from tutor.engine.generate import Detokenizer, PromptCache, Sampling, generate, top_probabilities
from tutor.engine.llama import load_llama
from tutor.engine.prompt import ChatMessage, ChatPrompt, checked_messages
from tutor.engine.protocol import Call, Message, Method
from tutor.engine.resolve import chat_gguf, resolve
from tutor.engine.threads import ThreadChoice
from tutor.errors import UsageError

CONTEXT = 4096
"""Tokens of prompt and answer together, where the model was trained on as many."""
PART_EVERY_S = 0.03
"""Text is sent this often while it is written, not with every token: waking the reader costs its core some speed."""


@dataclass(frozen=True)
class _Loaded:
    """The model in memory."""

    label: str
    file: Path
    llm: llama_cpp.Llama
    prompt: ChatPrompt
    cache: PromptCache
    threads: ThreadChoice

    @property
    def context(self) -> int:
        """Tokens that fit: as many as there is room for, and no more than the model was trained on."""
        return min(self.llm.n_ctx(), int(llama_cpp.llama_model_n_ctx_train(self.llm.model)))


class Chat:
    """Methods of the role `chat`. A request that names another model than the loaded one loads it first."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    def methods(self) -> Mapping[str, Method]:
        """By their names in the protocol."""
        return {"load": self.load, "chat": self.chat}

    def load(self, call: Call, model: str) -> Message:
        """Have `model` in memory; says what it is. `bytes` is the size of `file`, `context` counts tokens."""
        loaded = self._load(model)
        return {
            "label": loaded.label,
            "file": str(loaded.file),
            "bytes": loaded.file.stat().st_size,
            "context": loaded.context,
            "parameters": int(llama_cpp.llama_model_n_params(loaded.llm.model)),
            "quantization": _quantization(loaded.llm),
            "threads": loaded.llm.n_threads,
        }

    def chat(
        self,
        call: Call,
        model: str,
        messages: list[Any],
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_p: float = 1.0,
        top_k: int = 0,
        seed: int | None = None,
        system: str = "",
        probs: int = 0,
    ) -> Message:
        """Answer a conversation, streaming parts `{"text"}`.

        With `probs`, every token is a part that also has `piece`, its probability `p` and the `probs` likeliest
        pieces `top` (before any filter). Turns that do not fit are dropped, oldest first; `dropped_turns` counts them.
        """
        loaded = self._load(model)
        first = [{"role": "system", "content": system}] if system else []
        conversation = checked_messages([*first, *messages])
        _check_numbers(max_tokens, temperature, top_p, top_k)
        began = time.perf_counter()
        tokens, dropped = fit(loaded.prompt, conversation, loaded.context, max_tokens)
        seed = secrets.randbits(31) if seed is None else seed
        answer = _Answer(call, loaded, Sampling(temperature, top_p, top_k, seed), probs)
        evaluated = loaded.cache.evaluate(tokens, lambda: call.cancelled)
        if not call.cancelled:
            answer.run(max_tokens)
            loaded.prompt.remember(answer.text, answer.tokens)
        return {
            "text": answer.text,
            "prompt_tokens": len(tokens),
            "evaluated_tokens": evaluated,
            "new_tokens": len(answer.tokens),
            "ttft_s": answer.first - began if answer.first else None,
            "tokens_per_s": answer.tokens_per_s,
            "stop_reason": answer.stop_reason,
            "dropped_turns": dropped,
            "seed": seed,
        }

    def _load(self, model: str) -> _Loaded:
        files = resolve(model)  # each time: what `last` means changes
        file = chat_gguf(files)
        if self._loaded is not None and self._loaded.file != file:
            self._loaded.llm.close()  # two models may not fit into memory
            self._loaded = None
        if self._loaded is None:
            llm = load_llama(file, n_ctx=CONTEXT)
            self._loaded = _Loaded(
                files.label, file, llm, ChatPrompt(llm), PromptCache(llm), ThreadChoice(llm.n_threads)
            )
        return self._loaded


class _Answer:
    """An answer that is being generated."""

    def __init__(self, call: Call, loaded: _Loaded, sampling: Sampling, probs: int) -> None:
        self._call = call
        self._llm = loaded.llm
        self._threads = loaded.threads
        self._sampling = sampling
        self._probs = probs
        self._detokenizer = Detokenizer(loaded.llm)
        self.text = ""
        self.tokens: list[int] = []
        self.stop_reason = "cancelled"
        self.first: float | None = None
        self._last = 0.0
        self._unsent = ""
        self._sent_at = 0.0

    @property
    def tokens_per_s(self) -> float | None:
        """Speed after the first token; None for an answer of fewer than two."""
        if self.first is None or len(self.tokens) < 2:
            return None
        return (len(self.tokens) - 1) / (self._last - self.first)

    def run(self, max_tokens: int) -> None:
        """Generate until the model ends, `max_tokens` are there, or nobody listens any more."""
        self._generate(max_tokens)
        self._send()

    def _generate(self, max_tokens: int) -> None:
        for token in generate(self._llm, self._sampling, self._threads):
            if self._call.cancelled:
                return
            if self._detokenizer.is_end(token):
                self.stop_reason = "stop"
                return
            self._add(token)
            if len(self.tokens) == max_tokens:
                self.stop_reason = "length"
                return

    def _add(self, token: int) -> None:
        self._last = time.perf_counter()
        self.first = self.first or self._last
        self.tokens.append(token)
        text = self._detokenizer.add(token)
        self.text += text
        if self._probs:
            self._call.part(text=text, **self._probabilities(token))
            return
        self._unsent += text
        if self._last - self._sent_at >= PART_EVERY_S:
            self._send()

    def _send(self) -> None:
        if self._unsent:
            self._call.part(text=self._unsent)
            self._unsent, self._sent_at = "", self._last

    def _probabilities(self, token: int) -> dict[str, Any]:
        p, top = top_probabilities(self._llm, token, self._probs)
        readable = self._detokenizer.readable
        return {"piece": readable(token), "p": p, "top": [{"piece": readable(other), "p": q} for other, q in top]}


def fit(prompt: ChatPrompt, messages: Sequence[ChatMessage], context: int, max_tokens: int) -> tuple[list[int], int]:
    """The prompt's tokens, and how many of the oldest turns had to go for it and `max_tokens` to fit the `context`.

    A turn is a user message with what follows it up to the next one. System messages stay.

    Raises:
        UsageError: the latest turn alone does not fit.
    """
    system = [message for message in messages if message["role"] == "system"]
    turns = _turns(messages)
    for dropped in range(len(turns)):
        tokens = prompt.tokens([*system, *itertools.chain(*turns[dropped:])])
        if len(tokens) + max_tokens <= context:
            return tokens, dropped
    raise UsageError(
        f"The last message has {len(tokens):,} tokens with its template, and {max_tokens:,} are kept for the answer: "
        f"that is more than the context of {context:,}.",
        "Shorten the message, or ask for a shorter answer.",
    )


def _turns(messages: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    turns: list[list[ChatMessage]] = []
    for message in messages:
        if message["role"] == "system":
            continue
        if message["role"] == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _check_numbers(max_tokens: int, temperature: float, top_p: float, top_k: int) -> None:
    if max_tokens < 1:
        raise UsageError("An answer needs room for at least one token.", "Ask for more tokens.")
    if not (temperature >= 0 and 0 < top_p <= 1 and top_k >= 0):
        raise UsageError(
            f"These sampling settings make no sense: temperature {temperature}, top-p {top_p}, top-k {top_k}.",
            "Temperature and top-k are 0 or more, top-p is above 0 and at most 1.",
        )


def _quantization(llm: llama_cpp.Llama) -> str:
    """The name of the file's main tensor type, such as `Q4_K_M`."""
    number = llm.metadata.get("general.file_type", "")
    known = {str(kind.value): kind.name for kind in LlamaFileType}
    return known.get(number, "unknown").removeprefix("MOSTLY_").removeprefix("ALL_")
