"""The pipeline with a fault planted in one of its stages, for lesson 1.3.2."""

from __future__ import annotations

from typing import Any

from tutor.engine.faults import planted
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.vitals import LEAK, ORDER, Signs, signs
from tutor.errors import UsageError

__all__ = ["compare", "evidence"]

SENTENCE = "The quick brown fox jumps over the lazy"
NO_TOKEN = 99_999
"""An id that the embedded model does not have."""
MOST = 64
"""Tokens: several texts of that length go through at once."""
NONE = "none"

Row = dict[str, Any]


def compare(call: Call, loaded: Loaded, prompt: str, fault: str = NONE) -> dict[str, Any]:
    """The signs of the sound pipeline beside those of the broken one.

    Args:
        fault: `none`; of the ids `tokenizer`, `shift` or `range`; of the model one of `tutor.engine.faults`.

    Returns:
        `rows` `{sign, sound, broken, differs}`, and of both the likeliest tokens `{id, piece, p}`.

    Raises:
        UsageError: the prompt has no tokens, or too many.
    """
    ids = [int(token) for token in loaded.tokenizer(prompt)["input_ids"]]
    if not 0 < len(ids) <= MOST:
        raise UsageError(f"The prompt has {len(ids)} tokens.", f"Take one with at least 1 and at most {MOST}.")
    sound = signs(loaded, ids)
    call.check()
    with planted(loaded.model, fault):
        broken = signs(loaded, _ids(loaded, prompt, ids, fault))
    return {
        "rows": _rows(sound, broken),
        "error": broken.error,
        "top": {"sound": _top(sound), "broken": _top(broken)},
        "source": f"passes of {loaded.source}",
    }


def evidence(call: Call, loaded: Loaded, fault: str) -> dict[str, Any]:
    """What a hunter of bugs gets to see: the signs of the broken pipeline, beside the sound ones where they differ."""
    rows = compare(call, loaded, SENTENCE, fault)["rows"]
    return {"evidence": [f"The text: {SENTENCE}", *map(_line, rows)], "source": f"passes of {loaded.source}"}


def _ids(loaded: Loaded, text: str, ids: list[int], fault: str) -> list[int]:
    vocab = loaded.architecture.vocab
    if fault == "tokenizer":  # that of ByT5 (arXiv:2105.13626): every byte is a token, after three special ones
        return [byte + 3 for byte in text.encode()]
    if fault == "shift":
        return [(token + 1) % vocab for token in ids]
    if fault == "range":
        return [*ids[:-1], NO_TOKEN if vocab <= NO_TOKEN else vocab]
    return ids


def _rows(sound: Signs, broken: Signs) -> list[Row]:
    """Sign by sign, from the first stage to the last."""
    rows = [
        _row("ids", f"{len(sound.ids)}, the last {sound.ids[-1]:,}", f"{len(broken.ids)}, the last {broken.ids[-1]:,}"),
        _row("read back", sound.read_back, broken.read_back),
    ]
    if broken.error:
        return [*rows, {"sign": "then", "sound": "a pass through the model", "broken": broken.error, "differs": True}]
    moved = (sound.size > 2 * broken.size) or (broken.size > 2 * sound.size)
    return [
        *rows,
        _row("order counts", _order(sound), _order(broken)),
        _row("sees ahead", _leak(sound), _leak(broken)),
        {"sign": "size at head", "sound": f"{sound.size:.2f}", "broken": f"{broken.size:.2f}", "differs": moved},
        _row("next piece", _next(sound), _next(broken)),
        _row("entropy", f"{sound.entropy:.2f} nats", f"{broken.entropy:.2f} nats"),
    ]


def _row(sign: str, sound: str, broken: str) -> Row:
    return {"sign": sign, "sound": sound, "broken": broken, "differs": sound != broken}


def _order(found: Signs) -> str:
    if found.order is None:
        return "too short to tell"
    return "yes" if found.order > ORDER else "no"


def _leak(found: Signs) -> str:
    return "yes" if found.leak > LEAK else "no"


def _next(found: Signs) -> str:
    _, piece, p = found.top[0]
    return f'"{piece}", {100 * p:.1f} %'


def _top(found: Signs) -> list[dict[str, Any]]:
    return [{"id": token, "piece": piece, "p": p} for token, piece, p in found.top]


def _line(row: Row) -> str:
    text = f"{row['sign']}: {row['broken']}"
    return text + (f"   (sound: {row['sound']})" if row["differs"] else "")
