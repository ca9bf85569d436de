"""Attention on three tokens of four numbers, one matrix at a time, for lesson 2.1.3.

Source: Vaswani et al., 2017, section 3.2.1; grouped keys: arXiv:2305.13245; rotation by position: arXiv:2104.09864.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor

from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["dot", "steps"]

TOKENS = ("The", "cat", "sat")
EMBEDDINGS = [[1.0, 0.0, 0.5, 0.2], [0.2, 1.0, 0.8, 0.1], [0.1, 0.3, 1.0, 0.9]]
SIZE = 4
MOST_ROWS = 6
HALF, ONE = (torch.eye(SIZE, dtype=torch.float64) * factor for factor in (0.5, 1.0))
DIFFERENT = torch.tensor(
    [
        [[0.9, -0.4, 0.2, 0.0], [0.1, 0.8, -0.3, 0.5], [-0.6, 0.3, 0.7, 0.2], [0.4, 0.0, -0.5, 0.9]],
        [[0.2, 0.7, -0.1, 0.4], [-0.5, 0.6, 0.3, 0.0], [0.8, -0.2, 0.5, 0.1], [0.0, 0.4, -0.6, 0.7]],
        [[1.0, 0.0, 0.0, 0.5], [0.0, 1.0, 0.5, 0.0], [0.5, 0.0, 1.0, 0.0], [0.0, -0.5, 0.0, 1.0]],
    ],
    dtype=torch.float64,
)
WEIGHTS = {"equal": torch.stack([HALF, HALF, ONE]), "different": DIFFERENT}
"""Projections for queries, keys and values: with `equal` ones a score is the same both ways, which no model has."""
ROTATION_BASE = 10_000.0


@dataclass(frozen=True)
class Options:
    """What is switched on."""

    scale: bool = True
    mask: bool = True
    softmax: bool = True
    heads: int = 1
    shared: bool = False
    """Whether all heads share one set of keys and values."""
    head: int = 0
    rope: bool = False

    @property
    def head_dim(self) -> int:
        """Numbers of a head's query."""
        return SIZE // self.heads


def steps(
    call: Call,
    embeddings: list[list[float]] | None = None,
    weights: str = "equal",
    scale: bool = True,
    mask: bool = True,
    softmax: bool = True,
    heads: int = 1,
    shared: bool = False,
    head: int = 0,
    rope: bool = False,
) -> Message:
    """Every matrix on the way from embeddings to the output of one head.

    Returns:
        `stages`, each with `name`, `op` (`given`, `matmul`, `rotate`, `scale`, `mask`, `softmax` or `same`), `rows` and
        `columns` (their names), `values` (None is minus infinity) and the names of its `inputs`; `row_sums` of the
        weights; `differs`: how far the output is from PyTorch's `scaled_dot_product_attention`; the `angles` of the
        rotation; `head_dim`, `heads`, the `head` shown, and whether keys are `shared`.

    Raises:
        UsageError: the embeddings are no matrix with four columns, or a setting is unknown.
    """
    x = _embeddings(EMBEDDINGS if embeddings is None else embeddings)
    if weights not in WEIGHTS or heads not in (1, 2):
        raise UsageError(f"There are no weights {weights!r} with {heads} heads.", "Take equal or different, 1 or 2.")
    options = Options(scale, mask, softmax, heads, shared, min(head, heads - 1), rope)
    found = Walk(x, WEIGHTS[weights], options).walk()
    tokens = [*TOKENS] if len(x) == len(TOKENS) else [f"token {n + 1}" for n in range(len(x))]
    return {
        "stages": [_stage(stage, tokens) for stage in found.stages],
        "row_sums": found.matrix("A").sum(-1).tolist(),
        "differs": found.differs(),
        "angles": rotation_angles(len(x), options.head_dim).tolist(),
        "head_dim": options.head_dim,
        "heads": heads,
        "head": options.head,
        "shared": shared and heads > 1,
        "source": "PyTorch, float64",
    }


def dot(call: Call, query: list[float], key: list[float]) -> Message:
    """The `score` of one query and one key, before scaling and `scaled`."""
    q, k = (torch.tensor(vector, dtype=torch.float64) for vector in (query, key))
    score = float(q @ k)
    products = [f"{a:g}·{b:g}" for a, b in zip(query, key, strict=True)]
    return {
        "score": score,
        "scaled": score / math.sqrt(len(query)),
        "products": " + ".join(products),
        "source": "PyTorch, float64",
    }


@dataclass(frozen=True)
class Stage:
    """One matrix: `[rows, columns]`, where its rows and columns are tokens or dimensions."""

    name: str
    op: str
    values: Tensor
    inputs: tuple[str, ...] = ()
    rows: str = "tokens"
    columns: str = "dimensions"


class Walk:
    """From embeddings to output."""

    def __init__(self, x: Tensor, weights: Tensor, options: Options) -> None:
        self.options = options
        self.stages = [Stage("X", "given", x)]
        self._weights = weights

    def walk(self) -> Walk:
        """All of it."""
        own = slice(self.options.head * self.options.head_dim, (self.options.head + 1) * self.options.head_dim)
        keys = slice(0, self.options.head_dim) if self.options.shared else own
        for name, weight, columns in zip(("Q", "K", "V"), self._weights, (own, keys, keys), strict=True):
            self.stages.append(Stage(f"W{name}", "given", weight[:, columns], rows="dimensions"))
            self._matmul(name, "X", f"W{name}")
        if self.options.rope:
            for name in ("Q", "K"):
                self.stages.append(Stage(f"{name}r", "rotate", rotate(self.matrix(name)), (name,)))
        self._scores("Qr" if self.options.rope else "Q", "Kr" if self.options.rope else "K")
        self._matmul("O", "A", "V")
        return self

    def _scores(self, q: str, k: str) -> None:
        self.stages.append(Stage(f"{k}ᵀ", "given", self.matrix(k).T, rows="dimensions", columns="tokens"))
        self._matmul("S", q, f"{k}ᵀ", columns="tokens")
        scores = self.matrix("S")
        scaled = scores / math.sqrt(self.options.head_dim) if self.options.scale else scores
        self._on_scores("S/√d", "scale" if self.options.scale else "same", scaled, "S")
        future = torch.ones_like(scores, dtype=torch.bool).triu(1)
        masked = scaled.masked_fill(future, -math.inf) if self.options.mask else scaled
        self._on_scores("M", "mask" if self.options.mask else "same", masked, "S/√d")
        weights = masked.softmax(-1) if self.options.softmax else masked.masked_fill(masked.isinf(), 0)
        self._on_scores("A", "softmax" if self.options.softmax else "same", weights, "M")

    def _on_scores(self, name: str, op: str, values: Tensor, source: str) -> None:
        self.stages.append(Stage(name, op, values, (source,), columns="tokens"))

    def _matmul(self, name: str, left: str, right: str, columns: str = "dimensions") -> None:
        values = self.matrix(left) @ self.matrix(right)
        self.stages.append(Stage(name, "matmul", values, (left, right), columns=columns))

    def matrix(self, name: str) -> Tensor:
        """The matrix of that name."""
        return next(stage.values for stage in self.stages if stage.name == name)

    def differs(self) -> float:
        """How far the output is from attention as PyTorch computes it from the same queries, keys and values."""
        q, k = (self.matrix(f"{name}r" if self.options.rope else name) for name in ("Q", "K"))
        theirs = functional.scaled_dot_product_attention(q[None], k[None], self.matrix("V")[None], is_causal=True)
        return float((theirs[0] - self.matrix("O")).abs().max())


def rotation_angles(positions: int, size: int) -> Tensor:
    """By how much each pair of dimensions is turned at each position: `[positions, size / 2]`, radians."""
    speeds = ROTATION_BASE ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    return torch.arange(positions, dtype=torch.float64)[:, None] * speeds


def rotate(vectors: Tensor) -> Tensor:
    """RoPE: dimension i and i + size/2 of `[seq, size]` are turned as a pair."""
    first, second = vectors.chunk(2, -1)
    angles = rotation_angles(*vectors.shape)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def _embeddings(rows: list[list[float]]) -> Tensor:
    numbers = all(isinstance(value, int | float) for row in rows for value in row)
    if not (numbers and 1 <= len(rows) <= MOST_ROWS and all(len(row) == SIZE for row in rows)):
        raise UsageError("X needs four numbers a row, and up to six rows.", "A slash begins a new row.")
    x = torch.tensor(rows, dtype=torch.float64)
    if not torch.isfinite(x).all():
        raise UsageError("X has a number that is not finite.", "Type ordinary numbers.")
    return x


def _stage(stage: Stage, tokens: list[str]) -> dict[str, Any]:
    def names(kind: str, count: int) -> list[str]:
        return tokens if kind == "tokens" else [f"d{n}" for n in range(count)]

    return {
        "name": stage.name,
        "op": stage.op,
        "inputs": list(stage.inputs),
        "rows": names(stage.rows, stage.values.shape[0]),
        "columns": names(stage.columns, stage.values.shape[1]),
        "values": [[value if math.isfinite(value) else None for value in row] for row in stage.values.tolist()],
    }
