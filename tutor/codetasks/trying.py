"""Running one answer's code against the tests of its task, in the process that calls. No walls: see `sandbox`."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any


def first_failure(code: str, tests: Iterable[str]) -> str:
    """What went wrong first: the test that is not true, or the exception on the way to it; '' where all pass."""
    namespace: dict[str, Any] = {"__name__": "answer", "__builtins__": dict(vars(builtins))}
    step = "the code"
    try:
        exec(compile(code, "answer.py", "exec", dont_inherit=True), namespace)
        for test in tests:
            step = test
            if eval(test, namespace) is not True:
                return f"not true: {test}"
    except BaseException as error:  # whatever a model wrote is a verdict, SystemExit included
        return f"{type(error).__name__}: {error} ({step})"[:300]
    return ""
