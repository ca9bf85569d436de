"""Conversations on disk: one file of JSON lines each, under `chats/` of the user's data directory.

The first line says when it began, which models spoke and what the system message was. Each further line is one message
of one side, in order; an answer also has the settings it was made with.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import TutorError
from tutor.files import write_whole

FORMAT = 1
SIDES = ("left", "right")

Turn = dict[str, Any]
"""A message (`role`, `content`); an answer also has `model`, `seed`, `new_tokens` and the other settings."""


@dataclass
class Conversation:
    """What was said, by the side it was said on."""

    created: str
    """ISO 8601, local time."""
    system: str = ""
    models: dict[str, str] = field(default_factory=dict)
    turns: dict[str, list[Turn]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its first question."""
        asked = (turn["content"] for side in SIDES for turn in self.turns.get(side, []) if turn["role"] == "user")
        return " ".join(next(asked, "").split())

    def contains(self, wanted: str) -> bool:
        """Whether a message, a model or the system message has `wanted` in it, in upper or lower case."""
        said = (turn["content"] for turns in self.turns.values() for turn in turns)
        return any(wanted.casefold() in text.casefold() for text in (self.system, *self.models.values(), *said))


def chats_dir() -> Path:
    """Where conversations and their exports lie."""
    return paths.home() / "chats"


def new_path(now: float) -> Path:
    """A file name for a conversation that begins at `now` (Unix time)."""
    return chats_dir() / f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{secrets.token_hex(2)}.jsonl"


def timestamp(now: float) -> str:
    """`now` (Unix time) as `Conversation.created` wants it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(now))


def save(conversation: Conversation, path: Path) -> None:
    """Write the conversation, whole: a reader sees it as it was, or as it is."""
    head = {
        "format": FORMAT,
        "created": conversation.created,
        "system": conversation.system,
        "models": conversation.models,
    }
    messages = [{"side": side, **turn} for side, turns in conversation.turns.items() for turn in turns]
    write_whole(path, "".join(json.dumps(line) + "\n" for line in (head, *messages)))


def load(path: Path) -> Conversation:
    """The conversation in `path`.

    Raises:
        TutorError: the file is not one of ours, or is damaged.
    """
    try:
        head, *messages = [json.loads(line) for line in path.read_text().removesuffix("\n").split("\n")]
        conversation = Conversation(str(head["created"]), str(head["system"]), _models(head["models"]))
        for message in messages:
            side = message.pop("side")
            if side not in SIDES or not isinstance(message["role"], str) or not isinstance(message["content"], str):
                raise ValueError(side)
            conversation.turns.setdefault(side, []).append(message)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TutorError(
            f"The conversation {path} cannot be read ({error}).", "Delete the file, or repair it."
        ) from error
    return conversation


def _models(models: dict[str, Any]) -> dict[str, str]:
    return {side: str(models[side]) for side in SIDES if side in models}


def all_conversations() -> list[tuple[Path, Conversation]]:
    """Every readable conversation, newest first. A damaged file is left alone and left out."""
    found = []
    for path in sorted(chats_dir().glob("[!.]*.jsonl"), reverse=True):
        try:
            found.append((path, load(path)))
        except TutorError:
            continue
    return found
