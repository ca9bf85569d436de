"""A net with one hidden layer learns to tell two kinds of points apart, for lesson 1.2.1."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned

__all__ = ["symptoms", "train"]

COUNT = 120
"""Points, half of each kind."""
FRAMES = 30
"""Moments of the training that are kept, beside its beginning."""
SIDE = 40
"""Cells along each side of the map."""
EDGE = 1.8
"""The map goes from minus this to plus this, in both directions."""
REPORT = 0.25
"""Seconds between two parts of an answer."""

LEARNED = ((0.98, "All of them, or nearly"), (0.8, "Most of them"), (0.0, "Hardly more than a coin would"))
"""Shares of the points, and what is said of them."""

FAULTS: dict[str, dict[str, Any]] = {
    "rate": {"rate": 60.0},
    "sign": {"rate": -0.05},
    "activation": {"activation": "none"},
    "frozen": {"rate": 0.0},
}
"""What can be wrong with a training, as arguments of it."""

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "none": nn.Identity, "ReLU": nn.ReLU, "tanh": nn.Tanh, "GELU": nn.GELU
}  # fmt: skip


def train(
    call: Call,
    data: str = "xor",
    activation: str = "tanh",
    width: int = 8,
    rate: float = 0.5,
    batch: int = 30,
    seed: int = 0,
    steps: int = 1500,
) -> dict[str, Any]:
    """Train with plain gradient descent on batches drawn by chance, and keep `FRAMES` moments of it.

    Returns:
        `points`: `[x, y, kind]`; `frames`: of each kept moment the `step`, the `loss` and the share that is `right`
        over all points, and the `map`: per row, top first, a digit a cell from 0 (surely kind 0) to 8 (surely kind 1).
        A loss that is no longer a number is None. `learned` says in words how many are right in the end. Parts have
        the same shape and fewer frames.
    """
    places, kinds = points_of(data, seed)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, width), ACTIVATIONS[activation](), nn.Linear(width, 1))
    answer: dict[str, Any] = {
        "points": [[*place, kind] for place, kind in zip(places.tolist(), kinds.int().tolist(), strict=True)],
        "frames": [],
        "width": width,
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "steps": steps,
        "source": f"PyTorch {torch.__version__}, plain gradient descent, one thread",
    }
    reported = 0.0
    with pinned(1):
        for step in _steps(net, places, kinds, rate, batch, steps):
            call.check()
            if step % (steps // FRAMES) == 0:
                answer["frames"].append(_frame(net, places, kinds, step))
                if time.monotonic() - reported > REPORT:
                    call.part(**answer)
                    reported = time.monotonic()
    right = answer["frames"][-1]["right"]
    return answer | {"learned": next(words for least, words in LEARNED if right >= least)}


def symptoms(call: Call, fault: str) -> dict[str, Any]:
    """A training on `xor` with one of `FAULTS` in it: `evidence` is its loss now and then, in lines of text."""
    found = train(call, **({"steps": 300} | FAULTS[fault]))
    lines = [
        f"step {frame['step']:>4}   loss {'not a number' if frame['loss'] is None else format(frame['loss'], '.4f'):>9}"
        f"   right {100 * frame['right']:>3.0f} %"
        for frame in found["frames"][::5]
    ]
    return {"evidence": lines, "source": found["source"]}


def _steps(net: nn.Module, places: Tensor, kinds: Tensor, rate: float, batch: int, steps: int) -> Iterator[int]:
    """Change `net` step by step: says 0 before the first step, then the number of each."""
    yield 0
    for step in range(1, steps + 1):
        drawn = torch.randperm(COUNT)[:batch]
        loss = binary_cross_entropy_with_logits(net(places[drawn])[:, 0], kinds[drawn])
        weights = list(net.parameters())
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.data -= rate * gradient
        yield step


@torch.no_grad()
def _frame(net: nn.Module, places: Tensor, kinds: Tensor, step: int) -> dict[str, Any]:
    logits = net(places)[:, 0]
    loss = binary_cross_entropy_with_logits(logits, kinds).item()
    axis = torch.linspace(-EDGE, EDGE, SIDE)
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    levels = (net(torch.stack([x, y], -1))[..., 0].sigmoid().nan_to_num(0.5) * 8).round().int()
    return {
        "step": step,
        "loss": loss if math.isfinite(loss) else None,
        "right": ((logits > 0) == (kinds > 0)).float().mean().item(),
        "map": ["".join(map(str, row)) for row in levels.tolist()],
    }


def points_of(data: str, seed: int) -> tuple[Tensor, Tensor]:
    """Places `[COUNT, 2]` and kinds `[COUNT]` (0 or 1) of the data set `xor`, `moons`, `rings` or `line`."""
    torch.manual_seed(seed)
    kinds = torch.arange(COUNT) % 2
    return SHAPES[data](kinds), kinds.float()


def _xor(kinds: Tensor) -> Tensor:
    """Kind 1 where x and y have the same sign."""
    right = torch.where(torch.arange(COUNT) % 4 < 2, 1.0, -1.0)
    above = torch.where(kinds == 1, right, -right)
    return torch.stack([right, above], 1) * (0.15 + 1.5 * torch.rand(COUNT, 2))


def _moons(kinds: Tensor) -> Tensor:
    """Two half circles that reach into each other."""
    angle = math.pi * torch.rand(COUNT)
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
    return 1.05 * torch.where(kinds[:, None] == 0, upper, -upper) + 0.1 * torch.randn(COUNT, 2)


def _rings(kinds: Tensor) -> Tensor:
    """A disc inside a ring."""
    radius = torch.where(kinds == 0, 0.65 * torch.rand(COUNT).sqrt(), 1.15 + 0.45 * torch.rand(COUNT))
    angle = 2 * math.pi * torch.rand(COUNT)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


def _line(kinds: Tensor) -> Tensor:
    """Two clouds with a straight border between them."""
    cloud = torch.randn(COUNT, 2) * torch.tensor([0.7, 0.3])
    return cloud + torch.where(kinds == 1, 0.9, -0.9)[:, None] * torch.tensor([0.3, 1.0])


SHAPES = {"xor": _xor, "moons": _moons, "rings": _rings, "line": _line}
