"""The loss of the loaded model on a text, with its weights in six formats, one after the other: lesson 3.1.1."""

from __future__ import annotations

import math
from pathlib import Path

from tutor import paths
from tutor.engine import bootstrap
from tutor.engine.loaded import Loaded
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message
from tutor.engine.rounding import relative_error
from tutor.engine.rounding_origin import origin
from tutor.engine.variants import GGUF_KINDS, GROUP, VARIANTS, token_nats, whole

__all__ = ["losses", "measure"]

MOST_TOKENS = 200
_kept: dict[tuple[Path, tuple[int, ...], str], Message] = {}
"""Rows that were measured, the latest ones."""
KEPT = 60


def measure(call: Call, loaded: Loaded, text: str = "") -> Message:
    """Measure every format of `VARIANTS`, and say each row as soon as it is there.

    Args:
        text: '' is the course's passage. Its first `MOST_TOKENS` tokens are read.

    Returns:
        `tokens`; `base` nats/token of the model as it is loaded; `rows`: of each format its `name`, `how`, the `bits` a
        rounded weight takes, `bytes` of all weights, the `loss`, how much `more` than `base` with its 95 % interval
        (`low`, `high`, over the tokens), `perplexity`, and the `percent` of error of the weights; `origin`.
    """
    ids = text_ids(loaded, text)
    base = token_nats(loaded, ids, {})
    mean = sum(base) / len(base)
    answer: Message = {
        "tokens": len(base), "base": mean, "perplexity": math.exp(mean), "rows": [], "all": len(VARIANTS),
        "doing": VARIANTS[0], "origin": origin(loaded.directory), "source": f"{loaded.source}, rounded just now",
    }  # fmt: skip
    call.part(**answer)
    for place, name in enumerate(VARIANTS, 1):
        key = (loaded.directory, tuple(ids), name)
        if key not in _kept:
            _kept[key] = _row(call, loaded, ids, name, base)
            while len(_kept) > KEPT:
                _kept.pop(next(iter(_kept)))
        answer["rows"].append(_kept[key])
        answer["doing"] = VARIANTS[place] if place < len(VARIANTS) else ""
        call.part(**answer)
    return answer


def losses(call: Call, loaded: Loaded) -> Message:
    """The same by name, for questions: `more` nats/token than the model as it is loaded, and `bits`."""
    found = measure(call, loaded)
    rows = {row["name"]: row for row in found["rows"]}
    return {
        "more": {name: row["more"] for name, row in rows.items()},
        "bits": {name: row["bits"] for name, row in rows.items()},
        "percent": {name: row["percent"] for name, row in rows.items()},
        "perplexity": {name: row["perplexity"] for name, row in rows.items()} | {"base": found["perplexity"]},
        "source": found["source"],
    }  # fmt: skip


def text_ids(loaded: Loaded, text: str) -> list[int]:
    """The tokens of the learner's text, or of the passage."""
    chosen = text.strip() or (paths.assets_dir() / "passage.txt").read_text()
    return token_ids(loaded, chosen)[:MOST_TOKENS]


def _row(call: Call, loaded: Loaded, ids: list[int], name: str, base: list[float]) -> Message:
    weights, held, bits, square, size = {}, 0, 0.0, 0.0, 0.0
    for matrix, found in whole(loaded, name, call.check):
        before = loaded.model.get_submodule(matrix).weight.detach()
        weights[matrix] = found.weight
        held += before.numel()
        bits += found.bits * before.numel()
        norm = float(before.float().norm())
        square += (relative_error(before, found.weight) * norm) ** 2
        size += norm**2
    nats = token_nats(loaded, ids, weights)
    more = bootstrap.difference(nats, base)
    loss = sum(nats) / len(nats)
    rest = loaded.architecture.parameters().total - held
    return {
        "name": name, "how": _how(name), "bits": bits / held, "bytes": round(bits / 8) + 2 * rest, "loss": loss,
        "perplexity": math.exp(loss), "more": more.value, "low": more.low, "high": more.high,
        "percent": 100 * (square / size) ** 0.5,
    }  # fmt: skip


def _how(name: str) -> str:
    if name in GGUF_KINDS:
        return "GGUF, by llama.cpp"
    return "no scale" if name == "bf16" else f"a scale per {GROUP[name]}"
