"""The slope is measured: each weight is moved by a hair, and the loss is looked at."""

from typing import Any

import numpy as np

from tutor.course.exercises.expect import close, expect, show

HAIR = 1e-5


def _problem(seed: int, rows: int = 6, features: int = 3) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=features), float(rng.normal()), rng.normal(size=(rows, features)), rng.normal(size=rows)


def _loss(weight: np.ndarray, bias: float, inputs: np.ndarray, targets: np.ndarray) -> float:
    return sum((row @ weight + bias - target) ** 2 for row, target in zip(inputs, targets, strict=True)) / len(targets)


def test_slope_of_weights(work: Any, seed: int) -> None:
    """the gradient of the weights is the measured slope"""
    weight, bias, inputs, targets = _problem(seed)
    measured = [
        (_loss(weight + hair, bias, inputs, targets) - _loss(weight - hair, bias, inputs, targets)) / (2 * HAIR)
        for hair in HAIR * np.eye(len(weight))
    ]
    got = work.gradient(weight, bias, inputs, targets)
    _pair(got, "gradient(…)")
    close(got[0], measured, f"gradient(…)[0] for weight {show(weight)}", tolerance=1e-5)


def test_slope_of_bias(work: Any, seed: int) -> None:
    """the gradient of the bias is the measured slope"""
    weight, bias, inputs, targets = _problem(seed)
    above, below = (_loss(weight, bias + hair, inputs, targets) for hair in (HAIR, -HAIR))
    got = work.gradient(weight, bias, inputs, targets)
    _pair(got, "gradient(…)")
    close(got[1], (above - below) / (2 * HAIR), f"gradient(…)[1] for bias {show(bias)}", tolerance=1e-5)


def test_small_steps_go_downhill(work: Any, seed: int) -> None:
    """fifty small steps lower the loss each time"""
    weight, bias, inputs, targets = _problem(seed, rows=20)
    before = _loss(weight, bias, inputs, targets)
    for number in range(1, 51):
        got = work.step(weight, bias, inputs, targets, 0.02)
        _pair(got, "step(…, rate=0.02)")
        weight, bias = got
        after = _loss(weight, bias, inputs, targets)
        expect(after < before, f"Step {number} with rate 0.02 raised the loss from {before:.6f} to {after:.6f}.")
        before = after


def test_inputs_are_left_alone(work: Any, seed: int) -> None:
    """the arrays that were passed in are unchanged"""
    weight, bias, inputs, targets = _problem(seed)
    copies = weight.copy(), inputs.copy(), targets.copy()
    work.step(weight, bias, inputs, targets, 0.1)
    for name, now, was in zip(("weight", "inputs", "targets"), (weight, inputs, targets), copies, strict=True):
        expect(
            np.array_equal(now, was),
            f"step changed the array {name!r} that it was given: `a -= b` works in place, `a = a - b` does not.",
        )


def test_length_of_a_step(work: Any, seed: int) -> None:
    """twice the rate goes exactly twice as far"""
    weight, bias, inputs, targets = _problem(seed)
    one, two = (work.step(weight, bias, inputs, targets, rate) for rate in (0.1, 0.2))
    _pair(one, "step(…)")
    close(two[0] - weight, 2 * (one[0] - weight), "how far step(…, rate=0.2) moves the weights")
    close(two[1] - bias, 2 * (one[1] - bias), "how far step(…, rate=0.2) moves the bias")
    expect(abs(one[1] - bias) > 0, "step(…, rate=0.1) did not move the bias at all.")


def _pair(got: object, of: str) -> None:
    expect(
        isinstance(got, tuple) and len(got) == 2,
        f"{of} should return a pair (weight, bias); yours returned {show(got)}.",
    )
