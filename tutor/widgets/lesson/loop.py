"""The loop: draw a token, append it, run the model again."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from tutor.text import clean_text
from tutor.widgets.glyphs import padded, visible
from tutor.widgets.lesson.live import DrawWanted, LiveGroup, RestartWanted, SettingsChanged, waiting
from tutor.widgets.lesson.trace import Trace
from tutor.widgets.stepper import Stepper

LISTED = 8
MORE = 10
"""Tokens that one press draws on the longer way."""
SEEDS = range(100)


class Loop(LiveGroup):
    """The text so far, and the tokens that were drawn with the probability each had."""

    def __init__(self) -> None:
        super().__init__()
        self._last = Trace()

    def compose(self) -> ComposeResult:
        """Text, buttons, seed, history."""
        yield Static(classes="text", markup=False)
        with Horizontal(classes="controls"):
            yield Button("Draw a token (d)", id="draw", compact=True)
            yield Button(f"Draw {MORE}", id="more", compact=True)
            yield Button("Begin again", id="restart", compact=True)
            yield Stepper("seed", SEEDS, 0, id="seed")
        yield Static(classes="drawn", markup=False)

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        self._last = trace
        with self.prevent(Stepper.Changed):
            self.query_one("#seed", Stepper).set_value(trace.settings.seed)
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
        counts = {"draw": 1, "more": MORE}
        self.post_message(DrawWanted(counts[event.button.id]) if event.button.id in counts else RestartWanted())

    @on(Stepper.Changed)
    def _reseeded(self, event: Stepper.Changed) -> None:
        """A text is drawn with one seed from its beginning."""
        event.stop()
        self.post_message(SettingsChanged(replace(self._last.settings, seed=int(event.stepper.value))))
        if self._last.drawn:
            self.post_message(RestartWanted())


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
