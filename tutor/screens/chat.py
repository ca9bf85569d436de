"""Talking to a model, or to two side by side: the same question, the same seed, two answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import ClassVar

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
from tutor.screens.chat_picker import ConversationPicker
from tutor.screens.chat_store import SIDES, Conversation, Turn
from tutor.screens.chat_tokens import TokensScreen
from tutor.screens.model_import import import_if_missing
from tutor.screens.picker import ModelPicker
from tutor.services import Asks
from tutor.text import clean_text
from tutor.widgets.chatcontrols import ChatControls
from tutor.widgets.chatpane import ChatPane

NEEDS_ANSWER = ("again", "edit", "copy", "copy_code", "export", "tokens")
"""Actions that have nothing to act on before the first answer, or while one is being given."""


class Prompt(Input):
    """The field of the next message; up brings back the last one, as in a shell."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "edit", "Edit", key_display="↑", tooltip="Change the last question and ask it again")
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The screen knows whether there is a question to edit."""
        return self.screen.check_action(action, parameters)

    async def action_edit(self) -> None:
        """The screen brings the question back."""
        await self.screen.run_action("edit")


class ChatScreen(TutorScreen):
    """Left a model, right perhaps another."""

    CSS_PATH = str(paths.assets_dir() / "chat.tcss")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    AUTO_FOCUS = "#prompt"
    HELP = """\
Type a message and press **Enter**. **Esc** stops an answer; what was said so far stays. When nothing is being
said, Esc goes back. While you are in the field, letters are text: the same actions have a Ctrl or function key there.

**Ctrl+O** chooses the model, **Ctrl+T** a second one beside it: both get the same messages and the same seed, one
after the other, so that neither slows the other down. **Ctrl+N** begins a new conversation.

**Ctrl+S** opens the system message: it stands above the conversation, and what stands there is sent before it.
**Ctrl+R** has the last question answered again, with the next seed. **↑** brings the last question back to change it.

**Ctrl+G** shows how probable each token of the last answer was, and what else could have stood there.

**Ctrl+Y** copies the last answer, **F4** its last block of code, through the terminal (OSC 52): also over SSH.
With two models it is the answer of the side that has the focus, else of the left one. **F3** writes the conversation to
a Markdown file.

Every conversation is kept; **F2** lists them, filters by what was said, and goes on with one.

**Tab** leads to the sampling controls (left and right change them). Temperature 0 always takes the likeliest token, and
the other controls then change nothing; top-k 0 and top-p 1 leave every token in.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop/back"),
        Binding("ctrl+r,r", "again", "Again", key_display="^r", tooltip="Answer the last question again"),
        Binding("e", "edit", "Edit", tooltip="Change the last question and ask it again"),
        Binding("ctrl+y,y", "copy", "Copy", key_display="^y", tooltip="Copy the last answer"),
        Binding("ctrl+g,p", "tokens", "Tokens", key_display="^g", tooltip="Show how probable each token was"),
        Binding("f4,c", "copy_code", "Code", show=False, key_display="F4", tooltip="Copy the last block of code"),
        Binding("f3,x", "export", "Export", show=False, key_display="F3", tooltip="Write the chat as Markdown"),
        Binding("ctrl+s,s", "system", "System", key_display="^s", tooltip="Write the system message"),
        Binding("ctrl+o,m", "pick('left')", "Model", key_display="^o"),
        Binding("f1", "help", "Help", key_display="F1"),
        Binding("f2,slash", "reopen", "Chats", key_display="F2", tooltip="Go on with an earlier conversation"),
        Binding("ctrl+t,v", "pick('right')", "Versus", key_display="^t"),
        Binding("ctrl+n,n", "clear", "New", key_display="^n", tooltip="Begin a new conversation"),
    ]

    def __init__(self, left: str | None = None, right: str | None = None) -> None:
        super().__init__()
        self._first = {"left": left or default_model(), "right": right or ""}
        self._active: Asks | None = None
        """The engine that is answering."""
        self._answering: Worker[None] | None = None
        self._edited: str | None = None
        """The question that the next message replaces."""
        self._created = ""
        """When this conversation began, once something was said."""
        self._file: Path | None = None

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
        for field in self.query(Input):
            field.cursor_blink = False
        for side, model in self._first.items():
            self._use(side, model)

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
        if action in NEEDS_ANSWER:
            return self._active is None and self._answered() is not None
        return True

    def _use(self, side: str, model: str, turns: Sequence[Turn] = ()) -> None:
        self._pane("right").display = bool(model) if side == "right" else bool(self._pane("right").model)
        self.run_worker(self._load(side, model, turns), group=f"load-{side}", exclusive=True)

    async def _load(self, side: str, model: str, turns: Sequence[Turn]) -> None:
        pane = self._pane(side)
        await pane.use(model)
        await pane.restore(turns)
        self.refresh_bindings()
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
        now = self._pane(side).model
        nobody = [("", "(nobody)")] if side == "right" else []
        picker = ModelPicker("Model" if side == "left" else "Versus", also=nobody, current=now)

        def change(name: str | None) -> None:
            if name is not None:
                self._change(side, name)

        self.app.push_screen(picker, change)

    @work(exclusive=True, group="change")
    async def _change(self, side: str, model: str) -> None:
        """Another model is another conversation on its side."""
        await self._end_answer()
        self._begin_another()
        self._use(side, model)

    async def action_clear(self) -> None:
        """Forget the conversation."""
        await self._end_answer()
        self._stop_editing()
        self._begin_another()
        for pane, _ in self._panes():
            await pane.clear()
        self.refresh_bindings()

    def action_back(self) -> None:
        """Stop the answer, else leave the question being edited, else the system message, else the screen."""
        if self._stop():
            return
        if self._edited is not None:
            self._stop_editing()
            self._prompt.value = ""
        elif self._system.has_focus:
            self._leave_system()
        else:
            super().action_back()

    def _stop(self) -> bool:
        """Stop what is being said; whether something was."""
        active = self._active
        if active is not None:
            active.cancel()
        return active is not None

    async def _end_answer(self) -> None:
        """Break off what is being said, and wait until nobody writes into the panes any more."""
        worker = self._answering
        if worker is not None and not worker.is_finished:
            worker.cancel()
            with suppress(WorkerCancelled):
                await worker.wait()

    def action_system(self) -> None:
        """Open the field of the system message."""
        self.query_one("#head").display = True
        self._system.focus()

    @on(Input.Submitted, "#system")
    def _leave_system(self) -> None:
        self._prompt.focus()
        self.query_one("#head").display = bool(self._system.value.strip())

    def action_again(self) -> None:
        """Answer the last question again, with the next seed."""
        pane = self._answered()
        if pane is None or pane.question is None:
            return
        controls = self.query_one(ChatControls)
        if controls.greedy:
            self.notify("At temperature 0 the answer stays the same.", markup=False)
        else:
            controls.next_seed()
        self._begin(pane.question, replacing=pane.question)

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

    def action_tokens(self) -> None:
        """Show the last answer token by token."""
        pane = self._answered()
        if pane is None or (request := pane.request()) is None or pane.answer is None:
            return
        self.app.push_screen(TokensScreen(self._engine(str(pane.id)), request, pane.answer["content"]))

    def action_copy(self) -> None:
        """Copy the last answer."""
        if (pane := self._answered()) and pane.answer:
            self._copy("answer", pane.answer["content"])

    def action_copy_code(self) -> None:
        """Copy the last block of code of the last answer."""
        if (pane := self._answered()) and pane.answer:
            blocks = chat_texts.code_blocks(pane.answer["content"])
            if blocks:
                self._copy("code", blocks[-1])
            else:
                self.notify("The last answer has no block of code.", markup=False)

    def _copy(self, what: str, text: str) -> None:
        text = clean_text(text)
        self.app.copy_to_clipboard(text)
        # The terminal does not answer: whether it took the text cannot be known.
        self.notify(f"Sent to the terminal's clipboard: {what}, {len(text)} characters.", markup=False)

    async def action_export(self) -> None:
        """Write the conversation as Markdown."""
        try:
            written = await asyncio.to_thread(chat_texts.export, self._conversation(), self._path())
        except TutorError as error:
            self.complain(error)
            return
        self.notify(str(written), title="The conversation is in", markup=False, timeout=12)

    def _conversation(self) -> Conversation:
        """What was said so far, as it is kept."""
        self._created = self._created or chat_store.timestamp(self.services.now())
        return Conversation(
            self._created,
            self._system.value.strip(),
            {side: self._pane(side).model for side in SIDES if self._pane(side).model},
            {side: list(self._pane(side).turns) for side in SIDES if self._pane(side).turns},
        )

    def _path(self) -> Path:
        """The file of this conversation."""
        if self._file is None:
            self._file = chat_store.new_path(self.services.now())
        return self._file

    def _begin_another(self) -> None:
        """What is said from here on is kept in a file of its own."""
        self._created, self._file = "", None

    async def _keep(self) -> None:
        """Write the conversation down."""
        if self._answered() is None:
            return
        try:
            await asyncio.to_thread(chat_store.save, self._conversation(), self._path())
        except TutorError as error:
            self.complain(error)

    @work(exclusive=True, group="change")
    async def action_reopen(self) -> None:
        """Choose an earlier conversation and go on with it."""
        chosen = await self.app.push_screen_wait(
            ConversationPicker(await asyncio.to_thread(chat_store.all_conversations))
        )
        if chosen is None:
            return
        await self._end_answer()
        self._stop_editing()
        self._file, conversation = chosen
        self._created = conversation.created
        self._system.value = conversation.system
        self.query_one("#head").display = bool(conversation.system)
        for side in SIDES:
            self._use(side, conversation.models.get(side, ""), conversation.turns.get(side, []))
        self._prompt.focus()

    @on(Input.Submitted, "#prompt")
    def _send(self, event: Input.Submitted) -> None:
        prompt = event.value.strip()
        if prompt and self._active is None:
            event.input.value = ""
            edited = self._edited
            self._stop_editing()
            self._begin(prompt, replacing=edited)

    def _begin(self, prompt: str, *, replacing: str | None) -> None:
        self._answering = self._answer(prompt, replacing)

    @work(exclusive=True, group="answer")
    async def _answer(self, prompt: str, replacing: str | None) -> None:
        """Ask each model in turn: together they would share the cores, and their speeds would mean nothing."""
        try:
            for pane, engine in self._panes():
                self._active = engine
                self.refresh_bindings()
                if replacing is not None and pane.question == replacing:
                    await pane.take_back()
                await self._one_answer(pane, engine, prompt)
            await self._keep()
        finally:
            self._active = None
            self.refresh_bindings()

    async def _one_answer(self, pane: ChatPane, engine: Asks, prompt: str) -> None:
        await pane.ask(prompt)
        settings = {**self.query_one(ChatControls).settings(), "system": self._system.value.strip()}
        try:
            async for reply in engine.stream("chat", model=pane.model, messages=pane.messages, **settings):
                if reply.done:
                    await pane.finish(reply.data, settings)
                else:
                    await pane.grow(reply.data["text"])
        except TutorError as error:
            await pane.fail(error)
            self._prompt.value = prompt
