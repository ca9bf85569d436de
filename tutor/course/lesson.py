"""Lesson files: TOML front matter between `+++` lines, then Markdown with fenced live blocks, a page per heading."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tutor.course.blocks import Arguments, Block, Check, Prose
from tutor.course.parse_block import LIVE, BlockError, parse_block
from tutor.errors import TutorError

FRONT_MATTER: Mapping[str, type] = {
    "id": str,
    "title": str,
    "minutes": int,
    "objectives": list,
    "glossary": list,
    "sources": list,
}
"""Keys that the front matter must have, with their types."""


class LessonError(TutorError):
    """A lesson file is broken; the sentence names file and line."""

    def __init__(self, file: Path, line: int, what: str, todo: str) -> None:
        super().__init__(f"{file}:{line}: {what}", todo)
        self.line = line


@dataclass(frozen=True)
class Page:
    """One screenful: one idea."""

    title: str
    blocks: tuple[Block, ...]
    line: int


@dataclass(frozen=True)
class LessonText:
    """A parsed lesson."""

    file: Path
    id: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    glossary: tuple[str, ...]
    sources: tuple[str, ...]
    pages: tuple[Page, ...]

    def checks(self) -> list[Check]:
        """Every check of the lesson, in order."""
        return [block for page in self.pages for block in page.blocks if isinstance(block, Check)]


def load_lesson(file: Path) -> LessonText:
    """The lesson in `file`.

    Raises:
        LessonError: something in it is wrong; the sentence names file and line.
    """
    try:
        lines = file.read_text().splitlines()
    except OSError as error:
        raise LessonError(file, 1, f"cannot be read: {error.strerror}.", "Install tutor again.") from error
    front, first = _front_matter(file, lines)
    pages = _Pages(file)
    pages.read(lines, first)
    return LessonText(
        file=file,
        id=front["id"],
        title=front["title"],
        minutes=front["minutes"],
        objectives=tuple(front["objectives"]),
        glossary=tuple(front["glossary"]),
        sources=tuple(front["sources"]),
        pages=tuple(pages.finished(len(lines))),
    )


def load_briefing(file: Path) -> list[Block]:
    """A lab's briefing: its title, then prose and live blocks in order.

    Raises:
        LessonError: something in it is wrong; the sentence names file and line.
    """
    lines = file.read_text().splitlines()
    pages = _Pages(file)
    pages.read(lines, 1)
    blocks: list[Block] = [Prose(lines[0])]
    for page in pages.finished(len(lines)):
        blocks += [Prose(f"## {page.title}"), *page.blocks]
    return blocks


def without_live_blocks(markdown: str) -> str:
    """What is left to read where nothing can be moved."""
    return re.sub(rf"^```(?:{'|'.join(LIVE)})\b.*?^```\n+", "", markdown, flags=re.MULTILINE | re.DOTALL)


def _front_matter(file: Path, lines: list[str]) -> tuple[Arguments, int]:
    """The table between the two `+++` lines, and the index of the line after it."""
    if not lines or lines[0].strip() != "+++":
        raise LessonError(file, 1, "there is no front matter.", "Begin the file with a line '+++'.")
    try:
        end = next(number for number, line in enumerate(lines) if number and line.strip() == "+++")
    except StopIteration:
        raise LessonError(file, 1, "the front matter has no end.", "Close it with a line '+++'.") from None
    front = _toml(file, 1, lines[1:end])
    for key, kind in FRONT_MATTER.items():
        if not isinstance(front.get(key), kind):
            raise LessonError(
                file, 1, f"the front matter needs {key!r} ({kind.__name__}).", "Add it, as in other lessons."
            )
    return front, end + 1


def _toml(file: Path, above: int, lines: list[str]) -> Arguments:
    """The TOML table in `lines`, which begin after line number `above`."""
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        within = re.search(r"line (\d+)", str(error))
        line = above + (int(within.group(1)) if within else 1)
        raise LessonError(file, line, f"not valid TOML: {error}.", "Mend that line.") from error


@dataclass
class _Pages:
    """Collects blocks into pages while the lines are read."""

    file: Path
    pages: list[Page] = field(default_factory=list)
    title: str = ""
    title_line: int = 0
    blocks: list[Block] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)

    def read(self, lines: list[str], first: int) -> None:
        """Read the lines from index `first` on."""
        number = first
        while number < len(lines):
            line = lines[number]
            if line.startswith("```"):
                end = self._fence_end(lines, number)
                self._fence(lines[number : end + 1], number + 1)
                number = end + 1
                continue
            if line.startswith("## "):
                self._end_page(number)
                self.title, self.title_line = line[3:].strip(), number + 1
            elif self.title or not line.strip():
                self.prose.append(line)
            else:
                raise LessonError(self.file, number + 1, "text before the first page.", "Begin with a heading '## …'.")
            number += 1

    def finished(self, last: int) -> list[Page]:
        """Every page of the lesson."""
        self._end_page(last)
        if not self.pages:
            raise LessonError(self.file, last, "the lesson has no pages.", "Begin each page with a heading '## …'.")
        return self.pages

    def _fence_end(self, lines: list[str], start: int) -> int:
        for number in range(start + 1, len(lines)):
            if lines[number].strip() == "```":
                return number
        raise LessonError(self.file, start + 1, "the fenced block has no end.", "Close it with a line '```'.")

    def _fence(self, lines: list[str], line: int) -> None:
        kind, _, name = lines[0][3:].strip().partition(" ")
        if kind not in LIVE:
            self.prose.extend(lines)
            return
        if not self.title:
            raise LessonError(self.file, line, f"a {kind} before the first page.", "Begin with a heading '## …'.")
        self._end_prose()
        self.blocks.append(self._live_block(kind, name.strip(), lines[1:-1], line))

    def _live_block(self, kind: str, name: str, lines: list[str], line: int) -> Block:
        arguments = _toml(self.file, line, lines)
        try:
            return parse_block(kind, name, arguments, line)
        except BlockError as error:
            raise LessonError(self.file, line, str(error), "Mend the block; docs/lessons.md lists its keys.") from error

    def _end_prose(self) -> None:
        text = "\n".join(self.prose).strip()
        if text:
            self.blocks.append(Prose(text))
        self.prose = []

    def _end_page(self, line: int) -> None:
        self._end_prose()
        if not self.title:
            return
        if not self.blocks:
            raise LessonError(
                self.file, self.title_line, f"the page {self.title!r} is empty.", "Write something on it."
            )
        self.pages.append(Page(self.title, tuple(self.blocks), self.title_line))
        self.title, self.blocks = "", []
