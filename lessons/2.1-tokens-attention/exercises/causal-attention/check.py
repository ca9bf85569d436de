"""Every weight is computed alone, for one head, one token and one it looks at."""

import math
from typing import Any

import numpy as np

from tutor.course.exercises.expect import array, close, expect, shaped, show


def _inputs(seed: int, heads: int = 2, seq: int = 4, head_dim: int = 8) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).normal(size=(3, heads, seq, head_dim)))


def _row(query: np.ndarray, keys: np.ndarray) -> list[float]:
    """Where one token looks, among `keys` that end with its own."""
    scores = [math.fsum(query * key) / math.sqrt(len(query)) for key in keys]
    parts = [math.exp(score - max(scores)) for score in scores]
    return [part / math.fsum(parts) for part in parts]


def _weights(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    heads, seq, _ = queries.shape
    weights = np.zeros((heads, seq, seq))
    for head in range(heads):
        for token in range(seq):
            weights[head, token, : token + 1] = _row(queries[head, token], keys[head, : token + 1])
    return weights


def _attention(work: Any, *inputs: np.ndarray) -> Any:
    got = work.causal_attention(*(one.copy() for one in inputs))
    expect(
        isinstance(got, tuple) and len(got) == 2,
        f"causal_attention should return (output, weights); yours returned {show(got)}.",
    )
    return got


def test_shapes(work: Any, seed: int) -> None:
    """the shapes are right"""
    output, weights = _attention(work, *_inputs(seed, heads=3, seq=5, head_dim=2))
    shaped(output, (3, 5, 2), "the output for heads=3, seq=5, head_dim=2")
    shaped(weights, (3, 5, 5), "the weights for heads=3, seq=5, head_dim=2")


def test_rows_add_up(work: Any, seed: int) -> None:
    """each row of weights adds up to 1"""
    weights = array(_attention(work, *_inputs(seed))[1], "the weights")
    close(weights.sum(axis=-1), np.ones((2, 4)), "the sum of each row of the weights")


def test_no_future(work: Any, seed: int) -> None:
    """nobody looks at a later token"""
    weights = array(_attention(work, *_inputs(seed))[1], "the weights")
    later = np.argwhere(np.triu(weights, k=1) != 0)
    if len(later):
        head, token, seen = later[0]
        weight = weights[head, token, seen]
        expect(
            False, f"In head {head}, token {token} looks at token {seen}, which comes later, with weight {weight:.4f}."
        )


def test_weights(work: Any, seed: int) -> None:
    """the weights are the softmax of the scaled scores"""
    queries, keys, values = _inputs(seed)
    close(_attention(work, queries, keys, values)[1], _weights(queries, keys), "the weights")


def test_output(work: Any, seed: int) -> None:
    """the output mixes the values by the weights"""
    queries, keys, values = _inputs(seed)
    wanted = np.einsum("hij,hjd->hid", _weights(queries, keys), values)
    close(_attention(work, queries, keys, values)[0], wanted, "the output")


def test_earlier_tokens_stay(work: Any, seed: int) -> None:
    """changing the last token changes no output before it"""
    inputs = _inputs(seed)
    before = array(_attention(work, *inputs)[0], "the output")
    for one in inputs:
        one[:, -1] += 1.0
    after = array(_attention(work, *inputs)[0], "the output")
    close(after[:, :-1], before[:, :-1], "the output of all tokens but the last, after the last one changed,")


def test_large_scores(work: Any, seed: int) -> None:
    """scores in the thousands stay finite"""
    queries, keys, values = _inputs(seed)
    weights = array(_attention(work, 100 * queries, 100 * keys, values)[1], "the weights")
    expect(np.isfinite(weights).all(), "With scores in the thousands the weights are not finite: exp overflowed.")
    close(weights, _weights(100 * queries, 100 * keys), "the weights with scores in the thousands")
