"""What every figure gives: its controls, its request to the engine, and its picture of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

from textual.content import Content

from tutor.engine.protocol import Role
from tutor.widgets.lesson.trace import Trace

Values = dict[str, Any]
"""The state of a figure's controls, by name."""
Answer = Mapping[str, Any]
"""What the engine said."""


@dataclass(frozen=True)
class View:
    """Where a picture is shown."""

    width: int
    """Cells; a picture never draws wider."""
    colours: bool = True
    """Without them a picture needs glyphs or numbers to be read."""
    tall: bool = False
    """Whether there is room for some twenty lines rather than ten."""


@dataclass(frozen=True)
class Number:
    """A number that the arrows change, out of `values`."""

    name: str
    label: str
    values: Sequence[float]
    value: float
    names: Mapping[float, str] | None = None
    """What to show instead of some values, such as `off`."""
    asks: bool = True
    """Whether a change needs a new answer; else the same answer is only drawn again."""


@dataclass(frozen=True)
class Pick:
    """One of a few words."""

    name: str
    label: str
    options: Sequence[str]
    value: str
    asks: bool = True


@dataclass(frozen=True)
class Words:
    """A line of text."""

    name: str
    label: str
    value: str
    asks: bool = True


Control = Number | Pick | Words


SWITCH: Mapping[Any, bool] = {"on": True, "off": False}


def switch(name: str, label: str, value: bool, *, asks: bool = True) -> Pick:
    """A control that is `on` or `off`."""
    return Pick(name, label, ("on", "off"), "on" if value else "off", asks)


@dataclass(frozen=True)
class Cells:
    """A matrix that the learner can walk through: the cell under the cursor explains itself."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    """None is a cell that has no value, such as a masked one."""
    explain: Callable[[int, int], Content]
    """How the number in row, column was computed, with its inputs."""
    scale: str = "signed"
    """`signed`: around zero; `share`: from 0 to the largest; `log`: likewise, but each shade is 2.4 times the last."""
    numbers: bool = True
    """Write the value into each cell; without, cells are two characters of colour."""
    form: str = ".2f"
    title: str = ""
    lit: frozenset[tuple[int, int]] = frozenset()
    """Cells that take part in the current step."""
    shrinks: bool = False
    """Draw it smaller where it does not fit: two characters a cell, then half a character."""
    by_row: bool = False
    """Each row has a colour scale of its own."""
    distributions: bool = False
    """Each row is a distribution: that of the cursor is drawn as bars as well."""


@dataclass(frozen=True)
class Door:
    """A row that leads to the topic that explains it."""

    says: Content
    topic: str
    """Its id, such as `1.3.2`."""


class Figure:
    """A picture with a request of its own. The arguments of a lesson's block are its constructor's."""

    ASK: ClassVar[tuple[Role, str]]
    """Role and method of the engine, such as `("desk", "descent.path")`."""
    USES_PROMPT: ClassVar[bool] = False
    """Whether the lesson's prompt is a parameter; then the picture follows it."""
    START: ClassVar[str] = ""
    """Label of a button that has to be pressed before anything is computed; '' computes at once."""
    BUSY: ClassVar[str] = "Computing …"
    """What is under way while there is no answer."""
    EXPORT: ClassVar[tuple[Role, str] | None] = None
    """What writes the picture to files: it gets `export_params`, and its answer names the `files`."""
    FOLLOWS_CELL: ClassVar[bool] = False
    """Whether the picture shows how the cell under the cursor came about: `values["cell"]`, its row and column."""

    def controls(self) -> Sequence[Control]:
        """What the learner can change, in order."""
        return ()

    def params(self, values: Values) -> Values:
        """Parameters of the request: by default every control that asks; `on` and `off` become true and false."""
        asking = {control.name for control in self.controls() if control.asks}
        return {name: SWITCH.get(value, value) for name, value in values.items() if name in asking}

    def export_params(self, values: Values) -> Values:
        """Parameters of `EXPORT`: by default those of `ASK`."""
        return self.params(values)

    def limits(self, answer: Answer) -> Mapping[str, Sequence[float]]:
        """The values of controls that turn out with an answer, such as the layers that a model has."""
        return {}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The picture, at most `view.width` cells wide. Pure: the same answer and values give the same picture."""
        raise NotImplementedError

    def doors(self, answer: Answer, values: Values, view: View) -> Sequence[Door]:
        """Rows below the picture, at most `view.width` cells wide; Enter on one opens its topic."""
        return ()

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """A matrix below the picture to walk through; None where there is none."""
        return None


class TracePicture:
    """A picture of the lesson's own trace: the way of the learner's prompt through the model."""

    NEEDS: ClassVar[str] = "report"
    """Which part of the trace it draws: `report` or `distribution`."""

    def cells(self, trace: Trace) -> Cells | None:
        """A matrix below the picture to walk through; None where there is none."""
        return None

    def picture(self, trace: Trace, view: View) -> Content:
        """The picture, at most `view.width` cells wide."""
        raise NotImplementedError


def figure_class(name: str) -> type[Figure] | type[TracePicture] | None:
    """The figure that lessons call `name`, such as `shape-race`; None where there is none."""
    module = f"tutor.widgets.figures.{name.replace('-', '_')}"
    if not name.replace("-", "").isalnum() or name == "base" or find_spec(module) is None:
        return None
    for found in vars(import_module(module)).values():
        if isinstance(found, type) and found.__module__ == module and issubclass(found, Figure | TracePicture):
            return found
    return None


def source_line(answer: Answer, seconds: float) -> Content:
    """Where the numbers come from."""
    source = answer.get("source", "on this machine")
    took = f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return Content.styled(f"Computed just now: {source}, in {took}.", "$faint")
