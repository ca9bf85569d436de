"""One question to one or two models, one after the other: together they would share the cores, and their speeds lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tutor.errors import TutorError
from tutor.services import Asks
from tutor.widgets.chatpane import ChatPane, short_name


class Exchange:
    """Has the panes ask, and shows their answers as they come. One question at a time."""

    def __init__(self, changed: Callable[[], None], under_way: Callable[[str], None]) -> None:
        """Args:
        changed: called when an answer begins or ends.
        under_way: told what takes time; '' when nothing does.
        """
        self._changed = changed
        self._under_way = under_way
        self._active: Asks | None = None

    @property
    def busy(self) -> bool:
        """Whether a model is answering."""
        return self._active is not None

    def stop(self) -> bool:
        """Stop what is being said; whether something was."""
        if self._active is not None:
            self._active.cancel()
        return self.busy

    async def ask(
        self,
        panes: Sequence[tuple[ChatPane, Asks]],
        prompt: str,
        settings: Mapping[str, Any],
        replacing: str | None = None,
    ) -> bool:
        """Ask `prompt` on each side; whether anyone answered.

        Args: replacing: the question that this one takes the place of, where it was the last one.
        """
        answered = []
        try:
            for pane, engine in panes:
                self._active = engine
                self._changed()
                if replacing is not None and pane.question == replacing:
                    await pane.take_back()
                answered.append(await self._one_answer(pane, engine, prompt, settings))
        finally:
            self._active = None
            self._under_way("")
            self._changed()
        return any(answered)

    async def _one_answer(self, pane: ChatPane, engine: Asks, prompt: str, settings: Mapping[str, Any]) -> bool:
        await pane.ask(prompt)
        made_with = dict(settings) if pane.strength is None else {**settings, "strength": pane.strength}
        self._under_way(f"{short_name(pane.model)} reads")
        try:
            async for reply in engine.stream("chat", model=pane.model, messages=pane.messages, **made_with):
                if not reply.done:
                    self._under_way(f"{short_name(pane.model)} writes")
                    await pane.grow(reply.data["text"])
                elif "new_tokens" in reply.data:
                    await pane.finish(reply.data, made_with)
                else:  # stopped while it waited for its turn
                    await pane.withdraw()
                    return False
        except TutorError as error:
            await pane.fail(error)
            return False
        return True
