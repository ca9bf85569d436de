"""NumPy multiplies real arrays of the same shapes; what it does is right."""

import random
from typing import Any

import numpy as np

from tutor.course.exercises.expect import expect, raises, same


def test_two_matrices(work: Any, seed: int) -> None:
    """two plain matrices"""
    pick = random.Random(seed)
    for _ in range(5):
        rows, inner, columns = (pick.randint(1, 9) for _ in range(3))
        _same_as_numpy(work, (rows, inner), (inner, columns))


def test_batches(work: Any, seed: int) -> None:
    """batches of matrices broadcast"""
    pick = random.Random(seed)
    for _ in range(20):
        batch = [pick.randint(2, 4) for _ in range(pick.randint(1, 3))]
        left = [pick.choice([size, 1]) for size in batch][pick.randint(0, len(batch)) :]
        right = [pick.choice([size, 1]) for size in batch]
        rows, inner, columns = (pick.randint(1, 5) for _ in range(3))
        _same_as_numpy(work, (*left, rows, inner), (*right, inner, columns))
        _same_as_numpy(work, (*right, rows, inner), (*left, inner, columns))


def test_inner_sizes_that_differ(work: Any, seed: int) -> None:
    """inner sizes that differ are an error that names both"""
    pick = random.Random(seed)
    inner = pick.randint(100, 200)
    _refused(work, (3, inner), (inner + 7, 3), inner, inner + 7)
    _refused(work, (inner, 5), (inner, 5), 5, inner)


def test_batch_sizes_that_differ(work: Any, seed: int) -> None:
    """batch sizes that do not broadcast are an error that names both"""
    size = random.Random(seed).randint(100, 200)
    _refused(work, (size, 4, 3, 2), (size + 1, 1, 2, 3), size, size + 1)
    _refused(work, (2, size, 3, 2), (size + 3, 2, 3), size, size + 3)


def test_flops(work: Any, seed: int) -> None:
    """arithmetic is counted, batches included"""
    pick = random.Random(seed)
    for batch in ((), (pick.randint(2, 4),), (2, pick.randint(2, 4))):
        rows, inner, columns = (pick.randint(1, 9) for _ in range(3))
        left, right = (*batch, rows, inner), (inner, columns)
        # In a product of ones, every number of the result counts its own multiplications.
        wanted = 2 * int((np.ones(left) @ np.ones(right)).sum())
        same(work.matmul_flops(left, right), wanted, f"matmul_flops({left}, {right})")


def _same_as_numpy(work: Any, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    wanted = (np.zeros(left) @ np.zeros(right)).shape
    got = work.matmul_shape(left, right)
    same(tuple(got) if isinstance(got, list) else got, wanted, f"matmul_shape({left}, {right})")


def _refused(work: Any, left: tuple[int, ...], right: tuple[int, ...], one: int, other: int) -> None:
    call = f"matmul_shape({left}, {right})"
    message = raises(ValueError, lambda: work.matmul_shape(left, right), call)
    expect(
        str(one) in message and str(other) in message,
        f"{call} raises, but its message should contain {one} and {other}; it is {message!r}.",
    )
