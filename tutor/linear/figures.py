"""Figures as plain text: what they show, what can be set, and why a cell has its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tutor.course.blocks import Step, WidgetBlock
from tutor.engine.protocol import Role
from tutor.errors import TutorError, nearest
from tutor.linear.speech import Speech
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, TracePicture, Values, View
from tutor.widgets.figures.cells import cells_content
from tutor.widgets.figures.layout import Layout, start_of
from tutor.widgets.lesson.trace import Trace

Asks = Callable[[Role, str, Values], dict[str, Any]]
MOST_ROWS = 200


class LinearPicture:
    """What a page shows: in itself without controls, steps or files."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self.values: Values = {}

    def show(self) -> None:
        """Print it."""
        raise NotImplementedError

    def cells(self) -> Cells | None:
        """The matrix in it, if there is one."""
        return None

    def set(self, name: str, text: str) -> None:
        """Change a control.

        Raises:
            TutorError: there is no such control, or it has no such value.
        """
        raise TutorError(f"This picture has no {name!r}.", nearest(name, self.values))

    def step(self) -> bool:
        """Tell the next step; whether there was one."""
        return False

    def export(self) -> bool:
        """Write the picture to files; whether it can be."""
        return False

    def explain(self, row: int, column: int) -> bool:
        """Say how a cell came about, counted from 1; whether there is such a cell."""
        cells = self.cells()
        if cells is None or not (1 <= row <= len(cells.rows) and 1 <= column <= len(cells.columns)):
            return False
        name = f"{cells.rows[row - 1].strip()}, {cells.columns[column - 1].strip()}: "
        self._speech.say(name + cells.explain(row - 1, column - 1).plain)
        return True

    def _say_cells(self) -> None:
        if (cells := self.cells()) is not None:
            layout = Layout.fit(cells, self._speech.width, MOST_ROWS, start_of(cells))
            self._speech.say(cells_content(cells, layout, colours=False))
            self._speech.say("Say 'cell ROW COLUMN' (counted from 1) to hear how a number was computed.")


class LinearTrace(LinearPicture):
    """A picture of the lesson's trace."""

    def __init__(self, picture: TracePicture, speech: Speech, trace: Trace) -> None:
        super().__init__(speech)
        self._picture = picture
        self._trace = trace

    def show(self) -> None:
        """Print it, if there is anything yet."""
        if getattr(self._trace, self._picture.NEEDS):
            self._speech.say(self._picture.picture(self._trace, View(self._speech.width, colours=False, tall=True)))
            self._say_cells()
            self._speech.say(self._trace.provenance)

    def cells(self) -> Cells | None:
        """Those of the picture."""
        return self._picture.cells(self._trace) if getattr(self._trace, self._picture.NEEDS) else None


class LinearFigure(LinearPicture):
    """One figure of a page, with its values and its latest answer."""

    def __init__(
        self, figure: Figure, block: WidgetBlock, speech: Speech, ask: Asks, prompt: Callable[[], str]
    ) -> None:
        super().__init__(speech)
        self._figure = figure
        self._ask = ask
        self._prompt = prompt
        self._answer: Answer | None = None
        self._steps = block.steps
        self._step = -1
        self.values = {control.name: control.value for control in figure.controls()}

    def show(self) -> None:
        """Compute and print it."""
        if self._steps and self._step < 0:
            self._tell(0)
        params = self._figure.params(self.values)
        if self._figure.USES_PROMPT:
            params["prompt"] = self._prompt()
        try:
            self._answer = self._ask(*self._figure.ASK, params)
        except TutorError as error:
            self._speech.say(str(error))
            return
        self._draw()

    def _draw(self) -> None:
        if self._answer is None:
            return
        view = View(self._speech.width, colours=False, tall=True)
        self._speech.say(self._figure.picture(self._answer, self.values, view))
        for door in self._figure.doors(self._answer, self.values, view):
            self._speech.say(door.says)
        self._say_cells()
        self._speech.say(f"Computed just now: {self._answer.get('source', 'on this machine')}.")
        for control in self._figure.controls():
            self._speech.say(f"  {control.name} = {self.values[control.name]}   ({offers(control)})")

    def cells(self) -> Cells | None:
        """Those of the latest answer."""
        return self._figure.cells(self._answer, self.values) if self._answer is not None else None

    def set(self, name: str, text: str) -> None:
        """Change a control, and print what comes of it.

        Raises:
            TutorError: there is no such control, or it has no such value.
        """
        controls = {control.name: control for control in self._figure.controls()}
        if name not in controls:
            raise TutorError(f"This picture has no {name!r}.", nearest(name, controls))
        self.values[name] = value_of(controls[name], text)
        self.show() if controls[name].asks else self._draw()

    def step(self) -> bool:
        """Tell the next step; whether there was one."""
        if self._step + 1 >= len(self._steps):
            return False
        self._tell(self._step + 1)
        self._draw()
        return True

    def _tell(self, number: int) -> None:
        self._step, step = number, self._steps[number]
        self._speech.say(f"Step {number + 1} of {len(self._steps)}: {step.say}")
        self._apply(step)

    def _apply(self, step: Step) -> None:
        self.values.update({name: value for name, value in step.set.items() if name in self.values})

    def export(self) -> bool:
        """Write the picture to files; whether it can be."""
        if self._figure.EXPORT is None:
            return False
        params = self._figure.export_params(self.values)
        if self._figure.USES_PROMPT:
            params["prompt"] = self._prompt()
        for file in self._ask(*self._figure.EXPORT, params)["files"]:
            self._speech.say(f"Written: {file}")
        return True


def offers(control: Control) -> str:
    """What a control can be set to."""
    if isinstance(control, Number):
        return f"{control.label}: {control.values[0]:g} to {control.values[-1]:g}"
    return (
        f"{control.label}: {', '.join(control.options)}" if isinstance(control, Pick) else f"{control.label}: any text"
    )


def value_of(control: Control, text: str) -> Any:
    """The value of a control that `text` means: for numbers the nearest that is offered.

    Raises:
        TutorError: it is none.
    """
    if isinstance(control, Number):
        return nearest_number(control.values, text, offers(control))
    if isinstance(control, Pick) and text not in control.options:
        raise TutorError(f"{control.label} cannot be {text!r}.", nearest(text, control.options))
    return text


def nearest_number(offered: Sequence[float], text: str, todo: str) -> float:
    """The one of `offered` that is nearest to the number that was typed.

    Raises:
        TutorError: it is none; `todo` says what could have been typed.
    """
    try:
        wanted = float(text)
    except ValueError:
        raise TutorError(f"{text!r} is not a number.", todo) from None
    return min(offered, key=lambda value: abs(value - wanted))
