"""Conversations → token ids, with the tokens the loss may see marked. The chat template is the model's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.errors import TutorError

Message = Mapping[str, str]
"""`{"role": "user", "content": "…"}`."""

IGNORED = -100
"""The label of a token the loss must not see (PyTorch's convention)."""


@dataclass(frozen=True)
class Example:
    """One tokenized conversation."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    """The token's own id where it is supervised, `IGNORED` elsewhere; as long as `ids`."""

    @property
    def supervised(self) -> int:
        """How many tokens the loss sees."""
        return sum(label != IGNORED for label in self.labels)


@dataclass(frozen=True)
class Encoded:
    """A split, tokenized."""

    examples: list[Example]
    truncated: int
    """How many conversations were longer than the limit and lost their end."""

    @property
    def tokens(self) -> int:
        """Tokens of one epoch, without padding."""
        return sum(len(example.ids) for example in self.examples)

    @property
    def longest(self) -> int:
        """Tokens of the longest example."""
        return max(len(example.ids) for example in self.examples)

    @property
    def supervised_fraction(self) -> float:
        """The share of them that the loss sees."""
        return sum(example.supervised for example in self.examples) / self.tokens


def encode(tokenizer: Any, messages: Sequence[Message], max_length: int) -> Example:
    """Tokenize a conversation; supervise what the assistant says, up to and with its end-of-turn token.

    The end-of-turn token is found by its place, not by its id: several models pad with the same id, and masking all of
    "the padding" is how models are trained that never stop.

    Raises:
        TutorError: the template is not append-only, an answer has no end of turn, or nothing is left to supervise.
    """
    whole = _render(tokenizer, messages)
    labels = [IGNORED] * len(whole)
    end = 0
    for turn, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        start = len(_prefix(tokenizer, messages[:turn], whole, add_generation_prompt=True))
        stop = len(_prefix(tokenizer, messages[: turn + 1], whole))
        end = _end_of_turn(tokenizer, whole, start, stop)
        labels[start:end] = whole[start:end]
    # What a template writes after the last end of turn (a newline) is never generated and never seen by the loss.
    end = min(end, max_length)
    example = Example(tuple(whole[:end]), tuple(labels[:end]))
    if example.supervised == 0:
        raise TutorError(
            f"No token of an answer is left within max_length={max_length}: {_snippet(messages)!r}.",
            "Raise max_length, or shorten the question.",
        )
    return example


def prompt_ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """The ids of `messages` up to where the assistant begins to speak."""
    return _render(tokenizer, messages, add_generation_prompt=True)


def turn_ends(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Where each message ends in the ids of the whole conversation, with what the template writes around it.

    Raises:
        TutorError: the template is not append-only.
    """
    whole = _render(tokenizer, messages)
    return [len(_prefix(tokenizer, messages[: turn + 1], whole)) for turn in range(len(messages))]


def encode_all(tokenizer: Any, conversations: Iterable[Sequence[Message]], max_length: int) -> Encoded:
    """`encode` for a split.

    Raises:
        TutorError: the split is empty, or as `encode`.
    """
    examples, truncated = [], 0
    for messages in conversations:
        examples.append(encode(tokenizer, messages, max_length))
        truncated += examples[-1].labels[-1] != tokenizer.eos_token_id
    if not examples:
        raise TutorError("The split has no conversation in it.", "Collect the data again.")
    return Encoded(examples, truncated)


def _render(tokenizer: Any, messages: Sequence[Message], add_generation_prompt: bool = False) -> list[int]:
    text = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=add_generation_prompt)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _prefix(
    tokenizer: Any, messages: Sequence[Message], whole: Sequence[int], add_generation_prompt: bool = False
) -> list[int]:
    """The ids of `messages`, which must begin `whole`: otherwise a mask by position would cover other tokens."""
    ids = _render(tokenizer, messages, add_generation_prompt)
    if list(whole[: len(ids)]) != ids:
        raise TutorError(
            f"The chat template renders the beginning of a conversation differently alone: {_snippet(messages)!r}.",
            "Choose a model whose template only appends.",
        )
    return ids


def _end_of_turn(tokenizer: Any, whole: Sequence[int], start: int, stop: int) -> int:
    """The position after the last end-of-turn token in `whole[start:stop]`."""
    for position in range(stop - 1, start - 1, -1):
        if whole[position] == tokenizer.eos_token_id:
            return position + 1
    raise TutorError(
        f"The chat template does not end an answer with {tokenizer.eos_token!r}; the model would never learn to stop.",
        "Choose an instruction-tuned model.",
    )


def _snippet(messages: Sequence[Message]) -> str:
    """The last question, short enough for an error."""
    return messages[-1]["content"][:60] if messages else ""
