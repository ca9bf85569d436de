"""The glossary, read from `lessons/glossary.toml`: every term of the course, defined once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import TutorError

GLOSSARY_FORMAT = 1
FILE = "glossary.toml"


@dataclass(frozen=True)
class Term:
    """A term, what it means, and other words that a reader may look for."""

    name: str
    says: str
    also: tuple[str, ...]
    line: int
    """Where the file names it, counted from 1."""


def load_glossary(lessons: Path | None = None) -> tuple[Term, ...]:
    """Every term under `lessons` (the course's own by default), in the order of the file.

    Raises:
        TutorError: the file is missing or broken; the sentence names file and line.
    """
    file = (lessons or paths.lessons_dir()) / FILE
    try:
        text = file.read_text()
        document = tomllib.loads(text)
    except OSError as error:
        raise TutorError(f"{file}:1: cannot be read: {error.strerror}.", "Install tutor again.") from error
    except tomllib.TOMLDecodeError as error:
        within = re.search(r"line (\d+)", str(error))
        line = within[1] if within else len(text.splitlines())
        raise TutorError(f"{file}:{line}: not valid TOML: {error}.", "Mend it.") from error
    if document.get("format") != GLOSSARY_FORMAT:
        raise TutorError(f"{file}:1: the format is not {GLOSSARY_FORMAT}.", "This tutor reads no other.")
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if line.strip() == "[[term]]"]
    entries = document.get("term", [])
    if len(lines) != len(entries):
        raise TutorError(f"{file}:1: every term needs a line [[term]] of its own.", "Mend it.")
    return tuple(_term(file, line, entry) for line, entry in zip(lines, entries, strict=True))


def _term(file: Path, line: int, entry: dict[str, Any]) -> Term:
    name, says, also = entry.get("name"), entry.get("says"), entry.get("also", [])
    if not (isinstance(name, str) and isinstance(says, str) and isinstance(also, list)):
        raise TutorError(f"{file}:{line}: a term needs 'name' and 'says', and 'also' is a list.", "Mend it.")
    return Term(name, says, tuple(also), line)


def matching(terms: Sequence[Term], words: str) -> list[Term]:
    """The terms that `words` fits: those it names first, then those whose definition speaks of it."""
    wanted = words.strip().casefold()
    named = [term for term in terms if any(wanted in name.casefold() for name in (term.name, *term.also))]
    return named + [term for term in terms if term not in named and wanted in term.says.casefold()]
