"""What hides in a description: `[default: x]`, `(default 3)`, `[possible values: a, b]`, lists of values."""

from __future__ import annotations

import re

_WORDS = r"(?:the )?default(s to|:|=| is|) ?"
_DEFAULT = re.compile(rf"\s*(?:\({_WORDS}([^()]*)\)|\[{_WORDS}([^\[\]]*)\])", re.IGNORECASE)
_EMPTY = ("[]", "map[]")
"""How Go's flag libraries write that a list is empty by default."""
_CHOICES = re.compile(r"\s*\[(?:possible values|choices): ([^\[\]]*)\]", re.IGNORECASE)
_NOTE = re.compile(r"\s*\[(?:env|aliases|alias|short aliases|short alias)\b[^\[\]]*\]", re.IGNORECASE)
_BULLET = re.compile(r"- ([\w.+-]+)(?::\s|$)")


def split_notes(lines: list[str]) -> tuple[str, str, tuple[str, ...]]:
    """(first paragraph without notes, default, choices) of a description's lines; a blank line ends a paragraph."""
    paragraphs = _paragraphs(lines)
    whole = "\n".join(paragraphs)
    listed = _CHOICES.search(whole)
    choices = [choice.strip() for choice in listed[1].split(",")] if listed else _bullets(lines)
    text = paragraphs[0] if paragraphs else ""
    for pattern in (_CHOICES, _NOTE):
        text = pattern.sub("", text)
    note = _DEFAULT.search(whole)
    value = _default(note) if note else ""
    if value:
        text = _DEFAULT.sub("", text)
    return text.strip(), "" if value in _EMPTY else value, tuple(choice for choice in choices if choice)


def _default(note: re.Match[str]) -> str:
    """The value a note names, without quotes. Words without a colon, as in `(default print all)`, are prose: ''."""
    word, value = (note[1], note[2]) if note[2] is not None else (note[3], note[4])
    is_value = word in (":", "=") or " " not in value
    return value.strip().strip("`'\"").strip() if is_value else ""


def _bullets(lines: list[str]) -> list[str]:
    """Values given as a list, one bullet each, under `Possible values:`."""
    titles = [index for index, line in enumerate(lines) if line.lower() == "possible values:"]
    if not titles:
        return []
    found = [_BULLET.match(line) for line in lines[titles[0] + 1 :]]
    return [bullet[1] for bullet in found if bullet]


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs; a word cut at its hyphen is joined without a space."""
    joined: list[str] = []
    is_open = False
    for line in lines:
        if not line or line.lower() == "possible values:":
            is_open = False
        elif not is_open:
            joined.append(line)
            is_open = True
        elif re.search(r"[a-z]-$", joined[-1]) and line[0].islower():
            joined[-1] += line
        else:
            joined[-1] += " " + line
    return [" ".join(paragraph.split()) for paragraph in joined]
