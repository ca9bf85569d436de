"""From scores to a choice: temperature, filters and a penalty, and what they do to the probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import ItemGrid
from textual.content import Content
from textual.widgets import Static

from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.glyphs import visible
from tutor.widgets.lesson.live import LiveGroup, SettingsChanged, waiting
from tutor.widgets.lesson.trace import Trace
from tutor.widgets.stepper import Stepper

TEMPERATURES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0)
TOP_KS = (0, 1, 2, 3, 5, 10, 20, 50, 100)
TOP_PS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
PENALTIES = (1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 2.0)


class Sampler(LiveGroup):
    """Controls above bars; the bars answer as soon as the engine has."""

    def __init__(self, count: int = 10) -> None:
        """Args: count: how many candidates to show."""
        super().__init__()
        self._count = count
        self._last = Trace()

    def compose(self) -> ComposeResult:
        """Four controls, bars."""
        with ItemGrid(classes="figure-controls", min_column_width=26):
            yield Stepper("temperature", TEMPERATURES, 1.0, id="temperature")
            yield Stepper("top-k", TOP_KS, 0, names={0: "off"}, id="top-k")
            yield Stepper("top-p", TOP_PS, 1.0, names={1.0: "off"}, id="top-p")
            yield Stepper("repetition penalty", PENALTIES, 1.0, names={1.0: "off"}, id="penalty")
        yield Static(classes="bars", markup=False)

    def show(self, trace: Trace) -> None:
        """Draw another state of the trace."""
        self._last = trace
        for name, value in (
            ("temperature", trace.settings.temperature),
            ("top-k", trace.settings.top_k),
            ("top-p", trace.settings.top_p),
            ("penalty", trace.settings.penalty),
        ):
            with self.prevent(Stepper.Changed):
                self.query_one(f"#{name}", Stepper).set_value(value)
        self._draw()

    def on_resize(self) -> None:
        """The bars fill the width."""
        self._draw()

    def _draw(self) -> None:
        drawn = self.query_one(".bars", Static)
        width = min(72, self.size.width or 72)
        drawn.update(sampler_bars(self._last, self._count, width) if self._last.distribution else waiting(self._last))

    @on(Stepper.Changed)
    def _changed(self, event: Stepper.Changed) -> None:
        event.stop()
        settings = replace(
            self._last.settings,
            temperature=self.query_one("#temperature", Stepper).value,
            top_k=int(self.query_one("#top-k", Stepper).value),
            top_p=self.query_one("#top-p", Stepper).value,
            penalty=self.query_one("#penalty", Stepper).value,
        )
        self.post_message(SettingsChanged(settings))


def sampler_bars(trace: Trace, count: int, width: int) -> Content:
    """The likeliest `count` candidates with their probabilities after every filter, and what is left of the rest."""
    found = trace.distribution
    best = found["candidates"][:count]
    bars = [_bar(candidate) for candidate in best]
    return Content.assemble(
        bars_content(bars, 1.0, width),
        ("\n\nin the draw ", "$muted"), f"{found['kept']:,} of {trace.about['vocab']:,} tokens",
        ("    entropy ", "$muted"), f"{found['entropy']:.2f} nats",
        (f" (unfiltered {found['entropy_plain']:.2f})", "$muted"),
        *_seen(best, trace.settings.penalty),
        (f"\n{trace.provenance}", "$faint"),
    )  # fmt: skip


def _seen(best: list[dict[str, Any]], penalty: float) -> list[tuple[str, str]]:
    """Which of the shown candidates the penalty has lowered."""
    names = [visible(clean_text(candidate["piece"])) for candidate in best if candidate["seen"]]
    if penalty == 1 or not names:
        return []
    return [("\nin the text already ", "$muted"), ("  ".join(names), "$operation")]


def _bar(candidate: dict[str, Any]) -> Bar:
    final = candidate["p_top_p"]
    meaning = "$activation" if final else "$faint"
    number = f"{100 * final:5.1f} %" if final else f"out (was {100 * candidate['p']:.1f} %)"
    return Bar(visible(clean_text(candidate["piece"])), final, number, meaning)
