"""The left column of an option: `-o, --output <FILE>  Where to write` → its spellings, its value, and the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Every alternative begins with another character and none nests, so matching is linear in the length of a line.
_SQUARE = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
_BRACKETED = rf"<[^<>]*>|{_SQUARE}|\{{[^{{}}]*\}}"
_UPPER = r"[A-Z][A-Z0-9_]*(?![a-z0-9])"
_PART = rf"(?:(?:{_BRACKETED}|{_UPPER}|(?<=[\]>}}])[a-z][\w-]*|\.\.\.)[=:|/+-]?)+(?<!:)"
_LOWER = r"[a-z](?:[\w./|+-]|<[^<>]*>)*(?: [a-z][\w-]*(?=\s\s))?(?=\s\s|\s*$|\s+[:=]\s|,\s*-)"

_FLAG = re.compile(
    r"--(?:\[no-\])?[A-Za-z0-9][\w-]*(?:\.[A-Za-z0-9][\w-]*)*"
    r"|-[A-Za-z0-9][\w-]*"
    r"|-[^\s\w\-,\[\]<>(){}=|:;'\"`](?=[\s,]|$)"
)
_ATTACHED = re.compile(rf"=(?:{_BRACKETED}|'[^']*'|[^\s,<\[{{'|])+|(?:{_SQUARE}|<[^<>]*>|,<[^<>]*>)[^\s,|]*|\.\.\.")
_SPACED = re.compile(rf" (?:{_PART}(?: {_PART})*|{_LOWER})")
_SEPARATOR = re.compile(r"\s*[,|/]\s*(?=-)| (?=--?[A-Za-z])")
_GAP = re.compile(r"\s*$|\s*:\s*$|\s+[:=]\s+(?=\S)|\s{2,}(?:[=:]\s+)?(?=\S)|(?<=[^\s]): +(?=\S)")
_MARKER = re.compile(r"\s*--?\s{2,}\S")


@dataclass(frozen=True)
class Signature:
    """The left column of one option line."""

    flags: tuple[str, ...]
    placeholder: str
    default: str
    text: str
    """The beginning of the description, where it stands on the same line."""
    column: int
    """Where `text` begins, or -1 where there is none."""


def looks_like_option(line: str) -> bool:
    """Whether a line begins with a dash and a name (bullets and rules made of dashes do not)."""
    return _FLAG.match(line.lstrip()) is not None


def is_marker(line: str) -> bool:
    """Whether a line explains a bare `-` or `--`, which is no option but ends the one before."""
    return _MARKER.match(line) is not None


def read(line: str) -> Signature | None:
    """The signature of an option line, or None where the line is something else."""
    indent = len(line) - len(line.lstrip())
    flags: list[str] = []
    values: list[str] = []
    position = indent
    while True:
        flag = _FLAG.match(line, position)
        if flag is None:
            return None
        flags.append(flag.group())
        position = flag.end()
        value = _ATTACHED.match(line, position) or _SPACED.match(line, position)
        if value is not None:
            values.append(value.group())
            position = value.end()
        separator = _SEPARATOR.match(line, position)
        if separator is None:
            break
        position = separator.end()
    return _finish(line, indent, flags, values, position)


def _finish(line: str, indent: int, flags: list[str], values: list[str], position: int) -> Signature | None:
    gap = _GAP.match(line, position)
    if gap is not None:
        start = gap.end()
    elif indent > 0 and re.match(r" [A-Za-z`(\"']", line[position : position + 2]):
        # A left column too long for its place pushes the description one space to the right. At the margin it is prose.
        start = position + 1
    else:
        return None
    placeholder, default = _value(values, is_assignment=line.rstrip().endswith(":") and start >= len(line.rstrip()))
    text = line[start:].rstrip()
    return Signature(_spell_out(flags), placeholder, default, text, start if text else -1)


def _spell_out(flags: list[str]) -> tuple[str, ...]:
    """`--[no-]color` is two spellings."""
    spelled: list[str] = []
    for flag in flags:
        names = [flag.replace("[no-]", ""), flag.replace("[no-]", "no-")] if "[no-]" in flag else [flag]
        spelled += [name for name in names if name not in spelled]
    return tuple(spelled)


def _value(values: list[str], is_assignment: bool) -> tuple[str, str]:
    """(placeholder, default) of an option from what follows its spellings."""
    found = next((value.strip() for value in reversed(values) if value.strip(" .")), "")
    if is_assignment and found.startswith("="):
        # `--recursive=false:` shows the default, and whether there is a value only by what the default looks like.
        default = found[1:].rstrip(":").strip("'\"")
        return ("" if default in ("true", "false") else "VALUE"), "" if default == "[]" else default
    return found.removeprefix("="), ""
