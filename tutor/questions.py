"""Questions to a learner, and whether an answer is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    """A question with options, or one whose answer is typed."""

    id: str
    text: str
    options: dict[str, str] = field(default_factory=dict)
    """What to answer with → what it says; empty where the answer is typed."""
    answer: tuple[str, ...] = ()
    """Everything that is right; the first is the one to show. Empty while nobody knows."""
    tolerance: float = 0.0
    """How far a number may be off, as a share of the right one."""
    why: str = ""
    """What there is to say afterwards."""

    def is_right(self, given: str) -> bool:
        """Whether `given` is one of the answers, or a number near the first of them."""
        if _plain(given) in map(_plain, self.answer):
            return True
        try:
            guess, truth = float(given), float(self.answer[0])
        except ValueError:
            return False
        return abs(guess - truth) <= self.tolerance * abs(truth)

    def without_answer(self) -> dict[str, Any]:
        """What a learner may see before answering."""
        return {"id": self.id, "text": self.text, "options": self.options}

    def says(self, answer: str) -> str:
        """An answer as people read it: the text of the option where it is one."""
        return self.options.get(answer, answer)


@dataclass(frozen=True)
class Judged:
    """A question, what was answered, and whether that is right (None where nobody answered)."""

    question: Question
    given: str | None
    right: bool | None

    @classmethod
    def of(cls, question: Question, answers: Mapping[str, str]) -> Judged:
        """`question` judged by the answer among `answers` that bears its id."""
        given = answers.get(question.id)
        return cls(question, given, None if given is None else question.is_right(given))

    def plain(self) -> dict[str, Any]:
        """As JSON; `from_plain` reads it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Judged:
        """Read what `plain` wrote."""
        asked = data["question"] | {"answer": tuple(data["question"]["answer"])}
        return cls(Question(**asked), data["given"], data["right"])


def _plain(text: str) -> str:
    """Without what people write differently: `[1, 14, 576]` and `1×14×576` are one shape."""
    return re.sub(r"[\s\[\]()]", "", text.replace("×", ",")).lower()
