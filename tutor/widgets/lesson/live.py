"""The base of all live pictures, and their names in lesson files."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tutor.text import clean_text
from tutor.widgets.lesson.trace import Settings, Trace

NAMES = {
    "prompt": ("promptbox", "PromptBox"),
    "tokens": ("tokenstrip", "TokenStrip"),
    "shapes": ("stagetable", "StageTable"),
    "vector": ("vectorcells", "VectorCells"),
    "stream": ("streamheat", "StreamHeat"),
    "norms": ("normcolumns", "NormColumns"),
    "lens": ("lenstable", "LensTable"),
    "logits": ("logitbars", "LogitBars"),
    "sampler": ("sampler", "Sampler"),
    "loop": ("loop", "Loop"),
}
"""Module and class of each picture, by its name in a lesson's `widget` block. Each is imported when first shown."""


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
    """The learner wants the next token drawn and appended."""


class RestartWanted(Message):
    """The learner wants the drawn tokens taken away."""


class Live(Static):
    """A picture that is drawn as one text. A subclass gives `picture`; arguments of the block are its constructor's."""

    NEEDS: ClassVar[str] = "report"
    """Which part of the trace it draws: `report` or `distribution`."""

    def __init__(self) -> None:
        super().__init__(markup=False, classes="live")
        self._trace = Trace()

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        self._trace = trace
        self.refresh(layout=True)

    def render(self) -> Content:
        """The picture, or why there is none yet, and where its numbers come from."""
        if not getattr(self._trace, self.NEEDS):
            return waiting(self._trace)
        parts = [self.picture(self._trace, max(20, self.size.width or 76))]
        parts.append(Content.styled(f"\n{self._trace.provenance}", "$faint"))
        return Content("\n").join(parts)

    def picture(self, trace: Trace, width: int) -> Content:
        """The picture, at most `width` cells wide."""
        raise NotImplementedError


class LiveGroup(Vertical):
    """A picture with parts of its own, such as controls. A subclass gives `show`."""

    def __init__(self) -> None:
        super().__init__(classes="live")

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        raise NotImplementedError


Picture = Live | LiveGroup


def waiting(trace: Trace) -> Content:
    """What to say while there is nothing to draw."""
    if trace.error:
        return Content.assemble((clean_text(trace.error.what), "$problem"), f"\n{clean_text(trace.error.todo)}")
    return Content.styled(trace.waiting or "Waiting for a prompt.", "$operation")


def make(name: str, arguments: dict[str, Any]) -> Picture:
    """The picture called `name`.

    Raises:
        KeyError: there is none.
        TypeError: it does not take these arguments.
    """
    module, class_name = NAMES[name]
    found = getattr(import_module(f"tutor.widgets.lesson.{module}"), class_name)
    made: Picture = found(**arguments)
    return made
