"""Criteria 11 to 20: can the rows be read?"""

from __future__ import annotations

from collections.abc import Callable

from tutor.corpus import checks, forms, gates
from tutor.corpus.criteria.base import Criterion, each_row
from tutor.corpus.subject import Subject

MAX_LINE = 100


def _form(subject: Subject) -> str:
    try:
        forms.plain(subject.record.language, subject.record.output)
    except ValueError as error:
        return str(error)
    return ""


def _encoding(subject: Subject) -> str:
    text = subject.record.input + subject.record.output
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "holds half a surrogate pair"
    return "holds U+FFFD, which stands for a byte that was lost" if "\ufffd" in text else ""


def _delimiters(subject: Subject) -> str:
    return gates.delimiter_fault(subject.parts.prose)


def _controls(subject: Subject) -> str:
    found = gates.control_fault(subject.record.input + subject.record.output)
    return f"holds the control character {found}" if found else ""


def _long_line(subject: Subject) -> str:
    longest = max(len(line) for line in subject.record.output.split("\n"))
    return f"has a line of {longest} characters" if longest > MAX_LINE else ""


def _line_ends(subject: Subject) -> str:
    return "holds a carriage return" if "\r" in subject.record.input + subject.record.output else ""


def _trailing(subject: Subject) -> str:
    for line in (subject.record.input + "\n" + subject.record.output).split("\n"):
        if line != line.rstrip():
            return f"has blanks at the end of {line[:40]!r}"
    return ""


def _criterion(number: int, title: str, attempt: str, test: Callable[[Subject], str]) -> Criterion:
    return Criterion(number, "syntax", 2, title, attempt, lambda context: each_row(context, test))


CRITERIA = (
    _criterion(11, "inputs parse", "parse every input and look for error nodes", checks.input_parses),
    _criterion(12, "outputs have the form of documentation", "read every output back", _form),
    _criterion(13, "text is UTF-8", "look for what a wrong decoding leaves", _encoding),
    _criterion(14, "Markdown is well-formed", "find fences, inline code and links that do not close", checks.markdown),
    _criterion(15, "examples compile", "compile Python, parse Rust; run nothing", checks.examples_compile),
    _criterion(16, "brackets in prose are balanced", "match every bracket with its partner", _delimiters),
    _criterion(17, "no control characters", "look at every character", _controls),
    _criterion(18, f"lines have {MAX_LINE} characters at most", "measure every line", _long_line),
    _criterion(19, "line ends are LF", "look for CR", _line_ends),
    _criterion(20, "no blanks at ends of lines", "look at the end of every line", _trailing),
)
