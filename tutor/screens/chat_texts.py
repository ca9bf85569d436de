"""Conversations as text to take away: the code of an answer, and the whole as Markdown."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

from tutor.files import write_whole
from tutor.screens.chat_store import SIDES, Conversation, Turn
from tutor.text import clean_text


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
        for name in ("temperature", "top_p", "top_k", "seed")
        if isinstance(turn.get(name), int | float)
    ]
    return f"{text}\n\n*{', '.join(settings)}*" if settings else text


def export(conversation: Conversation, path: Path) -> Path:
    """Write the Markdown beside the conversation's file `path`; returns where it is."""
    exported = path.with_suffix(".md")
    write_whole(exported, as_markdown(conversation))
    return exported
