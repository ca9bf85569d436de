"""What the live parts of a lesson page have in common, and what they say to the screen."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tutor.text import clean_text
from tutor.widgets.lesson.trace import Settings, Trace


class PromptGiven(Message):
    """The learner wants another prompt traced."""

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.prompt = prompt


class SettingsChanged(Message):
    """The learner changed how the next token is drawn."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings


class DrawWanted(Message):
    """The learner wants the next token drawn and appended, or several."""

    def __init__(self, count: int = 1) -> None:
        super().__init__()
        self.count = count


class RestartWanted(Message):
    """The learner wants the drawn tokens taken away."""


class TopicWanted(Message):
    """The learner wants to open another topic."""

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic


class LiveGroup(Vertical):
    """A part of a page with parts of its own, such as controls. A subclass gives `show`."""

    def __init__(self) -> None:
        super().__init__(classes="live")

    @property
    def leaving(self) -> bool:
        """Whether this part is being taken off the page; the parts that it is made of go first."""
        return not (self.is_attached and self.display)

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        raise NotImplementedError


def waiting(trace: Trace) -> Content:
    """What to say while there is nothing to draw."""
    if trace.error:
        return Content.assemble((clean_text(trace.error.what), "$problem"), f"\n{clean_text(trace.error.todo)}")
    return Content.styled(trace.waiting or "Waiting for a prompt.", "$operation")
