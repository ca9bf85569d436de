"""What to show of an exception: the learner's line and one sentence, not a traceback."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from tutor.course.exercises.audit import Refused
from tutor.course.exercises.limits import FILE_BYTES, MEMORY_BYTES

WORK = "work.py"
"""The name under which the learner's file is compiled and shown."""


class OutOfTime(BaseException):
    """Raised by the alarm inside whatever runs; no `except Exception` of the learner catches it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Mistake(AssertionError):
    """A check's own sentence about the learner's answer."""


@dataclass(frozen=True)
class Failure:
    """The useful line: a sentence and, where it is known, the place in the learner's file."""

    message: str
    line: int | None = None
    source: str = ""
    column: int | None = None
    """Where the caret goes, counted from 0 in `source`; syntax errors only."""


def explain(error: BaseException, source: Sequence[str]) -> Failure:
    """The useful line of `error`, raised by the learner's code (whose lines are `source`) or by its check."""
    if isinstance(error, SyntaxError) and error.filename == WORK:
        return _syntax(error)
    frames = list(traceback.walk_tb(error.__traceback__))
    if isinstance(error, AssertionError) and not _is_work(frames[-1][0]):
        return Failure(str(error))
    work_frames = [frame for frame in frames if _is_work(frame[0])]
    if not work_frames:
        return Failure(_sentence(error, None))
    frame, line = work_frames[-1]
    text = source[line - 1].strip() if line <= len(source) else ""
    return Failure(_sentence(error, frame.f_code.co_qualname), line, text)


def _syntax(error: SyntaxError) -> Failure:
    text = (error.text or "").rstrip("\n")
    margin = len(text) - len(text.lstrip())
    column = max((error.offset or 1) - 1 - margin, 0) if text else None
    return Failure(f"{type(error).__name__}: {error.msg}", error.lineno, text.strip(), column)


def _is_work(frame: FrameType) -> bool:
    return frame.f_code.co_filename == WORK


def _sentence(error: BaseException, function: str | None) -> str:
    """What to say of `error`; `function` is the learner's that it came through, or None."""
    match error:
        case OutOfTime():
            return f"Your code was still running after {error.seconds:g} s (an endless loop?)."
        case Refused():
            return str(error)
        case MemoryError():
            return f"Your code asked for more memory than the {MEMORY_BYTES >> 20} MB that an exercise gets."
        case RuntimeError() if "allocate memory" in str(error):  # torch has no MemoryError
            return f"Your code asked for more memory than the {MEMORY_BYTES >> 20} MB that an exercise gets."
        case OSError() if error.errno == errno.EFBIG:
            return f"Your code printed or wrote more than {FILE_BYTES >> 20} MB."
        case SystemExit():
            return "Your code ended the program (sys.exit or exit); return a value instead."
        case KeyboardInterrupt():
            return "Your code raised KeyboardInterrupt."
        case NotImplementedError() if function:
            return f"{function} is still to be written."
    last = traceback.format_exception_only(error)[-1].strip()
    return last if function else f"The check could not work with your code: {last}"
