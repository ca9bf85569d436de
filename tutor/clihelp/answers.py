"""The format the model learns to answer in: a title line, then `  Key: value` lines in a fixed order.

rg --glob
  Flags: -g, --glob
  Does: Include or exclude files and directories.
  Takes: <GLOB>
  Default: none
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPTION_KEYS = ("Flags", "Does", "Takes", "Default")
"""Lines of every answer about an option; `Values` follows where only some values are allowed."""
COMMAND_KEYS = ("Does", "Usage", "Has")
"""Lines of every answer about a command; `Has` lists its first options or sub-commands."""

NOTHING = "nothing"
"""What an option takes that takes no value."""
NONE = "none"
"""A default that the help does not name."""

_LINE = re.compile(r"  (Flags|Does|Takes|Default|Values|Usage|Has): (\S.*)")


@dataclass(frozen=True)
class Answer:
    """An answer in the format, whether written by us or by a model."""

    title: str
    """The command, and the option where it is about one: `rg --glob`."""
    fields: tuple[tuple[str, str], ...]
    """(key, value) of its lines, in their order."""

    @property
    def kind(self) -> str:
        """`option` or `command`."""
        return "option" if self.fields and self.fields[0][0] == OPTION_KEYS[0] else "command"

    def get(self, key: str) -> str:
        """The value of a line, or ''."""
        return dict(self.fields).get(key, "")


def render(answer: Answer) -> str:
    """The text of an answer."""
    return "\n".join([answer.title, *(f"  {key}: {value}" for key, value in answer.fields)])


def read(text: str) -> Answer | None:
    """The answer a text is, or None where it departs from the format in any line."""
    title, *lines = text.strip().split("\n")
    matches = [_LINE.fullmatch(line.rstrip()) for line in lines]
    fields = tuple((match[1], match[2]) for match in matches if match)
    keys = tuple(key for key, _ in fields)
    known = (OPTION_KEYS, (*OPTION_KEYS, "Values"), COMMAND_KEYS)
    if len(fields) != len(lines) or keys not in known or not title.strip():
        return None
    return Answer(title.strip(), fields)


def structure(text: str, kind: str) -> float:
    """How much of the format of `kind` a text has, from 0 to 1.

    The parts: every wanted line, in the wanted order, and nothing else between or after.
    """
    wanted = OPTION_KEYS if kind == "option" else COMMAND_KEYS
    lines = text.strip().split("\n")[1:]
    matches = [_LINE.fullmatch(line.rstrip()) for line in lines]
    keys = [match[1] for match in matches if match]
    present = [key for key in wanted if key in keys]
    in_order = [key for key in keys if key in wanted] == list(wanted)
    nothing_else = bool(lines) and len(keys) == len(lines) == len(set(keys))
    return (len(present) + in_order + nothing_else) / (len(wanted) + 2)


def facts(answer: Answer) -> frozenset[str]:
    """What an answer claims, one string a claim, to count what is right, made up and missing.

    Spellings, the value taken, the default and the allowed values of an option; usage and listed names of a command.
    The description is prose and compared as such.
    """
    claims = {f"flag {flag}" for flag in answer.get("Flags").split(", ") if flag}
    claims |= {f"{key.lower()} {answer.get(key)}" for key in ("Takes", "Default", "Usage") if answer.get(key)}
    claims |= {f"value {value}" for value in answer.get("Values").split(", ") if value}
    claims |= {f"has {item}" for item in answer.get("Has").split("; ") if item}
    return frozenset(claims)
