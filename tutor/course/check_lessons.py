"""Is every lesson whole? Names the file and the line of whatever is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tutor import paths
from tutor.course.blocks import Block, Prose
from tutor.course.exercises.validate import Problem, validate_all
from tutor.course.glossary import FILE, Term, load_glossary
from tutor.course.lesson import LessonError, LessonText, load_lesson
from tutor.course.outline import Outline, Topic, load_outline

WIDEST = 120
"""Characters in a line of a lesson file."""
LONGEST_PAGE = 150
"""Words. More is not one idea, and does not fit a small screen."""
LONGEST_DEFINITION = 40
"""Words in a definition of the glossary: one or two sentences."""

LINK = re.compile(r"!?\[[^\]]*\]\([^)]*\)|<https?://[^>]*>")

Fault = Callable[[Block], str]
"""What is wrong with a live block, '' where nothing is. Widgets and engines know; this package does not import them."""


def check_all(fault: Fault, lessons: Path | None = None, *, run: bool = True) -> list[Problem]:
    """The problems of all lessons, of the glossary, and of all exercises under `lessons` (the course's by default).

    Args:
        run: also run the skeleton and the solution of every exercise (about a minute).

    Raises:
        TutorError: the outline or the glossary cannot be read at all.
    """
    root = lessons or paths.lessons_dir()
    outline, terms = load_outline(root), load_glossary(root)
    problems = [*_glossary(root / FILE, terms), *_strays(root, outline)]
    names = {term.name for term in terms}
    for topic in outline.topics():
        if topic.file is not None:
            problems += check_lesson(topic, topic.file, names, fault)
    return problems + validate_all(root, run=run)


def check_lesson(topic: Topic, file: Path, terms: set[str], fault: Fault) -> list[Problem]:
    """What is wrong with the lesson of `topic` in `file`."""
    try:
        lesson = load_lesson(file)
    except LessonError as error:
        return [Problem(file, error.line, error.what.removeprefix(f"{file}:{error.line}: "))]
    text = file.read_text().splitlines()
    return [*_front_matter(topic, lesson, text, terms), *_lines(file, text), *_pages(lesson, fault), *_checks(lesson)]


def _front_matter(topic: Topic, lesson: LessonText, text: list[str], terms: set[str]) -> Iterator[Problem]:
    def problem(key: str, what: str) -> Problem:
        return Problem(lesson.file, _line_of(text, key), what)

    for key in ("id", "title", "minutes"):
        here, there = getattr(lesson, key), getattr(topic, key)
        if here != there:
            yield problem(key, f"{key} is {here!r} here and {there!r} in course.toml.")
    if not lesson.objectives:
        yield problem("objectives", "there is no objective.")
    for term in lesson.glossary:
        if term not in terms:
            yield problem("glossary", f"{term!r} is not in {FILE}.")


def _line_of(text: list[str], key: str) -> int:
    return next((number for number, line in enumerate(text, start=1) if line.partition("=")[0].strip() == key), 1)


def _lines(file: Path, text: list[str]) -> Iterator[Problem]:
    front = [number for number, line in enumerate(text, start=1) if line.strip() == "+++"][1]
    fenced = False
    for number, line in enumerate(text, start=1):
        fenced ^= line.startswith("```")
        if len(line) > WIDEST and not fenced and number > front:
            yield Problem(file, number, f"the line has {len(line)} characters, more than {WIDEST}.")
        if not fenced and number > front and LINK.search(line):
            yield Problem(file, number, "a link, which a terminal does not follow; name the source in `sources`.")


def _pages(lesson: LessonText, fault: Fault) -> Iterator[Problem]:
    titles: dict[str, int] = {}
    for page in lesson.pages:
        if (first := titles.setdefault(page.title, page.line)) != page.line:
            yield Problem(lesson.file, page.line, f"the page on line {first} has the title {page.title!r} too.")
        words = sum(len(block.text.split()) for block in page.blocks if isinstance(block, Prose))
        if words > LONGEST_PAGE:
            yield Problem(lesson.file, page.line, f"the page has {words} words, more than {LONGEST_PAGE}.")
        for block in page.blocks:
            if not isinstance(block, Prose) and (what := fault(block)):
                yield Problem(lesson.file, block.line, what)


def _checks(lesson: LessonText) -> Iterator[Problem]:
    known: dict[str, int] = {}
    for check in lesson.checks():
        if (first := known.setdefault(check.id, check.line)) != check.line:
            yield Problem(lesson.file, check.line, f"the check on line {first} has the id {check.id!r} too.")
        if check.objective is not None and not 1 <= check.objective <= len(lesson.objectives):
            yield Problem(lesson.file, check.line, f"there is no objective {check.objective}; they count from 1.")


def _strays(root: Path, outline: Outline) -> Iterator[Problem]:
    known = {topic.file for topic in outline.topics()}
    for file in sorted(root.glob("*/*.md")):
        if file not in known:
            yield Problem(file, 1, "no topic of course.toml has this file.")


def _glossary(file: Path, terms: tuple[Term, ...]) -> Iterator[Problem]:
    names: dict[str, Term] = {}
    last = ""
    for term in terms:
        for name in (term.name, *term.also):
            if (first := names.setdefault(name.casefold(), term)) is not term:
                yield Problem(file, term.line, f"{name!r} is defined on line {first.line} already.")
        if term.name.casefold() < last:
            yield Problem(file, term.line, f"{term.name!r} is not in alphabetical order.")
        last = term.name.casefold()
        if not 1 <= len(term.says.split()) <= LONGEST_DEFINITION:
            yield Problem(file, term.line, f"{term.name!r} is not defined in one or two short sentences.")
