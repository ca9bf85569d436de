"""One side of the chat: a model's name, speed and memory above, its conversation below."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from tutor.errors import TutorError
from tutor.terminal.fit import REPAINTS
from tutor.text import clean_text, human_bytes
from tutor.widgets.chatmemory import ChatMemory
from tutor.widgets.chattalk import Talk
from tutor.widgets.stepper import Stepper

if TYPE_CHECKING:
    from tutor.drawing import DrawingApp

Turn = dict[str, Any]
"""A message (`role`, `content`); an answer also has what it was made with."""


SETTINGS = ("system", "max_tokens", "temperature", "top_p", "top_k", "seed")
"""What an answer remembers of how it was made; also `strength`, where that was another than 1."""

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""How many times an adapter can be added to its base."""


class ChatPane(Vertical):
    """Shows a conversation and keeps its turns. The screen does the asking."""

    def __init__(self, style: str, id: str) -> None:  # noqa: A002
        """Args: style: the colour of the model's name: frozen for a base, trainable for a tuned one."""
        super().__init__(id=id)
        self.model = ""
        self.turns: list[Turn] = []
        self._questions: list[Static] = []
        """The widgets of the questions in `turns`."""
        self._style = style
        self._about = ""
        """What was loaded, or how far that has come."""
        self._base = ""
        """The model that a run's adapter can be added to in other strengths, if it is here."""
        self._speed = ""
        self._stream: MarkdownStream | None = None
        self._answer: Markdown | None = None
        self._text = ""
        self._unshown = ""
        """What has come of the answer since it was last drawn."""
        self._drawn_at = 0.0

    def compose(self) -> ComposeResult:
        """Heading, memory and conversation."""
        with Horizontal(classes="pane-head"):
            yield Static(classes="pane-title", markup=False)
            yield Stepper("adapter", STRENGTHS, 1.0, id=f"strength-{self.id}")
        yield ChatMemory()
        with Talk(classes="talk pane"):
            yield Static(classes="hint", markup=False)

    def on_mount(self) -> None:
        """There is no adapter before there is a model."""
        self._stepper.display = False

    @property
    def _talk(self) -> Talk:
        return self.query_one(Talk)

    @property
    def _stepper(self) -> Stepper:
        return self.query_one(Stepper)

    @property
    def memory(self) -> ChatMemory:
        """The line that says what the model takes."""
        return self.query_one(ChatMemory)

    @property
    def strength(self) -> float | None:
        """How many times the adapter is added to its base; None for the model as it was exported."""
        chosen = self._stepper.value if self._base else 1.0
        return None if chosen == 1 else chosen

    async def use(self, model: str) -> None:
        """Hold another model, with an empty conversation."""
        self.model, self._about, self._base, self._speed = model, "", "", ""
        self._stepper.display = False
        self._stepper.set_value(1.0)
        self.memory.loaded({})
        await self.clear()

    async def clear(self) -> None:
        """Forget the conversation."""
        if self._stream is not None:
            await self._stream.stop()
        self._stream = self._answer = None
        self.turns, self._questions = [], []
        self.memory.forget()
        await self._talk.remove_children()
        self._show_title()

    @property
    def messages(self) -> list[dict[str, str]]:
        """The turns as the engine wants them."""
        return [{"role": turn["role"], "content": turn["content"]} for turn in self.turns]

    @property
    def answer(self) -> Turn | None:
        """The last turn, if it is an answer."""
        return self.turns[-1] if self.turns and self.turns[-1]["role"] == "assistant" else None

    @property
    def question(self) -> str | None:
        """What was asked last, if it was answered."""
        return self.turns[-2]["content"] if self.answer else None

    def request(self) -> dict[str, Any] | None:
        """What to ask the engine to get the last answer again; None if it is not known how it was made."""
        if self.answer is None or not self.answer.keys() >= {*SETTINGS, "new_tokens"}:
            return None
        settings = {name: self.answer[name] for name in SETTINGS}
        # No further than it came then: it may have been stopped.
        settings["max_tokens"] = max(1, self.answer["new_tokens"])
        if "strength" in self.answer:
            settings["strength"] = self.answer["strength"]
        return {"model": self.model, "messages": self.messages[:-1], **settings}

    def made_with(self, settings: dict[str, Any]) -> bool:
        """Whether the last answer was made with exactly these settings, and the strength that is set now."""
        answer = self.answer or {}
        return answer.get("strength") == self.strength and settings.items() <= answer.items()

    async def take_back(self) -> None:
        """Forget the last question with its answer."""
        del self.turns[-2:]
        children = list(self._talk.children)
        await self._talk.remove_children(children[children.index(self._questions.pop()) :])

    async def restore(self, turns: Sequence[Turn]) -> None:
        """Show a conversation that was held before."""
        await self.clear()
        self.turns = list(turns)
        widgets: list[Static | Markdown] = []
        for turn in turns:
            if turn["role"] == "user":
                self._questions.append(_question(turn["content"]))
                widgets.append(self._questions[-1])
            else:
                widgets.append(Markdown(clean_text(turn["content"]), classes="answer", open_links=False))
        self._talk.following = True
        await self._talk.mount_all(widgets)

    def show_loading(self, how_far: str) -> None:
        """Say that the model is on its way into memory."""
        self._about = how_far
        self._show_title()

    def loaded(self, facts: dict[str, Any]) -> None:
        """Say what was loaded (the engine's answer to `load`)."""
        self._about = f"{facts['quantization']}, {human_bytes(facts['bytes'])}"
        self._base = facts["base"]
        self._stepper.display = bool(self._base)
        self.memory.loaded(facts)
        self._show_title()

    @on(Stepper.Changed)
    def _show_title(self) -> None:
        about = self._about
        if self.strength is not None:
            about = f"{self._base} + {self.strength:g} × adapter" if self.strength else f"{self._base}, no adapter"
        name = short_name(self.model) or "no model"
        title = Content.assemble((name, f"bold {self._style}"), (f"  {about}", "$muted"))
        if self._speed:
            title += Content.styled(f"  {self._speed}", "$activation")
        self.query_one(".pane-title", Static).update(title)

    async def ask(self, prompt: str) -> None:
        """Show the learner's message, and room for the answer."""
        self.turns.append({"role": "user", "content": prompt})
        self._answer = Markdown(classes="answer", open_links=False)
        self._questions.append(_question(prompt))
        await self._talk.mount(self._questions[-1], self._answer)
        self._text = self._unshown = ""
        self._talk.following = True
        self._talk.scroll_end(animate=False)

    async def grow(self, text: str) -> None:
        """Add a piece of the answer; where drawing is rare, several at once."""
        self._text += text
        self._unshown += clean_text(text)
        services = cast("DrawingApp", self.app).services
        pace = 0.0 if services.fit.repaint >= REPAINTS else services.repaint_s
        if self._answer is None or not self._unshown or time.monotonic() - self._drawn_at < pace:
            return
        # Only now: a stream that is stopped before its first piece cancels whoever stops it.
        self._stream = self._stream or Markdown.get_stream(self._answer)
        await self._stream.write(self._unshown)
        self._unshown, self._drawn_at = "", time.monotonic()

    async def finish(self, reply: dict[str, Any], settings: dict[str, Any]) -> None:
        """The answer is complete, or was stopped; `reply` is the engine's last word on it."""
        if self._stream is not None:
            await self._stream.stop()
        # Pieces can leave a fence half parsed; the whole text is parsed once more.
        if self._answer is not None:
            await self._answer.update(clean_text(self._text))
        made = {"model": self.model, **settings, "new_tokens": reply["new_tokens"]}
        self.turns.append({"role": "assistant", "content": self._text, **made})
        self._speed = speed(reply)
        self.memory.answered(reply)
        self._show_title()
        self._stream = self._answer = None

    async def withdraw(self) -> None:
        """Take the question back that nobody began to answer."""
        self.turns.pop()
        children = list(self._talk.children)
        await self._talk.remove_children(children[children.index(self._questions.pop()) :])
        self._answer = None

    async def fail(self, error: TutorError) -> None:
        """Show an error where the answer would be; the question stays to be read, but is not part of the talk."""
        if self._stream is not None:
            await self._stream.stop()
        if self.turns and self.turns[-1]["role"] == "user":
            self.turns.pop()
            self._questions.pop()
        panel = Content.assemble((clean_text(error.what), "$problem"), f"\n{clean_text(error.todo)}")
        await self._talk.mount(Static(panel, classes="problem", markup=False))
        self._show_title()
        self._stream = self._answer = None


def short_name(model: str) -> str:
    """A model's name for a heading: of a run its lab and the letters that the lists of runs show."""
    found = re.fullmatch(r"(.+)-\d{8}-\d{6}-(\w+)", model)
    return f"{found[1]} {found[2]}" if found else model


def _question(text: str) -> Static:
    return Static(Content(clean_text(text)), classes="question", markup=False)


def speed(reply: dict[str, Any]) -> str:
    """Tokens per second, time to the first one, and what was unusual about an answer."""
    parts = []
    if reply.get("tokens_per_s"):
        parts.append(f"{reply['tokens_per_s']:.0f} tokens/s")
    if reply.get("ttft_s") is not None:
        parts.append(f"first after {reply['ttft_s']:.2f} s")
    if reply.get("cancelled"):
        parts.append("stopped")
    elif reply.get("stop_reason") == "length":
        parts.append("cut at max tokens")
    if reply.get("dropped_turns"):
        parts.append(f"{reply['dropped_turns']} oldest turns left out")
    return " · ".join(parts)
