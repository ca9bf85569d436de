"""The loop: draw a token, append it, run the model again."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from tutor.text import clean_text
from tutor.widgets.glyphs import padded, visible
from tutor.widgets.lesson.live import DrawWanted, LiveGroup, RestartWanted, waiting
from tutor.widgets.lesson.trace import Trace

LISTED = 8


class Loop(LiveGroup):
    """The text so far, and the tokens that were drawn with the probability each had."""

    def __init__(self) -> None:
        super().__init__()

    def compose(self) -> ComposeResult:
        """Text, button, history."""
        yield Static(classes="text", markup=False)
        with Horizontal(classes="controls"):
            yield Button("Draw the next token (d)", id="draw", compact=True)
            yield Button("Begin again", id="restart", compact=True)
        yield Static(classes="drawn", markup=False)

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        if not trace.report:
            self.query_one(".text", Static).update(waiting(trace))
            return
        new = "".join(item["piece"] for item in trace.drawn)
        self.query_one(".text", Static).update(
            Content.assemble((clean_text(trace.prompt), "$foreground"), (clean_text(new), "bold $activation"))
        )
        self.query_one(".drawn", Static).update(_drawn(trace))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Draw, or begin again."""
        event.stop()
        self.post_message(DrawWanted() if event.button.id == "draw" else RestartWanted())


def _drawn(trace: Trace) -> Content:
    lines = [
        Content.assemble(
            (f"{number:>3}  ", "$muted"),
            (padded(visible(clean_text(item["piece"])), 16), "$activation"),
            (f"{100 * item['p']:5.1f} %", "$muted"),
        )
        for number, item in enumerate(trace.drawn, 1)
    ][-LISTED:]
    lines.append(Content.styled(trace.provenance, "$faint"))
    return Content("\n").join(lines)
