"""Lemonade by recipe: what a taster says of every cup, the best straight recipe, and a small net. For lesson 2.2.2."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned

__all__ = ["cups", "learn", "recipe", "surface"]

MOST = 10
"""Spoons of lemon, water and sugar go from 0 to this, and ratings too."""
STORY = (0.5, 0.3, 0.2)
"""Shares of lemon, water and sugar in the course's story."""
SHOWN_WATER = 2
"""Spoons of water in the cups that are drawn."""
STEPS, FRAMES, RATE = 600, 20, 0.03
REPORT = 0.25
"""Seconds between two parts of an answer."""


def _matches(lemon: Tensor, water: Tensor, sugar: Tensor) -> Tensor:
    """Opposite corners are alike, so that no plane comes near; water makes all of it milder."""
    return 5 + 5 * (2 * lemon - 1) * (2 * sugar - 1) * (1 - 0.5 * water)


def _a_little(lemon: Tensor, water: Tensor, sugar: Tensor) -> Tensor:
    """A hill around one cup."""
    return 10 * torch.exp(-((lemon - 0.4) ** 2 + (water - 0.3) ** 2 + (sugar - 0.5) ** 2) / 0.12)


def _straight(lemon: Tensor, water: Tensor, sugar: Tensor) -> Tensor:
    """A plane."""
    return 6 * lemon + 1.5 * (1 - water) + 2.5 * sugar


TASTES = {"sweet matches sour": _matches, "a little of each": _a_little, "the more lemon": _straight}
"""Ratings from 0 to 10 of a cup with parts from 0 to 1: rules that we made up, so that there is something to meet."""

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "none": nn.Identity, "ReLU": nn.ReLU, "GELU": nn.GELU, "SiLU": nn.SiLU
}  # fmt: skip


def surface(call: Call, taste: str) -> dict[str, Any]:
    """What the taster says of every cup: `ratings` by spoons of water, lemon and sugar."""
    return {"ratings": _rounded(_ratings(taste).permute(1, 0, 2)), "source": "the taster's rule, PyTorch"}


def cups(call: Call, taste: str, spoons: list[list[int]]) -> dict[str, Any]:
    """Some `cups` of lemon, water and sugar: what the recipe of the course's story says (`mixed`), and the taster."""
    ratings = _ratings(taste)
    shares = torch.tensor(STORY, dtype=torch.float64)
    return {
        "cups": [
            {
                "name": f"{lemon} lemon, {water} water, {sugar} sugar",
                "mixed": float(shares @ torch.tensor([lemon, water, sugar], dtype=torch.float64)),
                "rated": ratings[lemon, water, sugar].item(),
            }
            for lemon, water, sugar in spoons
        ],
        "taste": taste,
        "source": "the taster's rule, PyTorch",
    }


def recipe(call: Call, taste: str, lemon: float, water: float, sugar: float, base: float) -> dict[str, Any]:
    """A straight recipe, lemon·l + water·w + sugar·s + base, against the taster and the best recipe of its kind.

    Returns:
        `yours`, `best`: `weights` in the order above and the root mean square `error` over all cups; `surfaces`: of
        `taster`, `yours` and `best` by lemon and sugar.
    """
    ratings, every = _ratings(taste), _every_cup()
    yours = torch.tensor([lemon, water, sugar, base], dtype=torch.float64)
    best = _least_squares(every, ratings)
    return {
        "yours": _judged(every, ratings, yours),
        "best": _judged(every, ratings, best),
        "surfaces": {
            "taster": _shown(ratings),
            "yours": _shown((every @ yours).view_as(ratings)),
            "best": _shown((every @ best).view_as(ratings)),
        },
        "cups": len(every),
        "source": f"least squares over {len(every):,} cups, float64",
    }


def learn(call: Call, taste: str, units: int, activation: str = "GELU", seed: int = 0) -> dict[str, Any]:
    """A net with one hidden layer learns the ratings of every second cup; beside it the best straight recipe.

    Returns:
        `frames`: of each kept moment the `step`, the root mean square `error` over all cups and the `surface` by lemon
        and sugar; `straight`: error of the best straight recipe; `surfaces`: of `taster` and `best`. Parts have fewer
        frames.
    """
    ratings, every = _ratings(taste), _every_cup()
    best = _least_squares(every, ratings)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, units), ACTIVATIONS[activation](), nn.Linear(units, 1)).double()
    answer: dict[str, Any] = {
        "frames": [],
        "straight": _judged(every, ratings, best)["error"],
        "surfaces": {"taster": _shown(ratings), "best": _shown((every @ best).view_as(ratings))},
        "parameters": 5 * units + 1,
        "steps": STEPS,
        "source": f"PyTorch {torch.__version__}, {STEPS} steps of Adam, one thread",
    }
    reported = 0.0
    with pinned(1):
        for step in _steps(net, ratings):
            call.check()
            if step % (STEPS // FRAMES) == 0:
                answer["frames"].append(_frame(net, every, ratings, step))
                if time.monotonic() - reported > REPORT:
                    call.part(**answer)
                    reported = time.monotonic()
    return answer


def _steps(net: nn.Module, ratings: Tensor) -> Iterator[int]:
    """Change `net` step by step: says 0 before the first step, then the number of each."""
    inputs = _inputs(_every_cup().view(*ratings.shape, 4)[::2, ::2, ::2].reshape(-1, 4))
    wanted = ratings[::2, ::2, ::2].flatten()
    yield 0
    # Making the first optimizer of a process takes seconds: there should be something to see by then.
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    for step in range(1, STEPS + 1):
        loss = (net(inputs)[:, 0] - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield step


@torch.no_grad()
def _frame(net: nn.Module, cups: Tensor, ratings: Tensor, step: int) -> dict[str, Any]:
    said = net(_inputs(cups))[:, 0].view_as(ratings)
    return {"step": step, "error": (said - ratings).square().mean().item() ** 0.5, "surface": _shown(said)}


def _inputs(cups: Tensor) -> Tensor:
    """Lemon, water and sugar from -1 to 1: around zero is where a fresh net can tell things apart."""
    return 2 * cups[:, :3] / MOST - 1


def _ratings(taste: str) -> Tensor:
    """`[lemon, water, sugar]`, each from 0 to `MOST` spoons."""
    parts = torch.linspace(0, 1, MOST + 1, dtype=torch.float64)
    return TASTES[taste](*torch.meshgrid(parts, parts, parts, indexing="ij"))


def _every_cup() -> Tensor:
    """Spoons of lemon, water and sugar, and a 1 for the base: `[cups, 4]`, in the order of `_ratings`."""
    spoons = torch.arange(MOST + 1, dtype=torch.float64)
    cups = torch.cartesian_prod(spoons, spoons, spoons)
    return torch.cat([cups, torch.ones(len(cups), 1, dtype=torch.float64)], 1)


def _least_squares(cups: Tensor, ratings: Tensor) -> Tensor:
    return torch.linalg.lstsq(cups, ratings.reshape(-1, 1)).solution[:, 0]


def _judged(cups: Tensor, ratings: Tensor, weights: Tensor) -> dict[str, Any]:
    off = cups @ weights - ratings.flatten()
    return {"weights": weights.tolist(), "error": off.square().mean().item() ** 0.5}


def _shown(ratings: Tensor) -> list[list[float]]:
    """By lemon and sugar, at the water that is drawn."""
    found: list[list[float]] = _rounded(ratings[:, SHOWN_WATER])
    return found


def _rounded(ratings: Tensor) -> Any:
    """Nested lists with one digit behind the point: enough to draw."""
    if ratings.dim() > 1:
        return [_rounded(row) for row in ratings]
    return [round(value, 1) + 0.0 for value in ratings.tolist()]
