"""The field for the learner's own prompt, and what the model made of it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tutor.text import clean_text
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.live import LiveGroup, PromptGiven, waiting
from tutor.widgets.lesson.trace import Trace


class PromptBox(LiveGroup):
    """Enter sends the text through the model; every picture of the lesson follows."""

    def __init__(self) -> None:
        super().__init__()

    def compose(self) -> ComposeResult:
        """Label, field, status."""
        yield Static("Your prompt  (Enter sends it through the model)", classes="label", markup=False)
        field = Input(placeholder="Type the beginning of a text", classes="field", compact=True)
        field.cursor_blink = False
        yield field
        yield Static(classes="status", markup=False)

    def show(self, trace: Trace) -> None:
        """Show the prompt and what is known about the model."""
        field = self.query_one(Input)
        if not field.has_focus:
            field.value = trace.prompt
        self.query_one(".status", Static).update(_status(trace))

    @on(Input.Submitted)
    def _send(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(PromptGiven(event.value))


def _status(trace: Trace) -> Content:
    """What the model made of the prompt, but no number that the lesson may ask for."""
    if not trace.report or trace.waiting or trace.error:
        return waiting(trace)
    about = trace.about
    likeliest = trace.report["top"][0]
    return Content.assemble(
        ("The model  ", "$muted"), about["name"],
        ("\nParameters ", "$muted"), f"{about['parameters']:,}",
        ("\nWeights    ", "$muted"), f"{about['dtype']}, read in {about['seconds']:.1f} s",
        ("\nNext piece ", "$muted"), (visible(clean_text(likeliest["piece"])), "bold $activation"), ", most likely",
        (f"\n\nComputed just now, in {1000 * trace.report['seconds']:.0f} ms.", "$faint"),
    )  # fmt: skip
