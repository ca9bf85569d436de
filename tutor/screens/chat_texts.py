"""Texts of the chat: how to use it, the code of an answer, and the whole conversation as Markdown."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

from tutor.files import write_whole
from tutor.screens.chat_store import SIDES, Conversation, Turn
from tutor.text import clean_text

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

A model that you trained has **adapter** beside its name, if its base is here: how many times what you trained is added
to the base. 0 is the base itself, 1 the model as it was exported, and beyond 1 it is exaggerated. Any other strength
than 1 is computed from the base and the adapter, and answers a little more slowly.

The line under a model's name says what it takes of the memory: its weights, and the keys and values of the conversation
so far (KV cache), for which llama.cpp keeps room for the whole context. *Measured* is all that the process has.
"""


def code_blocks(answer: str) -> list[str]:
    """The code of each fenced block of an answer, without the fences; a block that was cut off counts."""
    return [token.content for token in MarkdownIt().parse(answer) if token.type == "fence"]


def as_markdown(conversation: Conversation) -> str:
    """The conversation for other people: who said what, with which settings."""
    parts = [f"# {clean_text(conversation.title) or 'Chat'}", conversation.created[:16].replace("T", " ")]
    if conversation.system:
        parts.append(f"System message: {clean_text(conversation.system)}")
    for side in SIDES:
        turns = conversation.turns.get(side, [])
        if turns:
            parts.append(f"## {conversation.models.get(side, side)}")
            parts.extend(_message(turn) for turn in turns)
    return "\n\n".join(parts) + "\n"


def _message(turn: Turn) -> str:
    text = clean_text(turn["content"]).strip()
    if turn["role"] == "user":
        return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    settings = [
        f"{name.replace('_', ' ')} {turn[name]:g}"
        for name in ("temperature", "top_p", "top_k", "seed", "strength")
        if isinstance(turn.get(name), int | float)
    ]
    return f"{text}\n\n*{', '.join(settings)}*" if settings else text


def export(conversation: Conversation, path: Path) -> Path:
    """Write the Markdown beside the conversation's file `path`; returns where it is."""
    exported = path.with_suffix(".md")
    write_whole(exported, as_markdown(conversation))
    return exported
