"""What a trained adapter adds to one matrix: its singular values, its cells, its size. For lesson 2.3.1."""

from __future__ import annotations

import torch
from torch import Tensor

from tutor.engine import spectrum
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.lora import ADAPTER, lora_layers
from tutor.engine.minitrain import Recipe, advance, latest, session_of
from tutor.engine.protocol import Call, Message

__all__ = ["look"]

CELLS = 32
"""Rows and columns of the part that is shown: those in which the difference is largest."""
FIRST = 64
"""Singular values that are shown."""


def look(call: Call, loaded: Loaded, layer: int = 10, matrix: str = "v_proj", rank: int = 8) -> Message:
    """Train an adapter on what was learned last, where there is none, and take one of its differences apart.

    Returns:
        `losses` of the training so far, of `total` steps; then `sigma`: the first singular values of the weight `w` and
        of the difference `delta`, each as a share of its own largest; `ranks`: how many are not rounding errors of
        both; `norms`, Frobenius; `part`: `rows` and `columns` (their numbers) of `w`, `delta`, `a` and `b`.
    """
    recipe = Recipe(latest().lines, rank=rank)
    session = session_of(loaded, recipe)
    layer = min(layer, loaded.architecture.layers - 1)
    answer: Message = {
        "lines": recipe.lines, "layer": layer, "matrix": matrix, "rank": rank, "layers": loaded.architecture.layers,
        "losses": session.losses(), "total": recipe.steps, "sigma": None,
        "source": f"{loaded.source}, an adapter trained just now, singular values in fp64",
    }  # fmt: skip
    call.part(**answer)
    for _ in advance(call, [session]):
        call.part(**answer | {"losses": session.losses()})
    adapted = lora_layers(session.model)[f"model.layers.{layer}.self_attn.{matrix}"]
    a, b = (half[ADAPTER].weight.detach() for half in (adapted.lora_A, adapted.lora_B))
    weight, scale = adapted.get_base_layer().weight.detach(), adapted.scaling[ADAPTER]
    delta = scale * (b.double() @ a.double())  # in fp32 the rounding of the product would add ranks of its own
    squares = {"w": spectrum.squares(weight), "delta": spectrum.squares(delta)}
    return answer | {
        "losses": session.losses(),
        "shape": list(weight.shape),
        "scale": scale,
        "sigma": {name: _shares(found) for name, found in squares.items()},
        "ranks": {name: int(spectrum.curve(found)["rank"]) for name, found in squares.items()},
        "norms": {"w": short(float(weight.norm())), "delta": short(float(delta.norm()))},
        "part": _part(weight, delta, a, b),
    }


def _shares(squares: Tensor) -> list[float]:
    values = squares[:FIRST].sqrt()
    return [short(value) for value in (values / values[0]).tolist()]


def _part(weight: Tensor, delta: Tensor, a: Tensor, b: Tensor) -> Message:
    """The rows and columns in which the difference is largest."""
    rows, columns = (_largest(delta.norm(dim=dim)) for dim in (1, 0))
    return {
        "rows": rows.tolist(),
        "columns": columns.tolist(),
        "w": _cells(weight[rows][:, columns]),
        "delta": _cells(delta[rows][:, columns]),
        "a": _cells(a[:, columns]),
        "b": _cells(b[rows]),
    }


def _largest(lengths: Tensor) -> Tensor:
    return torch.sort(lengths.topk(min(CELLS, len(lengths))).indices).values


def _cells(matrix: Tensor) -> list[list[float]]:
    return [[short(value) for value in row] for row in matrix.tolist()]
