"""The engine protocol: what one line holds, and what a method sees of its request.

`docs/architecture.md` has the table of lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

Role = Literal["trace", "desk", "chat", "corpus"]
"""`trace` holds a torch model, `desk` computes without one, `chat` holds a llama.cpp model, `corpus` a dataset."""
Message = dict[str, Any]
"""One line: a request, a cancel, a part, an answer or an error."""

MAX_LINE = 16 << 20
"""Bytes a line may have. Answers are far smaller; a longer line means that the other side is broken."""


def encode(message: Message) -> bytes:
    """One line, newline included. ASCII, so that even lone surrogates from a terminal survive the way."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The object on a line.

    Raises:
        ValueError: it is not a JSON object.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")
    return message


class Cancelled(Exception):
    """The one who asked has lost interest."""


class Call:
    """A request being answered: where its parts go, and whether it is still wanted."""

    def __init__(self, part: Callable[[Message], None], cancelled: Callable[[], bool]) -> None:
        self._part = part
        self._cancelled = cancelled

    def part(self, **data: Any) -> None:
        """Stream one piece of the answer."""
        self._part(data)

    @property
    def cancelled(self) -> bool:
        """Whether the one who asked has lost interest; the method then returns what it has, soon."""
        return self._cancelled()

    def check(self) -> None:
        """Raise `Cancelled`, for methods whose half answers are worth nothing."""
        if self.cancelled:
            raise Cancelled


Method = Callable[..., Message]
"""`method(call, **params) -> answer`. A `TutorError` it raises becomes an error line."""
