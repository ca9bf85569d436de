"""Live values of the loaded model for questions that look back over lessons 1.1 to 2.2. For topic 2.2.4."""

from __future__ import annotations

from typing import Any

from tutor.engine.attention import attention_weights
from tutor.engine.forward import lens, short, watch
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call

__all__ = ["grows", "looks", "pieces", "shapes"]

Answer = dict[str, Any]


def shapes(call: Call, loaded: Loaded, prompt: str) -> Answer:
    """Shapes of the tensors on the way, as text, from a pass and its attention weights."""
    ids = _ids(loaded, prompt)
    seen = watch(loaded.model, ids, call.check)
    weights = attention_weights(loaded.model, ids)
    return {
        "prompt": prompt,
        "tokens": len(ids),
        "ids": f"[{len(ids)}]",
        "stream": f"[{len(ids)}, {seen.residual[0].numel()}]",
        "attention": str(list(weights.shape[1:])),
        "hidden": f"[{len(ids)}, {loaded.model.model.layers[0].mlp.down_proj.in_features}]",
        "logits": f"[{seen.logits.numel()}]",
        "source": loaded.source,
    }


def looks(call: Call, loaded: Loaded, prompt: str, place: int, layer: int) -> Answer:
    """Which pieces the piece at `place` gives any attention to, in the mean over the heads of a layer.

    Returns:
        `piece`; `pieces`, and for each of them in `sees` whether its weight is above zero.
    """
    ids = _ids(loaded, prompt)
    row = attention_weights(loaded.model, ids)[layer].mean(0)[place]
    names = loaded.pieces(ids)
    return {
        "prompt": prompt,
        "layer": layer,
        "piece": names[place].strip(),
        "pieces": [name.strip() for name in names],
        "sees": [int(weight > 0) for weight in row.tolist()],
        "source": loaded.source,
    }


def pieces(call: Call, loaded: Loaded, texts: list[str]) -> Answer:
    """How many tokens each of some texts has."""
    counts = [len(_ids(loaded, text)) for text in texts]
    return {"texts": texts, "counts": counts, "shown": ", ".join(map(str, counts)), "source": loaded.source}


def grows(call: Call, loaded: Loaded, prompt: str) -> Answer:
    """The probability of the final choice, read by the logit lens, at some depths; and how long the stream is there.

    Returns:
        `at`: the layers, and for each the probability `p` in percent and the `length`; the final choice as `piece`.
    """
    seen = watch(loaded.model, _ids(loaded, prompt), call.check)
    rows = lens(loaded.model, seen.residual)
    last = loaded.architecture.layers
    at = [0, last // 3, 2 * last // 3, last]
    choice = int(rows[-1].argmax())
    return {
        "prompt": prompt,
        "piece": loaded.pieces([choice])[0].strip(),
        "at": at,
        "p": [short(100 * rows[layer, choice].item()) for layer in at],
        "length": [seen.norms[layer][-1] for layer in at],
        "source": loaded.source,
    }


def _ids(loaded: Loaded, prompt: str) -> list[int]:
    return [int(token) for token in loaded.tokenizer(prompt)["input_ids"]]
