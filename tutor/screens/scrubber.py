"""Through the checkpoints of a run: what the model would have answered at each."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.errors import TutorError
from tutor.runs.store import RunDir
from tutor.screens.base import TutorScreen
from tutor.screens.run_state import RunState
from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.glyphs import visible
from tutor.widgets.stepper import Stepper

QUESTIONS = 3
BARS = 60


class ScrubberScreen(TutorScreen):
    """A stepper over the stops, above the answers at the one that is chosen."""

    CSS_PATH = str(paths.assets_dir() / "recipe_diff.tcss")
    HELP = """\
A training leaves the adapter of each of its checkpoints behind. Here each is put on the base model in turn and asked
the same questions, without chance, so that you see when an answer changed. **←** and **→** go from stop to stop.

The bars are the likeliest first tokens of the answer. *KL* says in nats how far they moved from the base model's.
"""

    def __init__(self, run: RunDir, state: RunState) -> None:
        super().__init__()
        self._run, self._state = run, state
        self._prompts = list(state.samples)[:QUESTIONS]
        self._stops: list[dict[str, Any]] = []

    def body(self) -> ComposeResult:
        """The stop, then its answers."""
        yield Stepper("stop", [0], 0, names={0: "base model"}, id="other")
        with VerticalScroll(id="lines", classes="pane"):
            yield Static("Reading the model, then asking it at every stop …", id="answers", markup=False)

    def on_mount(self) -> None:
        """Begin to ask."""
        self.title_bar.go("Runs", self._run.id, "Checkpoints")
        self._ask()

    @work(exclusive=True)
    async def _ask(self) -> None:
        last = self._state.last_step
        assert last is not None
        params = {
            "model": str(self._state.results["model"]["value"]),
            "run": str(self._run.path),
            "prompts": self._prompts,
            "last": last["step"],
        }
        try:
            async with aclosing(self.services.engine("trace").stream("scrub.look", **params)) as replies:
                async for reply in replies:
                    self._take(reply.data["stops"])
        except TutorError as error:
            self.complain(error)

    def _take(self, stops: list[dict[str, Any]]) -> None:
        """More stops are known."""
        self._stops = stops
        self.query_one(Stepper).offer([stop["step"] for stop in stops])
        self._show()

    @on(Stepper.Changed)
    def _show(self) -> None:
        step = self.query_one(Stepper).value
        stop = next((stop for stop in self._stops if stop["step"] == step), None)
        if stop is None:
            return
        lines: list[Content] = []
        for prompt, answer in zip(self._prompts, stop["answers"], strict=False):
            lines += _answer(prompt, answer, base=step == 0)
        if len(stop["answers"]) < len(self._prompts):
            lines.append(Content.styled("Asking …", "$operation"))
        self.query_one("#answers", Static).update(Content("\n").join(lines))


def _answer(prompt: str, answer: dict[str, Any], *, base: bool) -> list[Content]:
    bars = [Bar(visible(clean_text(top["piece"])), top["p"], f"{top['p']:.1%}") for top in answer["top"]]
    moved = "" if base else f"KL from the base {answer['kl']:.3f} nats"
    return [
        Content.styled(clean_text(prompt).strip(), "bold"),
        Content.assemble(
            (clean_text(answer["text"]).strip() or "(nothing)", "$frozen" if base else "$trainable"),
            ("" if answer["ended"] else " …", "$muted"),
        ),
        bars_content(bars, 1.0, BARS),
        Content.styled(moved, "$muted"),
        Content(),
    ]
