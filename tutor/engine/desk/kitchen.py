"""A kitchen with one hidden layer learns thirty rated recipes, and tastes a cup. For lesson 2.2.3."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tutor.engine.desk.mixing import ACTIVATIONS
from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned

__all__ = ["strongest", "taste", "train"]

RECIPES, UNITS = 30, 8
STEPS, FRAMES = 600, 30
REPORT = 0.25
"""Seconds between two parts of an answer."""
NOISE = 0.3
"""Standard deviation of what a taster's mood adds to a rating."""
NEGLIGIBLE = 0.05
"""A unit is rejected if less than this part of what it was before is left of it, or nothing."""


class Kitchen(nn.Module):
    """From lemon, water, sugar and tartness to a rating, through `UNITS` hidden units."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.first = nn.Linear(4, UNITS)
        self.bend = ACTIVATIONS[activation]()
        self.last = nn.Linear(UNITS, 1)

    def forward(self, cups: Tensor) -> Tensor:
        """Ratings `[cups]`."""
        ratings: Tensor = self.last(self.bend(self.first(cups)))[:, 0]
        return ratings


def train(call: Call, activation: str = "GELU", rate: float = 0.03, seed: int = 0) -> dict[str, Any]:
    """Learn the ratings of 30 recipes, and try the result on as many that were never tasted.

    Returns:
        `frames`: of each kept moment the `step` and the root mean square errors `seen` and `unseen`; `recipes`:
        `{lemon, water, sugar, tart, rating, said}` of those that are learned from. Parts have fewer frames.
    """
    answer: dict[str, Any] = {"frames": [], "steps": STEPS, "parameters": 6 * UNITS + 1, "source": _source()}
    reported = 0.0
    with pinned(1):
        for step, net in _steps(activation, rate, seed):
            call.check()
            if step % (STEPS // FRAMES) == 0:
                answer["frames"].append({"step": step, "seen": _error(net, 0), "unseen": _error(net, 1)})
                answer["recipes"] = _table(net)
                if time.monotonic() - reported > REPORT:
                    call.part(**answer)
                    reported = time.monotonic()
    return answer


def taste(
    call: Call, lemon: float, water: float, sugar: float, tart: float, activation: str = "GELU"
) -> dict[str, Any]:
    """One cup in the trained kitchen: every unit before and after the activation, and what it adds to the rating.

    Args:
        lemon, water, sugar: spoons from 0 to 10; tart: how sour the fruit is, 0 to 10.

    Returns:
        `units`: `{before, after, adds, rejected}`; `silent`: how many of them are below zero for every recipe that was
        learned from; `base`: what the rating begins with; `said`; `rated`: by the taster's rule.
    """
    net, cup = _trained(activation), torch.tensor([[lemon, water, sugar, tart]])
    with torch.no_grad():
        silent = (net.first(_inputs(_recipes(0)[0])) <= 0).all(0).sum()
        before = net.first(_inputs(cup))[0]
        after = net.bend(before)
        adds = net.last.weight[0] * after
    base = net.last.bias.item()
    units = [
        {"before": b, "after": a, "adds": c, "rejected": abs(a) <= NEGLIGIBLE * abs(b)}
        for b, a, c in zip(before.tolist(), after.tolist(), adds.tolist(), strict=True)
    ]
    return {
        "units": units,
        "silent": int(silent),
        "negative": int((before < 0).sum()),
        "rejected": sum(unit["rejected"] for unit in units),
        "base": base,
        "said": base + adds.sum().item(),
        "rated": _rule(cup).item(),
        "source": _source(),
    }


def strongest(call: Call, lemon: float, water: float, sugar: float, tart: float) -> dict[str, Any]:
    """What each unit of the kitchen with GELU `adds` to the rating of one cup, and the `most` of it."""
    adds = [unit["adds"] for unit in taste(call, lemon, water, sugar, tart)["units"]]
    return {"adds": adds, "most": max(adds), "said": {"lemon": lemon, "sugar": sugar}, "source": _source()}


def _source() -> str:
    return f"PyTorch {torch.__version__}, {STEPS} steps of Adam on {RECIPES} recipes"


@functools.cache
def _trained(activation: str) -> Kitchen:
    """The kitchen as `train` leaves it, with its own rate and seed."""
    with pinned(1):
        *_, (_, net) = _steps(activation, 0.03, 0)
    return net


def _steps(activation: str, rate: float, seed: int) -> Iterator[tuple[int, Kitchen]]:
    """The net before the first step, and after each."""
    cups, ratings = _recipes(0)
    inputs = _inputs(cups)
    torch.manual_seed(seed)
    net = Kitchen(activation)
    yield 0, net
    # Making the first optimizer of a process takes seconds: there should be something to see by then.
    optimizer = torch.optim.Adam(net.parameters(), rate)
    for step in range(1, STEPS + 1):
        loss = (net(inputs) - ratings).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield step, net


def _recipes(batch: int) -> tuple[Tensor, Tensor]:
    """Cups `[RECIPES, 4]` of lemon, water, sugar and tartness from 0 to 10, and their ratings; the same every time."""
    chance = torch.Generator().manual_seed(batch)
    cups = torch.randint(0, 11, (RECIPES, 4), generator=chance).float()
    return cups, (_rule(cups) + NOISE * torch.randn(RECIPES, generator=chance)).clamp(0, 10)


def _rule(cups: Tensor) -> Tensor:
    """What the taster thinks: sugar must match sourness, of lemon and fruit, and some water is welcome."""
    lemon, water, sugar, tart = (cups / 10).unbind(1)
    mismatch = 0.7 * lemon + 0.3 * tart - sugar
    return 10 * torch.exp(-4 * mismatch**2) * (1 - 0.4 * (water - 0.4).abs())


def _inputs(cups: Tensor) -> Tensor:
    """From -1 to 1."""
    return cups / 5 - 1


@torch.no_grad()
def _error(net: Kitchen, batch: int) -> float:
    cups, ratings = _recipes(batch)
    return float((net(_inputs(cups)) - ratings).square().mean().sqrt())


@torch.no_grad()
def _table(net: Kitchen) -> list[dict[str, float]]:
    cups, ratings = _recipes(0)
    names = ("lemon", "water", "sugar", "tart")
    return [
        dict(zip(names, cup, strict=True)) | {"rating": round(rating, 1), "said": round(said, 1)}
        for cup, rating, said in zip(cups.tolist(), ratings.tolist(), net(_inputs(cups)).tolist(), strict=True)
    ]
