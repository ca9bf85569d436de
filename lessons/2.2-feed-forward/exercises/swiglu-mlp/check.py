"""The block is computed one unit at a time, with loops."""

import math
from typing import Any

import numpy as np

from tutor.course.exercises.expect import close, expect, same, shaped


def _weights(seed: int, hidden: int = 4, intermediate: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    gate, up = rng.normal(size=(2, intermediate, hidden))
    return gate, up, rng.normal(size=(hidden, intermediate))


def _tokens(seed: int, seq: int = 3, hidden: int = 4) -> np.ndarray:
    return np.random.default_rng(seed + 100).normal(size=(seq, hidden))


def _silu(z: float) -> float:
    return z * (1 + math.tanh(z / 2)) / 2  # the sigmoid, written as a hyperbolic tangent


def _by_hand(token: np.ndarray, gate: np.ndarray, up: np.ndarray, down: np.ndarray) -> list[float]:
    units = [
        _silu(math.fsum(gate_row * token)) * math.fsum(up_row * token)
        for gate_row, up_row in zip(gate, up, strict=True)
    ]
    return [math.fsum(row * units) for row in down]


def test_shape(work: Any, seed: int) -> None:
    """the output has the shape of the input"""
    got = work.swiglu_mlp(_tokens(seed, seq=5, hidden=3), *_weights(seed, hidden=3, intermediate=7))
    shaped(got, (5, 3), "swiglu_mlp of [5, 3] with intermediate size 7")


def test_values(work: Any, seed: int) -> None:
    """the numbers are right"""
    tokens, weights = _tokens(seed), _weights(seed)
    close(work.swiglu_mlp(tokens, *weights), [_by_hand(token, *weights) for token in tokens], "swiglu_mlp(…)")


def test_gate_and_up_differ(work: Any, seed: int) -> None:
    """SiLU acts on the gate, not on the other branch"""
    token, one = np.array([[1.0]]), np.array([[1.0]])
    got = work.swiglu_mlp(token, -3 * one, 2 * one, one)
    close(got, [[2 * _silu(-3.0)]], "swiglu_mlp([[1]], gate=[[-3]], up=[[2]], down=[[1]])")


def test_tokens_do_not_mix(work: Any, seed: int) -> None:
    """each token is worked on alone"""
    tokens, weights = _tokens(seed), _weights(seed)
    together = work.swiglu_mlp(tokens, *weights)
    alone = work.swiglu_mlp(tokens[1:2], *weights)
    close(alone, together[1:2], "swiglu_mlp of the second token alone")


def test_not_linear(work: Any, seed: int) -> None:
    """twice the input is not twice the output"""
    tokens, weights = _tokens(seed), _weights(seed)
    one, two = np.asarray(work.swiglu_mlp(tokens, *weights)), np.asarray(work.swiglu_mlp(2 * tokens, *weights))
    expect(not np.allclose(two, 2 * one), "Twice the input gave exactly twice the output: where is the activation?")


def test_parameters(work: Any, seed: int) -> None:
    """the parameters are counted"""
    for hidden, intermediate in ((4, 6), (576, 1536), (3 + seed, 10 * seed)):
        wanted = sum(matrix.size for matrix in _weights(seed, hidden, intermediate))
        same(work.parameters(hidden, intermediate), wanted, f"parameters({hidden}, {intermediate})")
