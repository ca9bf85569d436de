"""A lab before it runs: its options, its plan, its earlier runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static

from tutor import paths
from tutor.errors import TutorError, UsageError
from tutor.runs import config as lab_config
from tutor.runs import launch, store
from tutor.runs.config import Lab, Value
from tutor.runs.study import load_study
from tutor.screens import navigation, run_texts
from tutor.screens.base import TutorScreen
from tutor.screens.confirm import Confirm
from tutor.screens.lab_meter import LabMeter
from tutor.screens.lab_runs import runs_of
from tutor.screens.picker import ModelPicker
from tutor.screens.plan import Planner
from tutor.screens.predict import PredictScreen
from tutor.widgets.optionform import OptionForm, typed
from tutor.widgets.runlist import RunList
from tutor.widgets.titlebar import TitleBar

BY_NAME = "…"
OTHERS = (("auto", "small where it is here, else nano"), (BY_NAME, "type a name, or a directory"))
"""What the option `model` can be beside the models that are listed."""


class LabScreen(TutorScreen):
    """Configure, plan, start; or open an earlier run."""

    CSS_PATH = str(paths.assets_dir() / "lab.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    AUTO_FOCUS = "#form"
    HELP = """\
A lab really runs: in a process of its own, on this machine, with the options on the left.

**Enter** changes the option under the cursor, **d** puts its default back. `smoke` makes a complete run of under a
minute, to see how everything works. **p** asks what the run would take before you start it with **s**; **b** tells what
the lab is about, **f** in what its recipe differs from another. Some labs ask you to predict their results first.

Earlier runs are in the list below: **Tab** goes there, **Enter** opens one, **x** deletes one after asking.
Runs go on when you leave.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "Start", tooltip="Start a run with these options"),
        Binding("b", "briefing", "Briefing", tooltip="What you do in this lab, why, and what you need to know"),
        Binding("f", "difference", "Diff", tooltip="Compare the recipe with another lab's"),
        Binding("p", "plan", "Plan", tooltip="Say what the run would take: parameters, steps, memory, time"),
    ]

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._study = load_study(lab)
        self._given: dict[str, Value] = {}
        self._planner: Planner | None = None
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        """Options at the left, what they mean at the right, runs below."""
        with Horizontal(id="lab"):
            with Vertical(id="options"):
                yield OptionForm(self._lab, self._lab.defaults())
                with Vertical(id="edit"):
                    yield Static(id="about-option", markup=False)
                    yield Input(id="value", compact=True)
                    yield Static(id="wrong", markup=False)
            with VerticalScroll(id="side", can_focus=False):
                yield Static(self._introduction(), id="introduction", markup=False)
                yield LabMeter(self._lab)
                yield Static(f"Recipe  {_short(self._lab.recipe)}", id="recipe", markup=False)
                yield Static(id="plan", markup=False)
        yield Static("Earlier runs", id="runs-title", markup=False)
        yield RunList()

    def _introduction(self) -> Content:
        return Content.assemble(
            (self._lab.name, "bold"),
            (f" · about {self._lab.minutes:g} min", "$muted"),
            f"\n\n{self._lab.summary}",
        )

    def on_mount(self) -> None:
        """Nothing is being edited yet."""
        self.title_bar.go("Labs", self._lab.title)
        self.query_one("#value").display = False
        self.query_one(Input).cursor_blink = False

    def on_screen_resume(self) -> None:
        """A run may have begun or ended meanwhile."""
        self._read_runs()

    def on_unmount(self) -> None:
        """A plan that nobody waits for any more ends."""
        self._end_plan()

    @property
    def config(self) -> dict[str, Value]:
        """What would run."""
        return lab_config.resolve(self._lab, self._given)

    @work(exclusive=True, group="runs")
    async def _read_runs(self) -> None:
        self.query_one(RunList).show(await asyncio.to_thread(runs_of, self._lab.name))

    @on(OptionForm.OptionHighlighted, "#form")
    def _explain(self) -> None:
        option = self.query_one(OptionForm).current()
        if option is not None and not self._editing:
            self.query_one("#about-option", Static).update(option.help or f"The option {option.name}.")

    @property
    def _editing(self) -> bool:
        return bool(self.query_one("#value").display)

    @on(OptionForm.OptionSelected, "#form")
    def _change(self) -> None:
        option = self.query_one(OptionForm).current()
        if option is None:
            return
        value = self.config[option.name]
        if isinstance(value, bool):
            self._give(option.name, not value)
        elif option.name == "model":
            self._pick_model(str(value))
        else:
            self._edit(value)

    def _edit(self, value: Value) -> None:
        entry = self.query_one(Input)
        entry.value = typed(value)
        entry.display = True
        entry.focus()

    @work(exclusive=True, group="model")
    async def _pick_model(self, now: str) -> None:
        chosen = await self.app.push_screen_wait(ModelPicker("Model", trainable=True, also=OTHERS, current=now))
        if chosen == BY_NAME:
            self._edit(now)
        elif chosen is not None:
            self._give("model", chosen)

    @on(Input.Submitted, "#value")
    def _submit(self, event: Input.Submitted) -> None:
        option = self.query_one(OptionForm).current()
        if option is None:
            return
        try:
            values = lab_config.parse_set(self._lab, [f"{option.name}={event.value}"])
        except UsageError as error:
            self.query_one("#wrong", Static).update(Content.styled(str(error), "$problem"))
            return
        self._give(option.name, values[option.name])
        self._end_edit()

    def _give(self, name: str, value: Value) -> None:
        self._given[name] = value
        self._show_config()

    @on(OptionForm.ResetWanted)
    def _reset(self, event: OptionForm.ResetWanted) -> None:
        self._given.pop(event.name, None)
        self._show_config()

    def _show_config(self) -> None:
        self.query_one(OptionForm).show(self.config)
        self.query_one(LabMeter).follow(self.config)
        self._end_plan()
        self.query_one("#plan", Static).update("")

    def _end_edit(self) -> None:
        self.query_one("#value").display = False
        self.query_one("#wrong", Static).update("")
        self.query_one(OptionForm).focus()

    def action_back(self) -> None:
        """Leave the field, else the screen."""
        if self._editing:
            self._end_edit()
        else:
            super().action_back()

    def action_plan(self) -> None:
        """Start a dry run and follow it."""
        self._end_plan()
        try:
            self._planner = Planner(self._lab, self.config)
        except TutorError as error:
            self._show_problem(error)
            return
        self._show_plan(Content.styled("Planning: a short probe of the real thing …", "$operation"))
        self.title_bar.under_way("planning")
        self._timer = self.set_interval(self.services.repaint_s, self._look_at_plan)

    def _look_at_plan(self) -> None:
        planner = self._planner
        if planner is None or not planner.look():
            return
        if problem := planner.problem:
            self._show_problem(problem)
        else:
            self._show_plan(run_texts.plan(planner.state.plan))
            self.query_one(LabMeter).show(planner.state.memory, planner.state.available, what="predicted")
        self._end_plan()

    def _end_plan(self) -> None:
        for bar in self.query(TitleBar):  # there is none any more when the screen goes
            bar.under_way("")
        if self._timer is not None:
            self._timer.stop()
        if self._planner is not None:
            self._planner.end()
        self._timer = self._planner = None

    def _show_plan(self, content: Content) -> None:
        self.query_one("#plan", Static).update(Content.assemble(("The plan\n", "bold"), content))
        self.call_after_refresh(self.query_one("#side").scroll_end, animate=False)

    def _show_problem(self, error: TutorError) -> None:
        self._show_plan(Content.assemble((error.what, "$problem"), f"\n{error.todo}"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not every lab has a briefing."""
        return action != "briefing" or bool(self._study.briefing)

    def action_difference(self) -> None:
        """Show in what the recipe differs from another."""
        navigation.open_recipe_diff(self.app, self._lab)

    def action_briefing(self) -> None:
        """What the lab is about."""
        navigation.open_briefing(self.app, self._lab)

    def action_start(self) -> None:
        """Let the learner predict where the lab asks for it, then start."""
        if self._study.predictions:
            self.app.push_screen(PredictScreen(self._study.predictions), self._start)
        else:
            self._start({})

    def _start(self, predictions: dict[str, str] | None) -> None:
        """Start a run, and watch it; None goes back to the form."""
        if predictions is None:
            return
        self._end_plan()
        try:
            run = store.create(self._lab, self.config, predictions=predictions)
            launch.start(run)
        except TutorError as error:
            self._show_problem(error)
            return
        navigation.open_run(self.app, run)

    @on(OptionList.OptionSelected, "RunList")
    def _open_run(self, event: OptionList.OptionSelected) -> None:
        if event.option.id is not None:
            navigation.open_run(self.app, store.find(event.option.id))

    @on(RunList.RemoveWanted)
    def _ask_to_remove(self, event: RunList.RemoveWanted) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self._remove_run(event.run)

        question = f"Delete the run {event.run}, with its adapter, its models and its report?"
        self.app.push_screen(Confirm(question, "Delete it"), answered)

    @work(group="remove")
    async def _remove_run(self, run: str) -> None:
        try:
            await asyncio.to_thread(lambda: store.remove(store.find(run)))
        except TutorError as error:
            self.complain(error)
        self._read_runs()


def _short(path: Path) -> str:
    """`path` as one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
