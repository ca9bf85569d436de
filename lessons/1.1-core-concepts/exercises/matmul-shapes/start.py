"""Shapes of matrix products."""

Shape = tuple[int, ...]


def matmul_shape(left: Shape, right: Shape) -> Shape:
    """The shape of `left @ right`, for [..., rows, inner] and [..., inner, columns].

    Raises:
        ValueError: they do not fit; the message contains the two sizes that clash.
    """
    raise NotImplementedError


def matmul_flops(left: Shape, right: Shape) -> int:
    """Floating-point operations of `left @ right`: 2 for each multiply-and-add."""
    raise NotImplementedError
