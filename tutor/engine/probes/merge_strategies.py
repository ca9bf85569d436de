"""Two adapters made one, in PEFT's ways, and what each forgets of either: lesson 2.3.2.

TIES: Yadav et al. 2023, arXiv:2306.01708. DARE: Yu et al. 2023, arXiv:2311.03099.
"""

from __future__ import annotations

from typing import Any

import torch

from tutor.engine.loaded import Loaded
from tutor.engine.lora import ADAPTER, lora_layers
from tutor.engine.minitrain import Recipe, Session, advance, mean_loss, session_of, twin
from tutor.engine.protocol import Call, Message

__all__ = ["compare"]

WAYS = ("linear", "cat", "svd", "ties", "dare_linear", "dare_ties", "magnitude_prune")
SECOND = "second"
SEED = 7


def compare(call: Call, loaded: Loaded, first: str, second: str, weight: float = 1.0, density: float = 0.5) -> Message:
    """Train an adapter on each of two texts, make one of both, and measure its loss on either text.

    Args:
        weight: what both adapters are multiplied by.
        density: the part of the numbers that ties, dare and magnitude_prune keep.

    Returns:
        `losses` of both trainings so far, of `total` steps each; then `rows`: of the base, of each adapter alone, and
        of each way its `name`, the losses `first` and `second` in nats/token, and the `rank`, None for the base;
        `against`: percent of all numbers of ΔW in which the two pull in opposite directions; `cosine` of the two. Parts
        have fewer rows.
    """
    recipes = [Recipe(text, targets="q and v") for text in (first, second)]
    sessions = [session_of(loaded, recipe) for recipe in recipes]
    answer: Message = {
        "total": recipes[0].steps, "density": density, "weight": weight, "rows": [], "against": None, "cosine": None,
        "losses": [session.losses() for session in sessions], "source": f"{loaded.source}, PEFT, trained just now",
    }  # fmt: skip
    call.part(**answer)
    for _ in advance(call, sessions):
        call.part(**answer | {"losses": [session.losses() for session in sessions]})
    answer["losses"] = [session.losses() for session in sessions]
    answer |= _conflict(*sessions)
    model = _with_both(*sessions)

    def row(name: str, measured: Any, rank: int | None) -> None:
        losses = {
            key: mean_loss(measured, loaded.tokenizer, text) for key, text in (("first", first), ("second", second))
        }
        answer["rows"].append({"name": name, "rank": rank, **losses})
        call.part(**answer)
        call.check()

    row("base", loaded.model, None)
    for name, adapter in (("first alone", ADAPTER), ("second alone", SECOND)):
        model.set_adapter(adapter)
        row(name, model, recipes[0].rank)
    for way in WAYS:
        _combine(model, way, weight, density)
        row(way, model, int(model.peft_config[way].r))
        model.delete_adapter(way)
    return answer


def _with_both(first: Session, second: Session) -> Any:
    """A twin with both adapters."""
    model = twin(first.model)
    model.add_adapter(SECOND, model.peft_config[ADAPTER])
    for layer, other in zip(lora_layers(model).values(), lora_layers(second.model).values(), strict=True):
        for mine, its in ((layer.lora_A, other.lora_A), (layer.lora_B, other.lora_B)):
            mine[SECOND].load_state_dict(its[ADAPTER].state_dict())
    return model.eval()


def _combine(model: Any, way: str, weight: float, density: float) -> None:
    torch.manual_seed(SEED)  # dare drops numbers by chance
    thinned = {} if way in ("linear", "cat", "svd") else {"density": density}
    model.add_weighted_adapter(
        [ADAPTER, SECOND], [weight, weight], way, combination_type=way, svd_full_matrices=False, **thinned
    )
    model.set_adapter(way)


@torch.no_grad()
def _conflict(first: Session, second: Session) -> Message:
    """How the two differences lie to each other, over all adapted matrices."""
    opposed, count, dot, sizes = 0, 0, 0.0, [0.0, 0.0]
    for one, other in zip(lora_layers(first.model).values(), lora_layers(second.model).values(), strict=True):
        a, b = one.get_delta_weight(ADAPTER), other.get_delta_weight(ADAPTER)
        opposed += int((a * b < 0).sum())
        count += a.numel()
        dot += float((a * b).sum())
        sizes = [sizes[0] + float(a.norm()) ** 2, sizes[1] + float(b.norm()) ** 2]
    return {"against": 100 * opposed / count, "cosine": dot / (sizes[0] * sizes[1]) ** 0.5}
