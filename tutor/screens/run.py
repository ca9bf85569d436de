"""One run, live or as it ended: stages, loss curve, numbers, and everything it said."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tutor import paths
from tutor.course.outline import load_outline
from tutor.engine import attention_maps
from tutor.errors import TutorError
from tutor.insight import curves
from tutor.runs import launch, study
from tutor.runs.events import EventReader, read_all
from tutor.runs.replay import Replay, recorded_on
from tutor.runs.store import RunDir
from tutor.screens import navigation, run_texts
from tutor.screens.base import TutorScreen
from tutor.screens.pairs import PAIRS
from tutor.screens.run_state import RunState
from tutor.text import clean_text
from tutor.widgets.linechart import LineChart
from tutor.widgets.memorymeter import MemoryMeter
from tutor.widgets.runlist import STATUS_WORDS
from tutor.widgets.viewtabs import ViewTabs

LEGEND_FROM = 60
"""Cells from which there is room for the names of what takes memory; the lab's own screen has them too."""
LOG_BYTES = 20_000
"""How much of the log's end is shown."""

VIEWS: dict[str, Callable[[RunState], Content]] = {
    "Messages": run_texts.messages,
    "Samples": run_texts.samples,
    "Pairs": run_texts.pairs,
    "Results": run_texts.results,
}


class RunScreen(TutorScreen):
    """Follows the run's events by itself; leaving it leaves the run alone."""

    CSS_PATH = str(paths.assets_dir() / "run.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    HELP = """\
A run of a lab. It has a process of its own: leave this screen, quit, or lose the connection, and it goes on.

The **line** is the training loss, the **dots** the loss on examples the model never trains on. Both are in nats per
token: lower means that the model is less surprised. If the line falls and the dots rise, it learns by heart.

Below the curve stands what the training was predicted to take of the memory, and an arrow at what it took at most.

What the curves show is said among the messages, such as a learning rate that is too high; **e** opens the lesson
that explains it.

**p** replays a run that has ended. One whose directory was copied here from another machine is marked as recorded,
with its hardware and date.

**t** puts the adapter of each checkpoint on the base model and asks it the run's own questions. **w** puts the run
beside others, **d** shows the pairs of a preference run token by token.

**x** stops the run at a checkpoint, **r** goes on from there. **o** opens the report once there is one, **a** the
questions about the run and its grade, **m** the attention maps where the lab made some.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "stop", "Stop", tooltip="Stop at a checkpoint; it can be resumed"),
        Binding("r", "resume", "Resume", tooltip="Go on from the last checkpoint"),
        Binding("o", "report", "Report", tooltip="Open the report"),
        Binding("a", "answer", "Answer", tooltip="Answer questions about this run, and see its grade"),
        Binding("m", "maps", "Maps", tooltip="Look at the attention maps"),
        Binding("t", "scrub", "Checkpoints", tooltip="See what it would have answered at each of its checkpoints"),
        Binding("c", "chat", "Chat", tooltip="Talk to what was trained, next to its base"),
        Binding("p", "replay", "Replay", tooltip="See the run once more, in quick motion"),
        Binding("e", "lesson", "Explain", tooltip="Open the lesson that explains what the curves show"),
        Binding("w", "compare", "Compare", tooltip="See the run beside others: curves, options, what was measured"),
        Binding("d", "pairs", "Tokens", tooltip="See the held-out pairs token by token"),
        Binding("v", "next_view", "View", tooltip="Show messages, samples, results or log"),
    ]

    def __init__(self, run: RunDir) -> None:
        super().__init__()
        self._run = run
        self._reader: EventReader | Replay = EventReader(run.events)
        self._recorded = recorded_on(run)
        self._state = RunState(recorded_on=self._recorded)
        self._alive = True
        self._drawn_view: Content | None = None
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        """Numbers beside the curve, texts below."""
        with Horizontal(id="above"):
            with Vertical(id="numbers"):
                yield Static(id="stages", markup=False)
                yield Static(id="metrics", markup=False)
            with Vertical(id="curve"):
                yield Static(run_texts.legend(), id="legend", markup=False)
                yield LineChart(waiting="The curve begins with the first training step.", id="chart")
                yield MemoryMeter(legend_from=LEGEND_FROM, id="memory")
        # Only preferences are learned from pairs, with a beta.
        views = [name for name in VIEWS if name != "Pairs" or "beta" in self._run.config]
        yield ViewTabs([*views, "Log"], id="views")
        with VerticalScroll(id="text", classes="pane"):
            yield Static(id="view", markup=False)

    def on_mount(self) -> None:
        """Read what is there, then look again a few times a second."""
        self.title_bar.go("Runs", self._run.id)
        self._read()
        self._show_all()
        self.query_one("#text").focus()

    def on_screen_resume(self) -> None:
        """Look again and again from now on, as often as the settings say by now."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(self.services.repaint_s, self._tick)

    def _read(self) -> bool:
        """Take in new events; says whether anything changed."""
        events = self._reader.new()
        self._state.feed(events)
        running = self._run.is_running()
        changed = bool(events) or running != self._alive
        self._alive = running
        return changed

    def _tick(self) -> None:
        if self._read():
            self._show_all()
        elif self._views.current == "Log":
            self._show_view()

    @property
    def _replaying(self) -> bool:
        return isinstance(self._reader, Replay) and not self._reader.done

    @property
    def _status(self) -> str:
        if self._alive or self._replaying:
            return "running"
        return str(self._state.finished["status"]) if self._state.finished else "died"

    def _show_all(self) -> None:
        self._show_numbers()
        state = self._state
        self.query_one(LineChart).show(state.train_points(), state.eval_points(), state.total_steps)
        self.query_one("#curve").display = bool(state.steps) or "lr" in state.config
        self.query_one(MemoryMeter).show(state.memory, state.available, state.measured_memory())
        self._show_view()
        self.refresh_bindings()

    def _show_numbers(self) -> None:
        status = "replay" if self._replaying else STATUS_WORDS[self._status]
        self.title_bar.note(f"recorded, {status}" if self._recorded else status)
        running = self._alive or self._replaying
        _update(self.query_one("#stages", Static), run_texts.stages(self._state, running))
        _update(self.query_one("#metrics", Static), run_texts.metrics(self._state))

    @property
    def _views(self) -> ViewTabs:
        return self.query_one(ViewTabs)

    def _show_view(self) -> None:
        view = VIEWS.get(self._views.current)
        text = view(self._state) if view else self._log_tail()
        if text == self._drawn_view:
            return
        self._drawn_view = text
        scroll = self.query_one("#text", VerticalScroll)
        at_end = scroll.scroll_offset.y >= scroll.max_scroll_y
        self.query_one("#view", Static).update(text)
        if at_end and self._views.current in ("Messages", "Log"):
            self.call_after_refresh(scroll.scroll_end, animate=False)

    def _log_tail(self) -> Content:
        try:
            with self._run.log.open("rb") as file:
                file.seek(max(0, self._run.log.stat().st_size - LOG_BYTES))
                text = file.read().decode(errors="replace")
        except OSError:
            text = ""
        return Content(clean_text(text).strip()) if text.strip() else Content.styled("The log is empty.", "$muted")

    @on(ViewTabs.Changed)
    def _view_changed(self) -> None:
        self._drawn_view = None
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)
        self._show_view()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now is in the footer."""
        if action == "stop":
            return self._alive
        if action == "resume":
            return not self._alive and not self._recorded and self._status in ("interrupted", "died", "error")
        if action == "replay":
            return not self._alive and not self._replaying and bool(self._state.steps)
        if action == "report":
            return self._run.report.is_file()
        if action == "answer":
            return not self._alive and (self._run.path / study.QUIZ).is_file()
        if action == "maps":
            return (self._run.path / attention_maps.MAPS).is_file()
        if action == "scrub":
            # After PiSSA checkpoints belong to other base weights; a run with a start has another base.
            plain = self._state.config.get("init", "default") == "default" and "start" not in self._state.config
            whole = (self._run.path / "adapter").is_dir() and self._state.samples and "model" in self._state.results
            return bool(not self._alive and plain and whole and self._state.last_step)
        if action == "pairs":
            return (self._run.path / PAIRS).is_file()
        if action == "lesson":
            return bool(curves.findings(self._state.curves))
        if action == "chat":
            return not self._alive and (self._run.path / "gguf").is_dir()
        return True

    def action_stop(self) -> None:
        """Ask the run to stop at a checkpoint."""
        try:
            launch.stop(self._run)
            self.notify("It stops after this step and keeps a checkpoint; r goes on from there.", markup=False)
        except TutorError as error:
            self.complain(error)

    def action_resume(self) -> None:
        """Go on from the last checkpoint."""
        try:
            launch.start(self._run)
        except TutorError as error:
            self.complain(error)
        if isinstance(self._reader, Replay):
            self._reader, self._state = EventReader(self._run.events), RunState()
        self._read()
        self._show_all()

    def action_report(self) -> None:
        """Open the report."""
        navigation.open_report(self.app, self._run)

    def action_answer(self) -> None:
        """Open the questions and the grade."""
        navigation.open_grade(self.app, self._run)

    def action_maps(self) -> None:
        """Open the attention maps."""
        navigation.open_attention(self.app, self._run)

    def action_replay(self) -> None:
        """Begin anew, with the events coming in as they once did."""
        self._reader = Replay(list(read_all(self._run.events)))
        self._state = RunState(recorded_on=self._recorded)
        self._tick()

    def action_lesson(self) -> None:
        """Open the lesson on the weightiest finding."""
        topic = load_outline().topic(curves.findings(self._state.curves)[0].topic)
        if topic is not None:
            navigation.open_topic(self.app, topic)

    def action_scrub(self) -> None:
        """Go through the checkpoints."""
        navigation.open_scrubber(self.app, self._run, self._state)

    def action_pairs(self) -> None:
        """Open the pairs."""
        navigation.open_pairs(self.app, self._run)

    def action_compare(self) -> None:
        """Put the run beside others."""
        navigation.open_compare(self.app, self._run)

    def action_chat(self) -> None:
        """Talk to the tuned model next to its base."""
        base = self._state.results.get("model", {}).get("value") or self._run.config.get("model")
        navigation.open_chat(self.app, str(base) if base else None, self._run.id)

    def action_next_view(self) -> None:
        """Show the next of messages, samples, results and log."""
        self._views.next()


def _update(widget: Static, content: Content) -> None:
    """Repaint only what changed."""
    if widget.content != content:
        widget.update(content)
