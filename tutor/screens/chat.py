"""Talking to a model, or to two side by side: the same question, the same seed, two answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerCancelled

from tutor import paths
from tutor.engine.tiers import default_model
from tutor.errors import TutorError
from tutor.screens import chat_store, chat_texts
from tutor.screens.base import TutorScreen
from tutor.screens.chat_exchange import Exchange
from tutor.screens.chat_loading import load_into
from tutor.screens.chat_picker import ConversationPicker
from tutor.screens.chat_record import ChatRecord
from tutor.screens.chat_store import SIDES, Turn
from tutor.screens.chat_tokens import TokensScreen
from tutor.screens.picker import ModelPicker
from tutor.services import Asks
from tutor.widgets.chatcontrols import ChatControls
from tutor.widgets.chatpane import ChatPane
from tutor.widgets.chatprompt import Prompt

NEEDS_ANSWER = ("edit", "copy", "copy_code", "export", "tokens")
"""Actions that have nothing to act on before the first answer, or while one is being given."""


class ChatScreen(TutorScreen):
    """Left a model, right perhaps another."""

    CSS_PATH = str(paths.assets_dir() / "chat.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    AUTO_FOCUS = "#prompt"
    HELP = chat_texts.HELP
    # In the order in which they are worth room: a narrow bar leaves out the last ones.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop/back"),
        Binding("ctrl+o,m", "pick('left')", "Model", key_display="^o", tooltip="Choose the model"),
        Binding("ctrl+t,v", "pick('right')", "Versus", key_display="^t", tooltip="Choose a second model beside it"),
        Binding("ctrl+r,r", "again", "Again", key_display="^r", tooltip="Answer the last question again"),
        Binding("ctrl+g,p", "tokens", "Tokens", key_display="^g", tooltip="Show how probable each token was"),
        Binding("ctrl+n,n", "clear", "New", key_display="^n", tooltip="Begin a new conversation"),
        Binding("ctrl+s,s", "system", "System", key_display="^s", tooltip="Write the system message"),
        Binding("ctrl+y,y", "copy", "Copy", key_display="^y", tooltip="Copy the last answer"),
        Binding("f2,slash", "reopen", "Chats", key_display="F2", tooltip="Go on with an earlier conversation"),
        Binding("e", "edit", "Edit", show=False, tooltip="Change the last question and ask it again"),
        Binding("f4,c", "copy_code", "Code", key_display="F4", tooltip="Copy the last block of code"),
        Binding("f3,x", "export", "Export", key_display="F3", tooltip="Write the chat as Markdown"),
        Binding("f1", "help", "Help", key_display="F1"),
    ]

    def __init__(self, left: str | None = None, right: str | None = None) -> None:
        super().__init__()
        self._first = {"left": left or default_model(), "right": right or ""}
        self._exchange = Exchange(self.refresh_bindings, lambda what: self.title_bar.under_way(what))
        self._record = ChatRecord(lambda: self.services.now())
        self._answering: Worker[None] | None = None
        self._edited: str | None = None
        """The question that the next message replaces."""
        self._not_loaded: set[str] = set()
        """Sides whose model could not be read."""

    def body(self) -> ComposeResult:
        """Conversations, controls, and the field to type in."""
        with Horizontal(id="head"):
            yield Static("system", markup=False)
            yield Input(placeholder="Who the model is to be, and how it is to answer", id="system", compact=True)
        with Horizontal(id="panes"):
            yield ChatPane("$frozen", id="left")
            yield ChatPane("$trainable", id="right")
        yield ChatControls(id="controls")
        yield Prompt(placeholder="Ask something", id="prompt", compact=True)

    def on_mount(self) -> None:
        """Load the first models."""
        self.title_bar.go("Chat")
        self.query_one("#head").display = False
        for side, model in self._first.items():
            self._use(side, model)
        self._look_at_machine()

    @work
    async def _look_at_machine(self) -> None:
        machine = await asyncio.to_thread(self.services.memory)
        for pane in self.query(ChatPane):
            pane.memory.machine(machine.size)

    @property
    def busy(self) -> bool:
        """Whether an answer is being given."""
        return self._exchange.busy

    @property
    def _prompt(self) -> Input:
        return self.query_one("#prompt", Input)

    @property
    def _system(self) -> Input:
        return self.query_one("#system", Input)

    def _pane(self, side: str) -> ChatPane:
        return self.query_one(f"#{side}", ChatPane)

    def _engine(self, side: str) -> Asks:
        return self.services.engine("chat", side)

    def _panes(self) -> list[tuple[ChatPane, Asks]]:
        return [(self._pane(side), self._engine(side)) for side in SIDES if self._pane(side).model]

    def _answered(self) -> ChatPane | None:
        """The pane whose last answer is meant: the one with the focus, else the first that has one."""
        panes = [pane for pane in self.query(ChatPane) if pane.answer]
        return next((pane for pane in panes if pane.has_focus_within), panes[0] if panes else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        if action == "again":
            return not self.busy and (self._answered() is not None or bool(self._not_loaded))
        if action in NEEDS_ANSWER:
            return not self.busy and self._answered() is not None
        return True

    # Models

    def _use(self, side: str, model: str, turns: Sequence[Turn] = ()) -> None:
        self._pane("right").display = bool(model) if side == "right" else bool(self._pane("right").model)
        self.run_worker(self._load(side, model, turns), group=f"load-{side}", exclusive=True)

    async def _load(self, side: str, model: str, turns: Sequence[Turn]) -> None:
        self._not_loaded.discard(side)
        if not await load_into(self._pane(side), self._engine(side), model, turns, self.title_bar.under_way):
            self._not_loaded.add(side)
        self.refresh_bindings()

    @work(exclusive=True, group="change")
    async def action_pick(self, side: str) -> None:
        """Choose the model of one side; another model is another conversation."""
        nobody = [("", "(nobody)")] if side == "right" else []
        title = "Model" if side == "left" else "Versus"
        picker = ModelPicker(title, also=nobody, current=self._pane(side).model)
        chosen = await self.app.push_screen_wait(picker)
        if chosen is not None:
            await self._end_answer()
            self._record.begin()
            self._use(side, chosen)

    # Asking

    @on(Input.Submitted, "#prompt")
    def _send(self, event: Input.Submitted) -> None:
        prompt = event.value.strip()
        if prompt and not self.busy:
            event.input.value = ""
            edited = self._edited
            self._stop_editing()
            self._answering = self._answer(prompt, edited)

    @work(exclusive=True, group="answer")
    async def _answer(self, prompt: str, replacing: str | None) -> None:
        if not await self._exchange.ask(self._panes(), prompt, self._settings(), replacing):
            self._prompt.value = self._prompt.value or prompt
        if self._answered() is None:
            return
        try:
            await self._record.save(self.query(ChatPane), self._system.value.strip())
        except TutorError as error:
            self.complain(error)

    def _settings(self) -> dict[str, Any]:
        """How the next answer is made."""
        return {**self.query_one(ChatControls).settings(), "system": self._system.value.strip()}

    async def _end_answer(self) -> None:
        """Break off what is being said, and wait until nobody writes into the panes any more."""
        worker = self._answering
        if worker is not None and not worker.is_finished:
            worker.cancel()
            with suppress(WorkerCancelled):
                await worker.wait()

    def action_again(self) -> None:
        """Answer the last question again, with the next seed; or read a model again that could not be read."""
        for side in list(self._not_loaded):
            self._use(side, self._pane(side).model)
        pane = self._answered()
        if pane is None or pane.question is None:
            return
        controls = self.query_one(ChatControls)
        if not controls.greedy:
            controls.next_seed()
        elif pane.made_with(self._settings()):
            self.notify("At temperature 0 the same question has the same answer.", markup=False)
        self._answering = self._answer(pane.question, pane.question)

    def action_edit(self) -> None:
        """Bring the last question back into the field."""
        pane = self._answered()
        if pane is None or pane.question is None:
            return
        self._edited = pane.question
        self.title_bar.note("the last question again: Enter asks, Esc leaves it")
        self._prompt.value = pane.question
        self._prompt.cursor_position = len(pane.question)
        self._prompt.focus()

    def _stop_editing(self) -> None:
        self._edited = None
        self.title_bar.note("")

    # The conversation

    def action_back(self) -> None:
        """Stop the answer, else leave the question being edited, else the system message, else the screen."""
        if self._exchange.stop():
            return
        if self._edited is not None:
            self._stop_editing()
            self._prompt.value = ""
        elif self._system.has_focus:
            self._leave_system()
        else:
            super().action_back()

    def action_system(self) -> None:
        """Open the field of the system message."""
        self.query_one("#head").display = True
        self._system.focus()

    @on(Input.Submitted, "#system")
    def _leave_system(self) -> None:
        self._prompt.focus()
        self.query_one("#head").display = bool(self._system.value.strip())

    async def action_clear(self) -> None:
        """Forget the conversation."""
        await self._end_answer()
        self._stop_editing()
        self._record.begin()
        for pane, _ in self._panes():
            await pane.clear()
        self.refresh_bindings()

    @work(exclusive=True, group="change")
    async def action_reopen(self) -> None:
        """Choose an earlier conversation and go on with it."""
        kept = await asyncio.to_thread(chat_store.all_conversations)
        chosen = await self.app.push_screen_wait(ConversationPicker(kept))
        if chosen is None:
            return
        await self._end_answer()
        self._stop_editing()
        path, conversation = chosen
        self._record.go_on(path, conversation)
        self._system.value = conversation.system
        self.query_one("#head").display = bool(conversation.system)
        for side in SIDES:
            self._use(side, conversation.models.get(side, ""), conversation.turns.get(side, []))
        self._prompt.focus()

    # Taking away

    def action_tokens(self) -> None:
        """Show the last answer token by token."""
        pane = self._answered()
        if pane is None or (request := pane.request()) is None or pane.answer is None:
            return
        self.app.push_screen(TokensScreen(self._engine(str(pane.id)), request, pane.answer["content"]))

    def action_copy(self) -> None:
        """Copy the last answer."""
        if (pane := self._answered()) and pane.answer:
            self.copy_out("answer", pane.answer["content"])

    def action_copy_code(self) -> None:
        """Copy the last block of code of the last answer."""
        if (pane := self._answered()) and pane.answer:
            if blocks := chat_texts.code_blocks(pane.answer["content"]):
                self.copy_out("code", blocks[-1])
            else:
                self.notify("The last answer has no block of code.", markup=False)

    async def action_export(self) -> None:
        """Write the conversation as Markdown."""
        try:
            written = await self._record.export(self.query(ChatPane), self._system.value.strip())
        except TutorError as error:
            self.complain(error)
            return
        self.notify(str(written), title="The conversation is in", markup=False, timeout=12)
