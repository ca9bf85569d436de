"""One programming task, and how it is asked and answered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.engine.chatdata import Message

SYSTEM = "You write Python. Answer with one function in a code block and nothing else."
"""The system message of every conversation about a task."""

_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ONLY_FUNCTION = re.compile(r"```python\ndef \w+\(.*\n((?:[ \t]+.*|)\n)+```")


@dataclass(frozen=True)
class CodeTask:
    """A question, a right and a wrong answer, and the tests that tell them apart."""

    name: str
    """Of the function to write; unique."""
    family: str
    """Tasks of one family are solved by the same pattern."""
    prompt: str
    chosen: str
    """Source of a function that passes the tests."""
    rejected: str
    """Source of one that looks like it and fails at least one."""
    tests: tuple[str, ...]
    """Expressions that are true where the function is right: `keep_even([1, 2]) == [2]`."""

    def conversation(self, code: str) -> list[Message]:
        """The question answered with `code`."""
        return [*self.question(), {"role": "assistant", "content": in_block(code)}]

    def question(self) -> list[Message]:
        """The conversation up to where the model answers."""
        return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": self.prompt}]

    def with_follow_up(self) -> list[Message]:
        """Two turns: the function, then what a call of it returns."""
        call, _, value = self.tests[0].partition(" == ")
        asked = {"role": "user", "content": f"What does {call} return? Answer with the value only."}
        return [*self.conversation(self.chosen), asked, {"role": "assistant", "content": value}]


def in_block(code: str) -> str:
    """`code` as an answer: one fenced block."""
    return f"```python\n{code}\n```"


def code_of(answer: str) -> str:
    """The source in an answer: its first fenced block, also an unfinished one, else all of it."""
    found = _BLOCK.search(answer)
    return found[1] if found else answer


def in_format(answer: str) -> bool:
    """Whether an answer is one function in a Python block and nothing else."""
    return _ONLY_FUNCTION.fullmatch(answer.strip()) is not None
