"""Shapes of matrix products."""

from itertools import zip_longest
from math import prod

Shape = tuple[int, ...]


def matmul_shape(left: Shape, right: Shape) -> Shape:
    """The shape of `left @ right`, for [..., rows, inner] and [..., inner, columns].

    Raises:
        ValueError: they do not fit; the message contains the two sizes that clash.
    """
    *left_batch, rows, inner = left
    *right_batch, right_inner, columns = right
    if inner != right_inner:
        raise ValueError(f"{inner} columns on the left meet {right_inner} rows on the right")
    batch = []
    for a, b in zip_longest(reversed(left_batch), reversed(right_batch), fillvalue=1):
        if a != b and 1 not in (a, b):
            raise ValueError(f"batch sizes {a} and {b} do not broadcast")
        batch.append(max(a, b))
    return (*reversed(batch), rows, columns)


def matmul_flops(left: Shape, right: Shape) -> int:
    """Floating-point operations of `left @ right`: 2 for each multiply-and-add."""
    return 2 * prod(matmul_shape(left, right)) * left[-1]
