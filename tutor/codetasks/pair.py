"""A question with a better and a worse answer."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.codetasks.task import CodeTask, in_block
from tutor.engine.chatdata import Message


@dataclass(frozen=True)
class Pair:
    """What DPO learns from."""

    name: str
    question: list[Message]
    """The conversation up to where the assistant answers."""
    chosen: str
    rejected: str

    @classmethod
    def of(cls, task: CodeTask) -> Pair:
        """The right and the wrong answer to a task."""
        return cls(task.name, task.question(), in_block(task.chosen), in_block(task.rejected))

    @property
    def swapped(self) -> Pair:
        """The worse answer called the better one."""
        return Pair(self.name, self.question, self.rejected, self.chosen)
