"""The loaded model and its latest adapter on one text, side by side: lesson 2.3.2."""

from __future__ import annotations

from tutor.engine import side_by_side
from tutor.engine.forward import short
from tutor.engine.loaded import Loaded
from tutor.engine.minitrain import advance, latest, session_of
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message
from tutor.engine.side_by_side import Candidate

__all__ = ["compare"]


def compare(call: Call, loaded: Loaded, text: str) -> Message:
    """What both expect after each token of a text.

    Returns:
        `losses` of the training so far, of `total` steps; then `pieces`, and `places` (one a piece): `follows` and
        `candidates` as `{piece, base, tuned}`, and `kl` in nats.
    """
    recipe = latest()
    session = session_of(loaded, recipe)
    answer: Message = {
        "lines": recipe.lines, "losses": session.losses(), "total": recipe.steps, "pieces": [], "places": [],
        "source": f"{loaded.source}, an adapter trained just now",
    }  # fmt: skip
    call.part(**answer)
    for _ in advance(call, [session]):
        call.part(**answer | {"losses": session.losses()})
    ids = token_ids(loaded, text)

    def shown(one: Candidate) -> Message:
        return {"piece": loaded.pieces([one.token])[0], "base": short(one.base), "tuned": short(one.tuned)}

    return answer | {
        "losses": session.losses(),
        "pieces": loaded.pieces(ids),
        "places": [
            {
                "follows": None if place.follows is None else shown(place.follows),
                "candidates": [shown(one) for one in place.candidates],
                "kl": short(place.kl),
            }
            for place in side_by_side.compare(loaded.model, session.model, ids)
        ],
    }
