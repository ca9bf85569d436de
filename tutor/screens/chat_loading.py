"""Bringing a model into a pane of the chat: into the store if need be, then into the engine's memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing

from tutor.errors import TutorError
from tutor.screens.chat_store import Turn
from tutor.screens.model_import import import_if_missing
from tutor.services import Asks
from tutor.widgets.chatpane import ChatPane, short_name


async def load_into(
    pane: ChatPane, engine: Asks, model: str, turns: Sequence[Turn], under_way: Callable[[str], None]
) -> bool:
    """Have `model` speak in `pane`, after `turns` that were said before; whether it could be read.

    An empty name is nobody: the engine ends.
    """
    await pane.use(model)
    await pane.restore(turns)
    if not model:
        await engine.close()
        return True
    try:
        async with aclosing(import_if_missing(model)) as lines:
            async for line in lines:
                pane.show_loading(line)
        pane.show_loading("")
        under_way(f"reading {short_name(model)} into memory")
        pane.loaded(await engine.call("load", model=model))
    except TutorError as error:
        pane.show_loading("not in memory; ^r tries again")
        await pane.fail(error)
        return False
    finally:
        under_way("")
    return True
