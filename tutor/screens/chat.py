"""Talking to a model, or to two side by side: the same question, the same seed, two answers."""

from __future__ import annotations

from contextlib import aclosing
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from tutor import paths
from tutor.engine.tiers import default_model
from tutor.errors import TutorError
from tutor.screens.base import TutorScreen
from tutor.screens.model_import import import_if_missing
from tutor.screens.picker import ModelPicker
from tutor.services import Asks
from tutor.widgets.chatpane import ChatPane
from tutor.widgets.stepper import Stepper

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
LENGTHS = (32, 64, 128, 256, 512, 1024)


class ChatScreen(TutorScreen):
    """Left a model, right perhaps another."""

    CSS_PATH = str(paths.assets_dir() / "chat.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    AUTO_FOCUS = "#prompt"
    HELP = """\
Type a message and press **Enter**. **Esc** stops an answer; what was said so far stays. When nothing is being
said, Esc goes back.

**Ctrl+O** chooses the model, **Ctrl+T** a second one beside it: both get the same messages and the same seed, one
after the other, so that neither slows the other down. **Ctrl+N** begins a new conversation.

**Tab** leads to temperature and length (left and right change them). Temperature 0 always takes the likeliest token.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop/back"),
        Binding("ctrl+o,m", "pick('left')", "Model", key_display="^o"),
        Binding("ctrl+t,v", "pick('right')", "Versus", key_display="^t"),
        Binding("ctrl+n,n", "clear", "New", key_display="^n", tooltip="Begin a new conversation"),
    ]

    def __init__(self, left: str | None = None, right: str | None = None) -> None:
        super().__init__()
        self._first = {"left": left or default_model(), "right": right or ""}
        self._active: Asks | None = None
        """The engine that is answering."""

    def body(self) -> ComposeResult:
        """Conversations, controls, and the field to type in."""
        with Horizontal(id="panes"):
            yield ChatPane("$frozen", id="left")
            yield ChatPane("$trainable", id="right")
        with Horizontal(id="controls"):
            yield Stepper("temperature", TEMPERATURES, 0.0, id="temperature")
            yield Stepper("max tokens", LENGTHS, 256, id="length")
            yield Stepper("seed", range(100), 0, id="seed")
        yield Input(placeholder="Ask something", id="prompt", compact=True)

    def on_mount(self) -> None:
        """Load the first models."""
        self.title_bar.go("Chat")
        self.query_one(Input).cursor_blink = False
        for side, model in self._first.items():
            self._use(side, model)

    def _pane(self, side: str) -> ChatPane:
        return self.query_one(f"#{side}", ChatPane)

    def _engine(self, side: str) -> Asks:
        return self.services.engine("chat", side)

    def _panes(self) -> list[tuple[ChatPane, Asks]]:
        return [(self._pane(side), self._engine(side)) for side in ("left", "right") if self._pane(side).model]

    def _use(self, side: str, model: str) -> None:
        self._pane("right").display = bool(model) if side == "right" else bool(self._pane("right").model)
        self.run_worker(self._load(side, model), group=f"load-{side}", exclusive=True)

    async def _load(self, side: str, model: str) -> None:
        pane = self._pane(side)
        await pane.use(model)
        if not model:
            await self._engine(side).close()
            return
        try:
            async with aclosing(import_if_missing(model)) as lines:
                async for line in lines:
                    pane.show_loading(line)
            pane.show_loading("loading …")
            pane.loaded(await self._engine(side).call("load", model=model))
        except TutorError as error:
            await pane.fail(error)

    def action_pick(self, side: str) -> None:
        """Choose the model of one side."""
        picker = (
            ModelPicker("Model", runs=True) if side == "left" else ModelPicker("Versus", runs=True, none="(nobody)")
        )
        self.app.push_screen(picker, lambda name: None if name is None else self._use(side, name))

    async def action_clear(self) -> None:
        """Forget the conversation."""
        self._stop()
        for pane, _ in self._panes():
            await pane.clear()

    def action_back(self) -> None:
        """Stop the answer, else leave."""
        if not self._stop():
            super().action_back()

    def _stop(self) -> bool:
        """Stop what is being said; whether something was."""
        active = self._active
        if active is not None:
            active.cancel()
        return active is not None

    @on(Input.Submitted, "#prompt")
    def _send(self, event: Input.Submitted) -> None:
        prompt = event.value.strip()
        if prompt and self._active is None:
            event.input.value = ""
            self._answer(prompt)

    @work(exclusive=True, group="answer")
    async def _answer(self, prompt: str) -> None:
        """Ask each model in turn: together they would share the cores, and their speeds would mean nothing."""
        try:
            for pane, engine in self._panes():
                self._active = engine
                await self._one_answer(pane, engine, prompt)
        finally:
            self._active = None

    async def _one_answer(self, pane: ChatPane, engine: Asks, prompt: str) -> None:
        await pane.ask(prompt)
        try:
            async for reply in engine.stream(
                "chat",
                model=pane.model,
                messages=pane.turns,
                max_tokens=int(self.query_one("#length", Stepper).value),
                temperature=self.query_one("#temperature", Stepper).value,
                seed=int(self.query_one("#seed", Stepper).value),
            ):
                if reply.done:
                    await pane.finish(reply.data)
                else:
                    await pane.grow(reply.data["text"])
        except TutorError as error:
            await pane.fail(error)
            self.query_one(Input).value = prompt
