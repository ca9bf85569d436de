"""What the exercise screen says about a check, and about a learner's record."""

from __future__ import annotations

from textual.content import Content

from tutor.course.exercises.desk import Record
from tutor.course.exercises.exercise import HINTS
from tutor.course.exercises.failure import Failure
from tutor.course.exercises.runner import Result, TestResult
from tutor.text import clean_text

Part = str | tuple[str, str]

MARKS = {True: ("✓ ", "$trainable"), False: ("✗ ", "$problem"), None: ("· ", "$muted")}


def verdict(result: Result) -> Content:
    """The useful line first, then every test, then what the code printed."""
    parts = [_headline(result)]
    if result.failure:
        parts.append(_failure(result.failure))
    parts.extend(_test(test) for test in result.tests)
    if printed := clean_text(result.output).rstrip():
        parts.append(Content.assemble(("It printed:\n", "$muted"), printed))
    if result.walls_missing:
        missing = "; ".join(f"{wall}: {reason}" for wall, reason in result.walls_missing.items())
        parts.append(Content.styled(f"Checked with fewer walls than usual. {missing}", "$muted"))
    return Content("\n").join(parts)


def _headline(result: Result) -> Content:
    if result.passed:
        return Content.assemble(("Passed", "bold $trainable"), (f" in {result.seconds:.1f} s", "$muted"))
    passed = sum(test.passed is True for test in result.tests)
    counted = f"{passed} of {len(result.tests)} tests pass" if result.tests else "Your code does not load"
    return Content.styled(counted, "bold $problem")


def _failure(failure: Failure) -> Content:
    parts: list[Part] = [clean_text(failure.message)]
    if failure.line:
        place = f"line {failure.line}  "
        parts += [(f"\n{place}", "$muted"), (clean_text(failure.source), "bold")]
        if failure.column is not None:
            parts.append(("\n" + " " * (len(place) + failure.column) + "^", "$problem"))
    return Content.assemble(*parts)


def _test(test: TestResult) -> Content:
    return Content.assemble(MARKS[test.passed], test.title)


def record_note(record: Record) -> str:
    """A few words for the title bar."""
    parts: list[str] = [record.state]
    if record.attempts:
        parts.append(f"{record.attempts} {'check' if record.attempts == 1 else 'checks'}")
    if record.hints:
        parts.append(f"{record.hints} of {HINTS} hints")
    if record.gave_up:
        parts.append("solution seen")
    return " · ".join(parts)
