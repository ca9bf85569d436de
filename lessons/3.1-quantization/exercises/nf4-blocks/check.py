"""For each weight all sixteen levels are tried, one weight at a time."""

from typing import Any

import numpy as np

from tutor.course.exercises.expect import array, close, expect, same, shaped, show

# Rounded to four digits, as the paper's table is often quoted; near enough to tell neighbouring levels apart.
ROUNDED = [-1, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0]
ROUNDED += [0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1]


def _weight(seed: int, blocks: int = 3, block: int = 16) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sizes = rng.uniform(0.01, 2, size=(blocks, 1))
    return (rng.normal(size=(blocks, block)) * sizes).astype(np.float32).reshape(-1)


def _quantize(work: Any, weight: np.ndarray, block: int) -> Any:
    got = work.quantize(weight.copy(), block)
    expect(
        isinstance(got, tuple) and len(got) == 2, f"quantize should return (codes, absmax); yours returned {show(got)}."
    )
    return got


def test_types_and_shapes(work: Any, seed: int) -> None:
    """a code per weight, an absmax per block"""
    codes, absmax = _quantize(work, _weight(seed), 16)
    shaped(codes, (48,), "the codes of 48 weights")
    shaped(absmax, (3,), "the absmax of 48 weights in blocks of 16")
    same(str(getattr(codes, "dtype", type(codes))), "uint8", "the type of the codes")
    same(str(getattr(absmax, "dtype", type(absmax))), "float32", "the type of the absmax")


def test_absmax(work: Any, seed: int) -> None:
    """absmax is the largest absolute value of each block"""
    for block in (4, 16):
        weight = _weight(seed)
        wanted = [max(abs(x) for x in weight[i : i + block].tolist()) for i in range(0, len(weight), block)]
        close(_quantize(work, weight, block)[1], wanted, f"the absmax in blocks of {block}")


def test_nearest_level(work: Any, seed: int) -> None:
    """every code is the nearest level"""
    weight, block = _weight(seed), 16
    codes, absmax = _quantize(work, weight, block)
    for i, value in enumerate(weight.tolist()):
        scaled = value / float(absmax[i // block])
        distances = [abs(scaled - level) for level in ROUNDED]
        code = int(codes[i])
        expect(code < 16, f"Code {code} of weight {i}: there are sixteen levels, 0 to 15.")
        expect(
            distances[code] <= min(distances) + 2e-4,
            f"Weight {value:.5g} in a block of absmax {absmax[i // block]:.5g} is {scaled:.4f} scaled: the nearest "
            f"level is number {distances.index(min(distances))}, yours is {code}.",
        )


def test_dequantize(work: Any, seed: int) -> None:
    """going back looks the level up and scales it"""
    codes = np.array([0, 7, 15, 10], dtype=np.uint8)
    absmax = np.array([2.0, 0.5], dtype=np.float32)
    got = work.dequantize(codes, absmax, 2)
    close(got, [-2, 0, 0.5, 0.1230561], "dequantize([0, 7, 15, 10], [2, 0.5], block=2)", tolerance=1e-5)


def test_there_and_back(work: Any, seed: int) -> None:
    """the largest weight of a block is exact, the rest near"""
    weight = _weight(seed)
    codes, absmax = _quantize(work, weight, 16)
    back = array(work.dequantize(codes, absmax, 16), "dequantize(…)")
    shaped(back, (48,), "dequantize(…)")
    for start in range(0, 48, 16):
        largest = start + int(np.abs(weight[start : start + 16]).argmax())
        close(
            back[largest],
            np.copysign(absmax[start // 16], weight[largest]),
            "the weight of largest size in a block",
            1e-5,
        )
    error = float(np.linalg.norm(back - weight) / np.linalg.norm(weight))
    expect(error < 0.2, f"The weights came back with a relative error of {error:.2f}; NF4 should give about 0.1.")


def test_zeros(work: Any, seed: int) -> None:
    """a block of zeros stays zero"""
    weight = _weight(seed)
    weight[16:32] = 0
    with np.errstate(divide="raise", invalid="raise"):
        codes, absmax = _quantize(work, weight, 16)
    back = array(work.dequantize(codes, absmax, 16), "dequantize(…)")
    expect(np.isfinite(back).all(), f"A block of zeros came back as {show(back[16:32])}.")
    close(back[16:32], np.zeros(16), "a block of zeros, there and back,")


def test_bits(work: Any, seed: int) -> None:
    """the bits are counted, scales included"""
    for block in (16, 64, 2**seed):
        stored = 4 * 1024 + 32 * (1024 / block)
        close(work.bits_per_weight(block), stored / 1024, f"bits_per_weight({block})")
