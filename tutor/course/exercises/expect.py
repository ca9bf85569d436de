"""What checks are written with: comparisons whose failure says what was expected, what came, and on which input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tutor.course.exercises.failure import Mistake

LONGEST = 200
"""Characters of a value that are shown."""


def expect(holds: object, message: str) -> None:
    """Fail with `message` unless `holds`.

    Raises:
        Mistake: it does not.
    """
    if not holds:
        raise Mistake(message)


def same(got: object, wanted: object, of: str) -> None:
    """Fail unless `got` equals `wanted`; `of` names the call, such as `encode('cat')`.

    Raises:
        Mistake: they differ.
    """
    _returned(got, of)
    expect(got == wanted, f"{of} should be {show(wanted)}, but your code returned {show(got)}.")


def close(got: object, wanted: object, of: str, tolerance: float = 1e-6) -> None:
    """Fail unless two numbers or arrays have one shape and agree within `tolerance`, relative or absolute.

    Raises:
        Mistake: they do not; the first place that is off is named.
    """
    mine, theirs = array(got, of), np.asarray(wanted, dtype=np.float64)
    shaped(mine, theirs.shape, of)
    off = ~np.isclose(mine, theirs, rtol=tolerance, atol=tolerance)
    if not off.any():
        return
    if mine.ndim == 0:
        raise Mistake(f"{of} should be {show(theirs)}, but your code returned {show(mine)}.")
    index = tuple(int(i) for i in np.argwhere(off)[0])
    place = "".join(f"[{i}]" for i in index)
    raise Mistake(
        f"{of} should be {show(theirs)}, but your code returned {show(mine)}. "
        f"First difference at {place}: expected {theirs[index]:.6g}, got {mine[index]:.6g}."
    )


def shaped(got: object, shape: Sequence[int], of: str) -> None:
    """Fail unless `got` is an array of `shape`.

    Raises:
        Mistake: it is not.
    """
    found = array(got, of).shape
    expect(found == tuple(shape), f"{of} should have shape {_shape(shape)}, but yours has {_shape(found)}.")


def array(got: object, of: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """`got` (number, list, array or tensor) as an array of float64.

    Raises:
        Mistake: it is None, or no numbers.
    """
    _returned(got, of)
    if hasattr(got, "detach"):  # a torch tensor; torch is only loaded where the exercise uses it
        got = got.detach().double().numpy()
    try:
        return np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        raise Mistake(f"{of} should be numbers, but your code returned {show(got)}.") from None


def raises(kind: type[Exception], call: Callable[[], object], of: str) -> str:
    """The message of the exception that `call` must raise.

    Raises:
        Mistake: it returned instead.
    """
    try:
        got = call()
    except kind as error:
        return str(error)
    raise Mistake(f"{of} should raise {kind.__name__}, but your code returned {show(got)}.")


def show(value: object) -> str:
    """`value` as a learner reads it: four digits, on one line, not too long."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray | np.generic):
        text = np.array2string(np.asarray(value), precision=4, separator=", ", threshold=24, edgeitems=3)
        text = " ".join(text.split()).replace("[ ", "[")
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _returned(got: object, of: str) -> None:
    expect(got is not None, f"{of} returned None. Does your function end with `return …`?")


def _shape(shape: Sequence[int]) -> str:
    return "[" + ", ".join(str(size) for size in shape) + "]" if len(shape) else "[] (a single number)"
