"""The engine role `chat`: one llama.cpp model, streaming answers to conversations."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tutor.engine.chatmodel import ChatModel, wanted_files
from tutor.engine.generate import Detokenizer, Sampling, generate, top_probabilities
from tutor.engine.prompt import ChatMessage, ChatPrompt, checked_messages
from tutor.engine.protocol import Call, Message, Method
from tutor.engine.resolve import base_of, resolve
from tutor.errors import UsageError

PART_EVERY_S = 0.03
"""Text is sent this often while it is written, not with every token: waking the reader costs its core some speed."""
MAX_STRENGTH = 10


class Chat:
    """Methods of the role `chat`. A request that names another model than the loaded one loads it first."""

    def __init__(self) -> None:
        self._model: ChatModel | None = None

    def methods(self) -> Mapping[str, Method]:
        """By their names in the protocol."""
        return {"load": self.load, "chat": self.chat}

    def load(self, call: Call, model: str, strength: float | None = None) -> Message:
        """Have `model` in memory as `chat` has it; says what it is (`ChatModel.facts`) and takes (`ChatModel.memory`).

        `base` is the model of the store that a run's adapter can be added to in any strength, '' where there is none.
        """
        files = resolve(model)
        base = base_of(files)
        loaded = self._load(model, strength)
        return {"label": files.label, "base": base.name if base else ""} | loaded.facts() | loaded.memory()

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
        strength: float | None = None,
    ) -> Message:
        """Answer a conversation, streaming parts `{"text"}`.

        With `probs`, every token is a part that also has `piece`, its probability `p` and the `probs` likeliest
        pieces `top` (before any filter). Turns that do not fit are dropped, oldest first; `dropped_turns` counts them.
        With `strength`, a run's adapter is added to its base so many times; 0 is the base, 1 what was trained.
        """
        first = [{"role": "system", "content": system}] if system else []
        conversation = checked_messages([*first, *messages])
        _check_numbers(max_tokens, temperature, top_p, top_k, strength)
        loaded = self._load(model, strength)
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
            **loaded.memory(),
        }

    def _load(self, model: str, strength: float | None = None) -> ChatModel:
        files = wanted_files(resolve(model), strength)  # each time: what `last` means changes
        if self._model is not None and self._model.files != files:
            self._model.llm.close()  # two models may not fit into memory
            self._model = None
        self._model = self._model or ChatModel.load(files)
        self._model.set_strength(strength or 0)
        return self._model


class _Answer:
    """An answer that is being generated."""

    def __init__(self, call: Call, loaded: ChatModel, sampling: Sampling, probs: int) -> None:
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


def _check_numbers(max_tokens: int, temperature: float, top_p: float, top_k: int, strength: float | None) -> None:
    if max_tokens < 1:
        raise UsageError("An answer needs room for at least one token.", "Ask for more tokens.")
    if not (temperature >= 0 and 0 < top_p <= 1 and top_k >= 0):
        raise UsageError(
            f"These sampling settings make no sense: temperature {temperature}, top-p {top_p}, top-k {top_k}.",
            "Temperature and top-k are 0 or more, top-p is above 0 and at most 1.",
        )
    if strength is not None and not 0 <= strength <= MAX_STRENGTH:
        raise UsageError(
            f"An adapter cannot be added {strength:g} times.", f"Take a strength from 0 to {MAX_STRENGTH}, such as 0.5."
        )
