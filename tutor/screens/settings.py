"""Settings: each changed with the arrows, at once, with what it comes to here and a sample of the colours below."""

from __future__ import annotations

import os
from typing import ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths, settings
from tutor.drawing import DrawingApp
from tutor.screens.base import TutorScreen
from tutor.themes import MEANINGS
from tutor.widgets.choice import Choice
from tutor.widgets.heat import SHADES, STEPS, heat_content, shades_content
from tutor.widgets.stepper import Stepper


class SettingsScreen(TutorScreen):
    """A row per setting."""

    PLACE = "Settings"
    CSS_PATH = str(paths.assets_dir() / "settings.tcss")
    AUTO_FOCUS = "Choice"
    HELP = """\
**Up** and **Down** choose a setting, **Left** and **Right** change it. Every change takes effect at once and is kept in
`settings.toml` of your data directory; `tutor settings` does the same without the app.

Where a setting is **auto**, the line beside it says what it comes to here, and why. **m** measures the link: the
terminal is asked a question, and the time to its answer is taken.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "app.focus_previous", show=False),
        Binding("down,j", "app.focus_next", show=False),
        Binding("m", "measure", "Measure link", tooltip="Measure the way to the terminal"),
        Binding("comma", "back", show=False),
    ]

    _without_link = "not measured"

    @property
    def _drawing(self) -> DrawingApp:
        return cast("DrawingApp", self.app)

    def body(self) -> ComposeResult:
        """Settings, the link, a sample."""
        with VerticalScroll(id="settings", can_focus=False):
            for name in settings.names():
                with Horizontal(classes="setting"):
                    chosen = settings.word(self._drawing.settings, name)
                    yield Choice(f"{_label(name):<15}", list(settings.choices(name)), chosen, id=name)
                    yield Static(classes="note", markup=False)
            yield Static(id="link", markup=False)
            yield Static(id="sample", markup=False)

    def on_mount(self) -> None:
        """Show what is set, also when the link has been measured meanwhile."""
        self._drawing.fitted.subscribe(self, lambda _: self._show())
        self._show()

    @on(Stepper.Changed)
    def _change(self, event: Stepper.Changed) -> None:
        event.stop()
        choice = cast("Choice", event.stepper)
        if choice.option != settings.word(self._drawing.settings, choice.id or ""):
            self._drawing.set_word(choice.id or "", choice.option)

    def _show(self) -> None:
        for row in self.query(".setting"):
            row.query_one(".note", Static).update(self._note(row.query_one(Choice).id or ""))
        self._show_link()
        self.query_one("#sample", Static).update(sample(few_colours=self.app.no_color))

    def _note(self, name: str) -> Content:
        fit = self.services.fit
        comes_to = {
            "colours": fit.depth,
            "glyphs": "ascii" if fit.ascii else "unicode",
            "repaint": f"{fit.repaint} a second",
        }
        about = Content.styled(settings.about(name), "$muted")
        if name not in comes_to:
            return about
        return Content.assemble(about, "\n", comes_to[name], (f"  {fit.why[name]}", "$muted"))

    def _show_link(self, instead: str = "") -> None:
        link = self._drawing.link
        where = "tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else ""
        far = f"  as far as {where}, which answers for the terminal" if where and link and not instead else ""
        what = instead or (str(link) if link else self._without_link)
        self.query_one("#link", Static).update(Content.assemble(("Link to the terminal  ", "$muted"), what, far))

    @work(exclusive=True, group="link")
    async def action_measure(self) -> None:
        """Take the time of the terminal's answers."""
        self._show_link("measuring …")
        self._without_link = "not measured: the terminal did not answer within two seconds"
        await self._drawing.measure_link()


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def sample(*, few_colours: bool) -> Content:
    """What the colours mean, and both scales."""
    meanings = [(f"{name}   ", f"${name}") for name in MEANINGS]
    levels = [[step / STEPS for step in range(-STEPS, STEPS + 1)]]
    shades = [[step / SHADES for step in range(SHADES + 1)]]
    return Content.assemble(
        *meanings, ("muted   ", "$muted"), ("faint", "$faint"), "\n\n",
        heat_content(["around zero"], levels, digits=few_colours), "\n\n",
        shades_content(["from zero  "], shades, 1.0, digits=few_colours),
    )  # fmt: skip
