"""A conversation token by token as a training would see it, for lesson 2.3.3."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from tutor.engine.chatdata import Message as Turn
from tutor.engine.loaded import Loaded
from tutor.engine.microscope import NO_END, PROMPT, RIGHT, SHIFTED, Seen, examine, example_of
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["broken", "look"]

TALK = (
    ("system", "Answer in one word."),
    ("user", "What is the capital of France?"),
    ("assistant", "Paris."),
    ("user", "And of Spain?"),
    ("assistant", "Madrid."),
)
FAULTS = {"right": RIGHT, "prompt_in_loss": PROMPT, "eos_missing": NO_END, "labels_shifted": SHIFTED}
MAX_TOKENS = 400


def look(
    call: Call, loaded: Loaded, system: str = TALK[0][1], user: str = TALK[1][1], assistant: str = TALK[2][1],
    user2: str = TALK[3][1], assistant2: str = TALK[4][1], mask: str = RIGHT,
) -> Message:  # fmt: skip
    """Every token with its role, its label and its loss.

    Returns:
        `turns` of `{role, tokens}`; a token has `id`, `piece`, `markup`, `label` (a piece, or None where the loss does
        not look), `loss` in nats (None for the first) and `p`. Sums: `tokens`, `supervised`, `percent`, `loss` (the
        mean over supervised tokens, which a training would report), `outside` (percent of that loss that comes from
        other roles than the assistant), `ends` of the assistant's turns and `ends_seen` by the loss, and `shifted`:
        labels that are not the token at their place.

    Raises:
        UsageError: nobody answers, or it is too long.
    """
    said = zip((role for role, _ in TALK), (system, user, assistant, user2, assistant2), strict=True)
    messages = [{"role": role, "content": text.strip()} for role, text in said if text.strip()]
    if not any(message["role"] == "assistant" for message in messages):
        raise UsageError("Nobody answers in this conversation, so there is nothing to learn.", "Fill in an answer.")
    example = example_of(loaded.tokenizer, messages, mask)
    if len(example.ids) > MAX_TOKENS:
        raise UsageError(f"The conversation has {len(example.ids)} tokens.", f"Stay below {MAX_TOKENS}.")
    call.check()
    seen = examine(loaded.model, loaded.tokenizer, messages, example)
    turns = [
        {"role": messages[turn]["role"], "tokens": [_token(loaded, token) for token in tokens]}
        for turn, tokens in groupby(seen, key=lambda token: token.turn)
    ]
    return {"turns": turns, "mask": mask, **_sums(seen, messages), "source": loaded.source}


def broken(call: Call, loaded: Loaded, fault: str) -> Message:
    """What a training with the mask `fault` would see of the lesson's conversation: lines of `evidence`."""
    answer = look(call, loaded, mask=FAULTS[fault])
    lines = [f"{'token':<14}{'role':<11}{'label':<14}{'loss':>6}"]
    for turn in answer["turns"]:
        for token in turn["tokens"]:
            loss = "" if token["loss"] is None else f"{token['loss']:.2f}"
            label = "-100" if token["label"] is None else token["label"]
            lines.append(f"{_shown(token['piece']):<14}{turn['role']:<11}{_shown(label):<14}{loss:>6}")
    kept = lines[:1] + lines[-22:]
    return {"evidence": [*kept, f"reported: {answer['loss']:.2f} nats/token"], "source": loaded.source}


def _shown(piece: str) -> str:
    return piece.replace("\n", "\\n")[:13]


def _token(loaded: Loaded, seen: Seen) -> dict[str, Any]:
    label = None if seen.label is None else loaded.pieces([seen.label])[0]
    return {
        "id": seen.id, "piece": loaded.pieces([seen.id])[0], "markup": seen.markup, "label": label, "loss": seen.loss,
        "p": None if seen.loss is None else math.exp(-seen.loss),
    }  # fmt: skip


def _sums(seen: Sequence[Seen], messages: Sequence[Turn]) -> dict[str, Any]:
    supervised = [token for token in seen if token.label is not None and token.loss is not None]
    losses = [token.loss or 0.0 for token in supervised]
    outside = [token.loss or 0.0 for token in supervised if messages[token.turn]["role"] != "assistant"]
    ends = [token for token in seen if token.end]
    return {
        "tokens": len(seen),
        "supervised": len(supervised),
        "percent": 100 * len(supervised) / len(seen),
        "loss": sum(losses) / len(losses) if losses else 0.0,
        "outside": 100 * sum(outside) / sum(losses) if sum(losses) else 0.0,
        "ends": len(ends),
        "ends_seen": sum(token.label == token.id for token in ends),
        "shifted": sum(token.label != token.id for token in supervised),
    }
