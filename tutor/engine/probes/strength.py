"""An adapter trained on a few lines, added in any strength: lesson 2.3.1."""

from __future__ import annotations

from typing import Any

from tutor.engine.answering import generate_greedily
from tutor.engine.loaded import Loaded
from tutor.engine.lora import ADAPTER, lora_layers
from tutor.engine.minitrain import Recipe, Session, advance, mean_loss, session_of
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message
from tutor.engine.texts import OTHER

__all__ = ["generate"]

SWEEP = (0.0, 0.5, 1.0, 1.5, 2.0)
NEW = 14
"""Tokens that are written."""


def generate(
    call: Call,
    loaded: Loaded,
    lines: str,
    question: str,
    strength: float = 1.0,
    rank: int = 8,
) -> Message:
    """Train an adapter on `lines` where there is none yet, and go on writing with it.

    Args:
        lines: what to learn, ` / ` between lines.
        strength: what (α/r)·B·A is multiplied by.

    Returns:
        `losses`: of each training step so far, of `total`; then `base` and `text`: how the model goes on without and
        with the adapter; `curve` of `{strength, own, other}`: the loss in nats/token on the lines and on unrelated
        ones. Streams the answer as it grows.
    """
    recipe = Recipe(lines, rank=rank)
    session = session_of(loaded, recipe)
    answer: Message = {
        "lines": recipe.lines, "question": question, "strength": strength, "total": recipe.steps, "rank": rank,
        "losses": session.losses(), "base": None, "text": None, "curve": [],
        "source": f"{loaded.source}, an adapter trained just now",
    }  # fmt: skip
    call.part(**answer)
    for _ in advance(call, [session]):
        call.part(**answer | {"losses": session.losses()})
    ids = token_ids(loaded, question)
    answer |= {"losses": session.losses(), "text": _written(loaded, session, ids, strength)}
    call.part(**answer)
    call.check()
    answer["base"] = _written(loaded, session, ids, 0.0)
    answer["curve"] = curve = session.found.setdefault("curve", [])
    for point in SWEEP[len(curve) :]:
        call.part(**answer)
        call.check()
        set_strength(session.model, point)
        own, other = (mean_loss(session.model, loaded.tokenizer, text) for text in (recipe.lines, OTHER))
        curve.append({"strength": point, "own": own, "other": other})
    set_strength(session.model, 1.0)
    return answer


def set_strength(model: Any, strength: float) -> None:
    """Multiply what the adapter adds."""
    for layer in lora_layers(model).values():
        layer.set_scale(ADAPTER, strength)


def _written(loaded: Loaded, session: Session, ids: list[int], strength: float) -> str:
    """How the model goes on, greedily; at strength 1 afterwards."""
    set_strength(session.model, strength)
    (written,) = generate_greedily(session.model, [ids], loaded.tokenizer.eos_token_id, NEW)
    set_strength(session.model, 1.0)
    return str(loaded.tokenizer.decode(written, skip_special_tokens=True))
