"""Adapters on attention, on MLPs and on both, at one budget of parameters: lesson 2.3.1."""

from __future__ import annotations

from tutor.engine.desk.lora_budget import TARGETS
from tutor.engine.loaded import Loaded
from tutor.engine.memory import lora_parameters
from tutor.engine.minitrain import Recipe, Session, advance, mean_loss, session_of
from tutor.engine.protocol import Call, Message
from tutor.engine.texts import OTHER

__all__ = ["run"]

PLACES = ("attention", "MLP", "all seven")


def run(call: Call, loaded: Loaded, lines: str, rank: int = 8) -> Message:
    """Train three adapters on the same lines, a step of each in turn.

    Args:
        lines: what to learn, ` / ` between lines.
        rank: of the one on attention; the others get what the same number of parameters buys.

    Returns:
        `rows`: of each place its `name`, `rank`, `trainable` parameters, `losses` of the steps so far (of `total`), and
        in the end the loss on `other` lines; `base`: that of the model as it came. Parts have fewer losses.
    """
    recipes = [Recipe(lines, targets=place, rank=_rank(loaded, place, rank)) for place in PLACES]
    sessions = [session_of(loaded, recipe) for recipe in recipes]
    answer: Message = {
        "lines": lines,
        "total": recipes[0].steps,
        "base": None,
        "source": f"{loaded.source}, trained just now",
    }
    call.part(**answer, rows=[_row(session) for session in sessions])
    for _ in advance(call, sessions):
        call.part(**answer, rows=[_row(session) for session in sessions])
    for session in sessions:
        call.check()
        if "other" not in session.found:
            session.found["other"] = mean_loss(session.model, loaded.tokenizer, OTHER)
    answer["base"] = mean_loss(loaded.model, loaded.tokenizer, OTHER)
    return answer | {"rows": [_row(session) for session in sessions]}


def _rank(loaded: Loaded, place: str, rank: int) -> int:
    """What the budget of `rank` on attention buys elsewhere."""
    budget = lora_parameters(loaded.architecture, rank, TARGETS["attention"])
    return max(1, round(budget / lora_parameters(loaded.architecture, 1, TARGETS[place])))


def _row(session: Session) -> Message:
    return {
        "name": session.recipe.targets,
        "rank": session.recipe.rank,
        "trainable": sum(parameter.numel() for parameter in session.training.parameters.values()),
        "losses": session.losses(),
        "other": session.found.get("other"),
    }
