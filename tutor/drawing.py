"""How the app draws: as the settings, the terminal and the link to it allow, and only what changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import cast

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.events import CursorPosition, DescendantFocus
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen
from textual.signal import Signal

from tutor import settings as stored
from tutor.errors import TutorError
from tutor.services import Services
from tutor.settings import Settings
from tutor.terminal.changed_cells import ChangedCells, Shown
from tutor.terminal.filters import Ascii, NoColours
from tutor.terminal.fit import Fit, Link, fit
from tutor.terminal.link import LinkMeter
from tutor.themes import DARK, DARK_MEANINGS, THEMES
from tutor.widgets import glyphs


class DrawingApp(App[None]):
    """An app that fits itself to where it is shown."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.settings, self._complaints = stored.load()
        self.link: Link | None = None
        """The way to the terminal; None while it is not measured."""
        self.fitted: Signal[Fit] = Signal(self, "fitted")
        """Published when the app draws in another way from now on."""
        self._meter = LinkMeter(self._write)
        self._own_filters: list[LineFilter] = []
        self._shown = Shown()
        # Nothing moves by itself: every animated frame is kilobytes over SSH.
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The meanings' colours under a theme that is not ours."""
        return DARK_MEANINGS

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's, with ours in place of the greys that it shows under `NO_COLOR`."""
        return [
            *(known for known in super().get_line_filters() if not isinstance(known, Monochrome)),
            *self._own_filters,
        ]

    def on_load(self) -> None:
        """All is in place before anything is drawn."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.draw_as(self.settings)

    def on_mount(self) -> None:
        """Say what was wrong with the settings; look how far away the terminal is where that is not known."""
        self.app_resume_signal.subscribe(self, lambda _: self._shown.forget())
        for complaint in self._complaints:
            self.notify(complaint, severity="warning", markup=False)
        if os.environ.get("SSH_CONNECTION"):
            self.run_worker(self.measure_link(), group="link", exclusive=True)

    async def on_unmount(self) -> None:
        """What the glyphs were chosen for is gone."""
        glyphs.choose(None)

    def draw_as(self, settings: Settings) -> None:
        """Draw everything as `settings` say from now on."""
        self.settings = settings
        found = self.services.fit = fit(settings, self.link)
        glyphs.choose(found.ascii)
        self.no_color = found.few_colours
        colourless = found.depth == "none"
        self._own_filters = [NoColours(DARK.background or "")] if colourless else []
        self._own_filters += [Ascii()] if found.ascii else []
        # Without colours, marks are told from the ground by how light they are, and for that the dark theme is made.
        self.theme = (DARK if colourless else THEMES[settings.theme]).name
        if self._driver is not None:
            _use_mouse(self._driver, settings.mouse)
            self.redraw()
            self.fitted.publish(found)

    def set_word(self, name: str, word: str) -> None:
        """Change a setting, now and for the next time."""
        try:
            self.draw_as(stored.save(name, word))
        except TutorError as error:
            self.notify(error.todo, title=error.what, severity="error", markup=False)

    def redraw(self) -> None:
        """Draw every cell of every screen anew."""
        self._shown.forget()
        self.refresh_css(animate=False)
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                widget.notify_style_update()
                widget.refresh(layout=True)

    def on_resize(self) -> None:
        """A terminal that changes its size may show anything."""
        self._shown.forget()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """No cursor blinks: twice a second something would be sent."""
        if hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    async def measure_link(self) -> None:
        """Measure the way to the terminal, and draw as it allows."""
        self.link = await self._meter.measure()
        self.draw_as(self.settings)

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal has answered the meter."""
        event.stop()
        self._meter.answered(event.time)

    def _write(self, text: str) -> None:
        if self._driver is not None and not self._driver.is_headless:
            self._driver.write(text)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            changed = ChangedCells(renderable, self._shown, self.services.fit.depth)
            renderable = cast("RenderableType", changed)
        super()._display(screen, renderable)


def _use_mouse(driver: Driver, wanted: bool) -> None:
    """Let the terminal report the mouse or not. Textual has no public way to change that in a running app."""
    if driver._mouse == wanted or not hasattr(driver, "_enable_mouse_support"):
        return
    if wanted:
        driver._mouse = True
        driver._enable_mouse_support()
    else:
        driver._disable_mouse_support()  # type: ignore[attr-defined]
        driver._mouse = False
