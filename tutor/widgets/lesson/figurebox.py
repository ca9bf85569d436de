"""A figure on a lesson page: its controls, its picture, and the cells one can walk through."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import ItemGrid
from textual.content import Content
from textual.events import DescendantFocus
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Static
from textual.worker import WorkType

from tutor.course.blocks import Step
from tutor.text import clean_text
from tutor.widgets.choice import Choice
from tutor.widgets.figures.base import Answer, Control, Figure, Number, Pick, Values, View, Words, source_line
from tutor.widgets.lesson.asking import Asking
from tutor.widgets.lesson.cellgrid import CellGrid, CellMatrix
from tutor.widgets.lesson.doorlist import EDGES, DoorList
from tutor.widgets.lesson.trace import Trace
from tutor.widgets.stepper import Stepper

if TYPE_CHECKING:
    from tutor.drawing import DrawingApp

TALL = 36
"""Lines of a screen on which pictures may be twice as high."""


class FigureBox(Asking):
    """Keeps the figure's values, asks when they change, and draws the latest answer."""

    class Changed(Message):
        """The learner moved a control."""

    def __init__(self, figure: Figure, steps: tuple[Step, ...] = ()) -> None:
        super().__init__(figure.BUSY)
        self.figure = figure
        self.values: Values = {control.name: control.value for control in figure.controls()}
        self._steps = steps
        self._step = -1
        self._answer: Answer | None = None
        self._seconds = 0.0
        self._width = 0
        self._prompt = ""
        self._cell = (0, 0)
        self._started = not figure.START

    def compose(self) -> ComposeResult:
        """What is told, the controls, the picture, the cells."""
        if self._steps:
            yield Static(classes="told", markup=False)
        with ItemGrid(classes="figure-controls", min_column_width=26):
            for control in self.figure.controls():
                yield _widget_of(control, self.values[control.name])
            if self.figure.START:
                yield Button(self.figure.START, classes="start", compact=True)
        yield Static(classes="picture", markup=False)
        yield DoorList()
        yield CellGrid()
        yield self.status()
        yield Static(classes="source", markup=False)

    def on_mount(self) -> None:
        """Ask at once, unless there is a button for it."""
        self.query_one(CellGrid).display = False
        self.query_one(CellMatrix).exports = self.figure.EXPORT is not None
        self.query_one(".figure-controls").display = bool(self.figure.controls() or self.figure.START)
        self.query_one(".status").display = False
        for field in self.query(Input):
            field.cursor_blink = False
        cast("DrawingApp", self.app).fitted.subscribe(self, lambda _: self._draw())
        if self._step >= 0:
            self._say_step()
        elif self._steps:
            self._tell(0)
        self._request()

    def keep(self) -> Values:
        """The state of the controls and of the narration, to be restored another day."""
        return {"values": dict(self.values), "step": self._step}

    def restore(self, kept: Values) -> None:
        """Take up a kept state, before the first request; what no longer fits is left out."""
        values = kept.get("values", {})
        for control in self.figure.controls():
            if control.name in values and _allows(control, values[control.name]):
                self.values[control.name] = values[control.name]
        if kept.get("step") in range(len(self._steps)):
            self._step = kept["step"]

    def show(self, trace: Trace) -> None:
        """The lesson's prompt may be another."""
        if self.figure.USES_PROMPT and trace.report and trace.prompt != self._prompt:
            self._prompt = trace.prompt
            self._request()

    def ask_again(self) -> None:
        """Something outside the picture is another, such as the model."""
        self._request()

    def _request(self) -> None:
        figure = self.figure
        if not self._started or (figure.USES_PROMPT and not self._prompt):
            return
        params = figure.params(self.values)
        if figure.USES_PROMPT:
            params["prompt"] = self._prompt
        self.ask(*figure.ASK, params)

    @on(CellGrid.ExportWanted)
    def _export(self, event: CellGrid.ExportWanted) -> None:
        """Have the picture written to files, and say where they are."""
        event.stop()
        if self.figure.EXPORT is not None:
            params = self.figure.export_params(self.values)
            if self.figure.USES_PROMPT:
                params["prompt"] = self._prompt
            work: WorkType[None] = partial(self.listen, *self.figure.EXPORT, params, _written)
            self.run_worker(work, group="export", exclusive=True)

    def answered(self, answer: dict[str, Any], seconds: float, done: bool) -> None:
        """Draw it."""
        self._answer, self._seconds = answer, seconds
        for name, offered in self.figure.limits(answer).items():
            self.query_one(f"#{name}", Stepper).offer(offered)
        self._draw()

    def on_resize(self) -> None:
        """The picture fills the width; a new height is its own doing."""
        if self.size.width != self._width:
            self._draw()

    def _draw(self) -> None:
        if self._answer is None:
            return
        self._width = self.size.width
        self._draw_picture()
        self.query_one(".source", Static).update(source_line(self._answer, self._seconds))
        view = self._view()
        room = replace(view, width=view.width - EDGES)
        self.query_one(DoorList).show(self.figure.doors(self._answer, self.values, room))
        cells = self.figure.cells(self._answer, self.values)
        grid = self.query_one(CellGrid)
        grid.display = cells is not None
        if cells is not None:
            grid.show(cells)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """What a control does should be seen while it is moved."""
        if not isinstance(event.widget, CellMatrix):
            # Where a matrix is, there is no room for what is told as well.
            matrix = self.query_one(CellGrid).display
            self.call_after_refresh(self._bring_picture, self.query_one(".figure-controls") if matrix else self)

    def _bring_picture(self, first: Widget) -> None:
        """Scroll so that the picture and its matrix are seen, with `first` at the top, unless they are."""
        grid = self.query_one(CellGrid)
        seen = (self.query_one(".picture"), grid) if grid.display else (self.query_one(".picture"),)
        if not all(self.screen.can_view_entire(part) for part in seen):
            first.scroll_visible(top=True, animate=False)

    def _draw_picture(self) -> None:
        assert self._answer is not None
        values = self.values | {"cell": self._cell}
        self.query_one(".picture", Static).update(self.figure.picture(self._answer, values, self._view()))

    def _view(self) -> View:
        return View(max(20, self._width or 76), not self.app.no_color, self.app.size.height >= TALL)

    @on(CellGrid.Moved)
    def _walked(self, event: CellGrid.Moved) -> None:
        event.stop()
        if event.cell != self._cell:
            self._cell = event.cell
            if self.figure.FOLLOWS_CELL and self._answer is not None:
                self._draw_picture()

    @on(Stepper.Changed)
    def _moved(self, event: Stepper.Changed) -> None:
        event.stop()
        widget = event.stepper
        self._change(str(widget.id), widget.option if isinstance(widget, Choice) else widget.value)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        self._change(str(event.input.id), event.value)

    @on(Button.Pressed)
    def _start(self, event: Button.Pressed) -> None:
        event.stop()
        self._started = True
        self._request()

    def _change(self, name: str, value: Any) -> None:
        if self.values[name] == value:
            return
        self.values[name] = value
        self.post_message(self.Changed())
        if next(control for control in self.figure.controls() if control.name == name).asks:
            self._request()
        else:
            self._draw()

    def set_values(self, values: Values) -> None:
        """Move the controls; names or values that the figure does not know are left out."""
        for control in self.figure.controls():
            if control.name in values and _allows(control, values[control.name]):
                _set(self.query_one(f"#{control.name}"), values[control.name])

    @property
    def has_steps(self) -> bool:
        """Whether something is told in steps."""
        return bool(self._steps)

    def step(self, by: int) -> bool:
        """Go to the next thing to tell, and move the picture with it; whether there was one."""
        if not 0 <= self._step + by < len(self._steps):
            return False
        self._tell(self._step + by)
        self.post_message(self.Changed())
        self.call_after_refresh(self._bring_picture, self)
        return True

    def rewind(self) -> None:
        """Back to the first thing to tell."""
        self._tell(0)

    def _tell(self, number: int) -> None:
        self._step = number
        self._say_step()
        self.set_values(self._steps[number].set)

    def _say_step(self) -> None:
        count = f"{self._step + 1}/{len(self._steps)}  "
        says = Content.assemble((count, "bold $operation"), self._steps[self._step].say)
        self.query_one(".told", Static).update(says)


def _written(answer: dict[str, Any], seconds: float, done: bool) -> Content:
    files = "\n".join(clean_text(str(file)) for file in answer["files"])
    return Content.assemble(("Written:\n", "$trainable"), files)


def _widget_of(control: Control, value: Any) -> Widget:
    if isinstance(control, Number):
        return Stepper(control.label, control.values, value, names=dict(control.names or {}), id=control.name)
    if isinstance(control, Pick):
        return Choice(control.label, control.options, value, id=control.name)
    return Input(value, placeholder=control.label, id=control.name, classes="field", compact=True)


def _allows(control: Control, value: Any) -> bool:
    if isinstance(control, Number):
        return value in control.values
    if isinstance(control, Pick):
        return value in control.options
    return isinstance(control, Words) and isinstance(value, str)


def _set(widget: Widget, value: Any) -> None:
    if isinstance(widget, Choice):
        widget.set_option(value)
    elif isinstance(widget, Stepper):
        widget.set_value(value)
    elif isinstance(widget, Input) and widget.value != value:
        widget.value = value
        widget.post_message(Input.Submitted(widget, value))
