"""Errors a user reads, and the exit codes that scripts rely on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_DONE = 0
"""Done, and every check of the lab passed."""
EXIT_CHECK_FAILED = 1
"""Done, but a check of the lab failed."""
EXIT_USAGE = 2
"""The command line, a configuration file or an option is wrong."""
EXIT_ENVIRONMENT = 3
"""Something outside the program is missing or broken: network, disk, memory, a model file."""
EXIT_INTERRUPTED = 130
"""Stopped by Ctrl-C or `tutor runs stop`; a run can be resumed."""


class TutorError(Exception):
    """One sentence that says what happened to which thing, and one that says what to do."""

    exit_code = EXIT_ENVIRONMENT

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what, todo)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".strip()


class UsageError(TutorError):
    """The user asked for something that does not exist or does not fit."""

    exit_code = EXIT_USAGE


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean …?`, or the whole list where nothing is near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names)}."
