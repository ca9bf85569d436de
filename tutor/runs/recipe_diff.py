"""Two recipes side by side: options that one has and the other has not, and the lines in which the code differs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from tutor.runs.compare import differences
from tutor.runs.config import Lab

AROUND = 3
"""Equal lines that are shown around each difference."""


@dataclass(frozen=True)
class Line:
    """One line of a difference."""

    mark: str
    """`-`: only in the first, `+`: only in the second, ` `: in both, `@`: where the next lines stand."""
    text: str


def option_lines(ours: Lab, theirs: Lab) -> Iterator[Line]:
    """Options whose defaults differ."""
    for name, values in differences([ours.defaults(), theirs.defaults()]).items():
        for mark, value in zip("-+", values, strict=True):
            if value is not None:
                yield Line(mark, f"{name} = {','.join(map(str, value)) if isinstance(value, list) else value}")


def code_lines(ours: Lab, theirs: Lab) -> Iterator[Line]:
    """The recipes' code, where it differs."""
    first, second = (lab.recipe.read_text().splitlines() for lab in (ours, theirs))
    for line in list(difflib.unified_diff(first, second, lineterm="", n=AROUND))[2:]:  # after the names of the files
        yield Line("@", line.strip("@ ")) if line.startswith("@@") else Line(line[0], line[1:])
