"""For each weight all 255 codes are tried, and the nearest is known."""

from typing import Any

import numpy as np

from tutor.course.exercises.expect import array, close, expect, same, shaped, show

CODES = np.arange(-127, 128)


def _weight(seed: int) -> np.ndarray:
    """Rows of very different size."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(4, 10)) * np.array([[0.02], [1.0], [30.0], [1e-4]])).astype(np.float32)


def _quantize(work: Any, weight: np.ndarray) -> Any:
    got = work.quantize(weight.copy())
    expect(
        isinstance(got, tuple) and len(got) == 2, f"quantize should return (codes, scale); yours returned {show(got)}."
    )
    return got


def test_types_and_shapes(work: Any, seed: int) -> None:
    """codes are int8, scales are float32, one per row"""
    codes, scale = _quantize(work, _weight(seed))
    shaped(codes, (4, 10), "the codes of a [4, 10] weight")
    shaped(scale, (4,), "the scales of a [4, 10] weight")
    same(str(getattr(codes, "dtype", type(codes))), "int8", "the type of the codes")
    same(str(getattr(scale, "dtype", type(scale))), "float32", "the type of the scales")


def test_scale(work: Any, seed: int) -> None:
    """the largest of a row becomes 127 or -127"""
    weight = _weight(seed)
    codes, scale = _quantize(work, weight)
    close(scale, [max(abs(x) for x in row) / 127 for row in weight.tolist()], "the scales", tolerance=1e-5)
    same(np.abs(np.asarray(codes, dtype=int)).max(axis=1).tolist(), [127] * 4, "the largest code of each row")


def test_nearest_code(work: Any, seed: int) -> None:
    """every code is the nearest one"""
    weight = _weight(seed)
    codes, scale = _quantize(work, weight)
    for row, column in np.ndindex(weight.shape):
        distances = np.abs(CODES * float(scale[row]) - float(weight[row, column]))
        mine = abs(int(codes[row, column]) * float(scale[row]) - float(weight[row, column]))
        expect(
            mine <= distances.min() + 1e-6 * float(scale[row]),
            f"Weight {weight[row, column]:.5g} with scale {scale[row]:.5g}: the nearest code is "
            f"{CODES[distances.argmin()]}, yours is {codes[row, column]}.",
        )


def test_there_and_back(work: Any, seed: int) -> None:
    """going back is off by at most half a scale"""
    weight = _weight(seed)
    codes, scale = _quantize(work, weight)
    back = array(work.dequantize(codes, scale), "dequantize(…)")
    shaped(back, weight.shape, "dequantize(…)")
    worst = (np.abs(back - weight) / np.asarray(scale)[:, None]).max()
    expect(worst <= 0.5 + 1e-3, f"A weight came back {worst:.3f} scales away; rounding explains at most 0.5.")


def test_dequantize(work: Any, seed: int) -> None:
    """going back multiplies each row by its scale"""
    codes = np.array([[1, -127], [50, 0]], dtype=np.int8)
    scale = np.array([0.5, 2.0], dtype=np.float32)
    close(work.dequantize(codes, scale), [[0.5, -63.5], [100.0, 0.0]], "dequantize([[1, -127], [50, 0]], [0.5, 2])")


def test_zeros(work: Any, seed: int) -> None:
    """a row of zeros stays zero"""
    weight = _weight(seed)
    weight[1] = 0
    with np.errstate(divide="raise", invalid="raise"):  # what becomes of nan as an integer differs between machines
        codes, scale = _quantize(work, weight)
    back = array(work.dequantize(codes, scale), "dequantize(…)")
    expect(np.isfinite(back).all(), f"A row of zeros came back as {show(back[1])}.")
    close(back[1], np.zeros(10), "a row of zeros, there and back,")
