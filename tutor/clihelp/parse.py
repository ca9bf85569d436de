"""Reads help texts in the styles of clap, argparse, GNU, git and npm. Never raises, whatever the text.

A help text is lines in blocks: the usage, paragraphs, and headings with entries. An entry begins in a left column
and goes on for as long as lines are indented more.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

from tutor.clihelp import signature
from tutor.clihelp.help import Entry, Help, Option
from tutor.clihelp.notes import split_notes

MAX_LINE = 2000
"""Longer lines are cut: no help text has them, and it bounds the time of the regular expressions."""
MAX_LINES = 20_000
_USAGE_INDENT = 8
"""An option-like line indented at least this much under `usage:` belongs to the usage."""

_USAGE = re.compile(r"usage\s*:?\s*", re.IGNORECASE)
_BARE_USAGE = re.compile(r"[\w-]+ (?:\[|<)[^.]*$")
_OR = re.compile(r"or:\s*", re.IGNORECASE)
_VERSION_LINE = re.compile(r"\S+ v?\d+\.\d+\S*(?: \(.*\))?$")
_NAME = r"[A-Za-z][\w.:-]*"
_COMMAND = re.compile(rf"\s+({_NAME})((?:, {_NAME})*)(?: {{2,}}|$)(?:- )?(\S.*)?$")
_COMMAND_LIST = re.compile(rf"\s+{_NAME}(?:, {_NAME})*,?$")
_POSITIONAL = re.compile(r"\s+([<\[]?[\w|+.\-]+(?: [\w|.\-]+)*[>\]]?(?:\.\.\.)?\]?)(?: {2,}|$)(\S.*)?$")
_CHOICE_LIST = re.compile(r"\s+\{[^{}]*\}(?:\s+\.\.\.)?(?:\s{2,}\S.*)?$")
_NO_ENTRIES = re.compile(r"examples?|discussion|notes?|environment|exit status", re.IGNORECASE)


@dataclass
class _Draft:
    """An entry while its lines are being gathered."""

    kind: str
    indent: int
    column: int
    """Where its description begins; -1 until known."""
    lines: list[str]
    raw: list[str]
    section: str
    head: signature.Signature | None = None
    names: tuple[str, ...] = ()


@dataclass
class _Parser:
    usage: str = ""
    description: str = ""
    options: list[Option] = field(default_factory=list)
    commands: list[Entry] = field(default_factory=list)
    positionals: list[Entry] = field(default_factory=list)
    leftover: list[str] = field(default_factory=list)
    section: str = ""
    mode: str = "text"
    """What indented lines are here: `text`, `options`, `commands`, `positionals` or `skip`."""
    draft: _Draft | None = None
    synopsis: list[str] = field(default_factory=list)
    """Lines in brackets at the margin under `Options:`, where npm says which values options take."""

    def read(self, lines: list[str]) -> None:
        position = 0
        while position < len(lines):
            position = self._step(lines, position)
        self._close()

    def _step(self, lines: list[str], position: int) -> int:
        """Read the line (or block) at `position`; return where the next one begins."""
        line = lines[position]
        if not line:
            if self.draft is not None:
                self.draft.lines.append("")
                self.draft.raw.append("")
            return position + 1
        if self._continues(line):
            return position + 1
        self._close()
        if _USAGE.match(line) and (len(line) - len(line.lstrip()) == 0) and not self.usage:
            return self._read_usage(lines, position)
        if self._starts_entry(line) or self._is_heading(line):
            return position + 1
        if self.mode == "options" and line.startswith("["):
            self.synopsis.append(line)
        if self.mode == "text":
            return self._read_paragraph(lines, position)
        return position + 1

    def _continues(self, line: str) -> bool:
        """Give the line to the open entry where it belongs to it."""
        draft, indent = self.draft, _indent(line)
        if draft is None or indent <= draft.indent:
            return False
        inside = draft.column >= 0 and indent >= draft.column
        if not inside and (signature.looks_like_option(line) or signature.is_marker(line)):
            return False
        if not inside and draft.kind == "commands" and _COMMAND.match(line) and draft.column >= 0:
            return False
        if draft.column < 0:
            draft.column = indent
        draft.lines.append(line.strip())
        draft.raw.append(line)
        return True

    def _starts_entry(self, line: str) -> bool:
        if self.mode != "skip" and signature.is_marker(line):
            return True
        if self.mode != "skip" and signature.looks_like_option(line):
            return self._start_option(line)
        if self.mode == "commands" and _indent(line) > 0:
            return self._start_command(line)
        if self.mode == "positionals" and _indent(line) > 0:
            return self._start_positional(line)
        return False

    def _start_option(self, line: str) -> bool:
        head = signature.read(line)
        if head is None:
            if _indent(line) > 0:
                self.leftover.append(line)
            return _indent(line) > 0
        first = [head.text] if head.text else []
        self.draft = _Draft("options", _indent(line), head.column, first, [line], self.section, head)
        return True

    def _start_command(self, line: str) -> bool:
        if "," in line and _COMMAND_LIST.match(line):
            names = [name.strip() for name in line.split(",") if name.strip()]
            self.commands += [Entry(name) for name in names]
            return True
        found = _COMMAND.match(line)
        if found is None:
            return _CHOICE_LIST.match(line) is not None
        aliases = tuple(alias.strip() for alias in found[2].split(",") if alias.strip())
        self._draft_entry(line, (found[1], *aliases), found[3], found.start(3))
        return True

    def _start_positional(self, line: str) -> bool:
        if _CHOICE_LIST.match(line):
            self.mode = "commands"
            return True
        found = _POSITIONAL.match(line)
        if found is None:
            return False
        self._draft_entry(line, (found[1],), found[2], found.start(2))
        return True

    def _draft_entry(self, line: str, names: tuple[str, ...], text: str | None, column: int) -> None:
        first = [text] if text else []
        self.draft = _Draft(self.mode, _indent(line), column, first, [line], self.section, names=names)

    def _is_heading(self, line: str) -> bool:
        """Whether a line opens a section; sets what its entries are."""
        if _indent(line) > 1:
            return False
        title = line.strip()
        lower = title.lower()
        if not title.endswith(":"):
            if _indent(line) == 0 and lower in ("options", "commands", "arguments", "examples"):
                title += ":"
            else:
                return False
        self.section = title.rstrip(":")
        if _NO_ENTRIES.match(title):
            self.mode = "skip"
        elif re.search(r"\b(?:sub)?commands?\b", lower) and "option" not in lower:
            self.mode = "commands"
        elif re.match(r"(?:positional )?(?:arguments|args)\b", lower):
            self.mode = "positionals"
        else:
            self.mode = "text" if lower.startswith("description") else "options"
        return True

    def _read_paragraph(self, lines: list[str], position: int) -> int:
        start = position
        while position < len(lines) and lines[position] and not self._interrupts(lines[position], position > start):
            position += 1
        position = max(position, start + 1)
        shown = lines[start:position]
        text = _join(shown[1:] if _VERSION_LINE.match(shown[0]) else shown)
        if not self.usage and _BARE_USAGE.match(text):
            self.usage = text
        elif not self.description and not self.options:
            self.description = text
        return position

    def _interrupts(self, line: str, is_later: bool) -> bool:
        opens_usage = _USAGE.match(line) is not None and not self.usage
        return is_later and (opens_usage or (signature.looks_like_option(line) and signature.read(line) is not None))

    def _read_usage(self, lines: list[str], position: int) -> int:
        first = _USAGE.sub("", lines[position], count=1).strip()
        position += 1
        if not first:
            while position < len(lines) and not lines[position]:
                position += 1
            if position == len(lines):
                return position
            first = lines[position].strip()
            position += 1
        forms = [[first]]
        program = first.split()[0]
        while position < len(lines) and _goes_on(lines[position], program):
            piece = lines[position].strip()
            if _OR.match(piece) or piece.split()[0] == program:
                forms.append([_OR.sub("", piece, count=1)])
            else:
                forms[-1].append(piece)
            position += 1
        self.usage = " ".join(" ".join(forms[0]).split())
        return position

    def _close(self) -> None:
        """Turn the open entry into an option, a command or a positional."""
        draft, self.draft = self.draft, None
        if draft is None:
            return
        description, default, choices = split_notes(draft.lines)
        if draft.head is None:
            name, *aliases = draft.names
            entry = Entry(name, description, tuple(aliases))
            (self.commands if draft.kind == "commands" else self.positionals).append(entry)
            return
        placeholder = draft.head.placeholder or self._value_in_synopsis(draft.head.flags[-1])
        if placeholder.startswith("{") and placeholder.endswith("}"):
            choices = choices or tuple(choice.strip() for choice in placeholder[1:-1].split(",") if choice.strip())
        self.options.append(
            Option(
                flags=draft.head.flags,
                placeholder=placeholder,
                default=default or draft.head.default,
                choices=choices,
                description=description,
                section=draft.section,
                excerpt=textwrap.dedent("\n".join(draft.raw)).strip("\n"),
            )
        )

    def _value_in_synopsis(self, flag: str) -> str:
        found = (
            re.search(rf"(?<![\w-]){re.escape(flag)} (<[^<>]*>)", " ".join(self.synopsis)) if self.synopsis else None
        )
        return found[1] if found else ""


def parse(text: str) -> Help:
    """Read a help text. Total: any text gives a Help, which `is_complete` only where it was understood."""
    lines = [line[:MAX_LINE].expandtabs(8).rstrip() for line in text.splitlines()[:MAX_LINES]]
    parser = _Parser()
    parser.read(list(_unbroken(lines)))
    return Help(
        description=parser.description,
        usage=parser.usage,
        positionals=tuple(parser.positionals),
        options=tuple(parser.options),
        commands=tuple(parser.commands),
        leftover=tuple(parser.leftover),
    )


def _unbroken(lines: list[str]) -> Iterator[str]:
    """Lines, with a list of spellings that goes on after a comma on one line."""
    held = ""
    for line in lines:
        joined = f"{held} {line.strip()}" if held else line
        held = ""
        if line.endswith(",") and signature.looks_like_option(line) and signature.read(line[:-1]) is not None:
            held = joined
        else:
            yield joined
    if held:
        yield held


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _goes_on(line: str, program: str) -> bool:
    """Whether a line after the usage still belongs to it."""
    if not line:
        return False
    if _indent(line) == 0:
        return line.split()[0] == program
    return _indent(line) >= _USAGE_INDENT or not signature.looks_like_option(line)


def _join(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
