"""One side of the chat: a model's name and speed above, its conversation below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from tutor.errors import TutorError
from tutor.text import clean_text, human_bytes

Turn = dict[str, Any]
"""A message (`role`, `content`); an answer also has what it was made with."""


SETTINGS = ("system", "max_tokens", "temperature", "top_p", "top_k", "seed")
"""What an answer remembers of how it was made."""


class Talk(VerticalScroll):
    """Follows its newest line until the learner scrolls up, and again once they are back at the end.

    Textual's `anchor` does this too, but pushes a short conversation to the bottom of the pane.
    """

    following = True

    def watch_virtual_size(self) -> None:
        """There is more, or less, to see."""
        if self.following:
            self.scroll_end(animate=False)

    def on_mouse_scroll_up(self) -> None:
        """Reading what was said before."""
        self.following = False

    def action_scroll_up(self) -> None:
        """One line up."""
        self.following = False
        super().action_scroll_up()

    def action_page_up(self) -> None:
        """A page up."""
        self.following = False
        super().action_page_up()

    def action_scroll_home(self) -> None:
        """To the beginning."""
        self.following = False
        super().action_scroll_home()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Back at the end, it is followed again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > old_value and new_value >= self.max_scroll_y:
            self.following = True


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
        self._facts = ""
        self._speed = ""
        self._stream: MarkdownStream | None = None
        self._answer: Markdown | None = None
        self._text = ""

    def compose(self) -> ComposeResult:
        """Heading and conversation."""
        yield Static(classes="pane-title", markup=False)
        with Talk(classes="talk pane"):
            yield Static(classes="hint", markup=False)

    @property
    def _talk(self) -> Talk:
        return self.query_one(Talk)

    async def use(self, model: str) -> None:
        """Hold another model, with an empty conversation."""
        self.model, self._facts, self._speed = model, "", ""
        await self.clear()

    async def clear(self) -> None:
        """Forget the conversation."""
        if self._stream is not None:
            await self._stream.stop()
        self._stream = self._answer = None
        self.turns, self._questions = [], []
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
        return {"model": self.model, "messages": self.messages[:-1], **settings}

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
        self._facts = how_far
        self._show_title()

    def loaded(self, facts: dict[str, Any]) -> None:
        """Say what was loaded (the engine's answer to `load`)."""
        self._facts = f"{facts['quantization']}, {human_bytes(facts['bytes'])}"
        self._show_title()

    def _show_title(self) -> None:
        title = Content.assemble((self.model or "no model", f"bold {self._style}"), (f"  {self._facts}", "$muted"))
        if self._speed:
            title += Content.styled(f"  {self._speed}", "$activation")
        self.query_one(".pane-title", Static).update(title)

    async def ask(self, prompt: str) -> None:
        """Show the learner's message, and room for the answer."""
        self.turns.append({"role": "user", "content": prompt})
        self._answer = Markdown(classes="answer", open_links=False)
        self._questions.append(_question(prompt))
        await self._talk.mount(self._questions[-1], self._answer)
        self._text = ""
        self._talk.following = True
        self._talk.scroll_end(animate=False)

    async def grow(self, text: str) -> None:
        """Add a piece of the answer."""
        self._text += text
        shown = clean_text(text)
        if self._answer is None or not shown:
            return
        # Only now: a stream that is stopped before its first piece cancels whoever stops it.
        self._stream = self._stream or Markdown.get_stream(self._answer)
        await self._stream.write(shown)

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
        self._show_title()
        self._stream = self._answer = None

    async def fail(self, error: TutorError) -> None:
        """Show an error where the answer would be, and take the question back."""
        if self._stream is not None:
            await self._stream.stop()
        if self.turns and self.turns[-1]["role"] == "user":
            self.turns.pop()
            self._questions.pop()
        panel = Content.assemble((clean_text(error.what), "$problem"), f"\n{clean_text(error.todo)}")
        await self._talk.mount(Static(panel, classes="problem", markup=False))
        self._facts = ""
        self._show_title()
        self._stream = self._answer = None


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
