"""Where the last token of a text looks most, as a question, for lesson 2.1.3."""

from __future__ import annotations

from tutor.engine.loaded import Loaded
from tutor.engine.probes.attention import head as weights_of_head
from tutor.engine.protocol import Call, Message

__all__ = ["most"]


def most(call: Call, loaded: Loaded, text: str, layer: int, head: int) -> Message:
    """The weights of the last token of `text`: `options` `{name, weight}`, a name with its place, and the `best`."""
    answer = weights_of_head(call, loaded, text, layer, head)
    row = answer["weights"][-1]
    options = [
        {"name": f"{place}: {piece.strip()}", "weight": weight}
        for place, (piece, weight) in enumerate(zip(answer["pieces"], row, strict=True), 1)
    ]
    return {
        "text": text,
        "layer": answer["layer"],
        "head": answer["head"],
        "options": options,
        "best": max(options, key=lambda option: option["weight"]),
        "source": loaded.source,
    }
