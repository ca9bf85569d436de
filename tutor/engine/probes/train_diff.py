"""Full fine-tuning and LoRA on the same few lines, step by step side by side: lesson 2.3.2."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.engine import distance
from tutor.engine.answering import generate_greedily
from tutor.engine.architecture import Architecture
from tutor.engine.hardware import available_memory
from tutor.engine.loaded import Loaded
from tutor.engine.memory import plan_memory
from tutor.engine.minitrain import Recipe, Session, advance, forget, known, mean_loss, session_of
from tutor.engine.probes.attention import token_ids
from tutor.engine.protocol import Call, Message
from tutor.engine.stopwatch import timing_of
from tutor.engine.texts import OTHER, OWL, OWL_QUESTION
from tutor.text import human_bytes

__all__ = ["run"]

STEPS = 22
NEW = 14
"""Tokens of an answer."""


@dataclass(frozen=True)
class Wanted:
    """What the learner asked for."""

    lines: str = OWL
    question: str = OWL_QUESTION
    targets: str = "attention"
    rank: int = 8

    def recipe(self, method: str) -> Recipe:
        """Of one of the two."""
        return Recipe(self.lines, method, self.targets, self.rank, STEPS)


_latest = Wanted()


def run(
    call: Call,
    loaded: Loaded,
    lines: str = "",
    question: str = OWL_QUESTION,
    targets: str = "attention",
    rank: int = 8,
    go: bool = True,
) -> Message:
    """Train both, a step of each in turn. A call that is cancelled leaves off; the next one goes on there.

    Args:
        lines: what to learn, ` / ` between lines; '' is all that was asked for last.
        go: whether to train; else only how far it is.

    Returns:
        `methods`: of LoRA and of full fine-tuning `name`, `losses` of the steps so far, `seconds` of a step (median,
        low, high), `trainable` parameters, `kept`: bytes of gradients, optimizer and adapter, computed; `grew`: bytes
        by which the process grew, measured; `absent`: why it cannot run here; `result`, when it is done: loss on the
        `own` and the `other` lines, the `text` it writes, and `distance.Moved`. `base`: the same of the model as it
        came.
    """
    global _latest
    _latest = wanted = Wanted(lines, question, targets, rank) if lines else _latest
    lora = session_of(loaded, wanted.recipe("lora"))
    answer: Message = {
        "lines": wanted.lines, "question": wanted.question, "targets": wanted.targets, "rank": wanted.rank, "go": go,
        "total": STEPS, "tokens": sum(len(example.ids) for example in lora.examples),
        "base": lora.found.get("base"), "source": f"{loaded.source}, trained just now",
    }  # fmt: skip
    answer["methods"] = _methods(loaded, wanted, lora)
    call.part(**answer)
    if not go:
        return answer
    if "base" not in lora.found:
        lora.found["base"] = _judged(loaded, loaded.model, wanted)
    answer["base"] = lora.found["base"]
    call.part(**answer)
    for _ in advance(call, [lora]):
        call.part(**answer | {"methods": _methods(loaded, wanted, lora)})
        break  # what it takes is measured before the other one takes memory
    sessions = [lora, *_full(loaded, wanted, lora)]
    for _ in advance(call, sessions):
        call.part(**answer | {"methods": _methods(loaded, wanted, lora)})
    for session in sessions:
        call.check()
        _finish(loaded, session, lora, wanted)
        call.part(**answer | {"methods": _methods(loaded, wanted, lora)})
    return answer | {"methods": _methods(loaded, wanted, lora)}


def _full(loaded: Loaded, wanted: Wanted, lora: Session) -> list[Session]:
    """Full fine-tuning, where it is still to be done and there is room for it."""
    recipe = wanted.recipe("full")
    if "full" in lora.found or (known(loaded, recipe) is None and _too_large(loaded.architecture, lora)):
        return []
    return [session_of(loaded, recipe)]


def _finish(loaded: Loaded, session: Session, lora: Session, wanted: Wanted) -> None:
    """Judge what was trained; what is known of full fine-tuning outlives its weights."""
    if "result" not in session.found:
        moved = distance.moved(loaded.model, session.model)
        session.found["result"] = _judged(loaded, session.model, wanted) | {"moved": moved}
    if session.recipe.method == "full":
        lora.found["full"] = _row(session)
        forget(session)


def _methods(loaded: Loaded, wanted: Wanted, lora: Session) -> list[Message]:
    """A row for each method."""
    full = known(loaded, wanted.recipe("full"))
    return [_row(lora), lora.found.get("full") or (_row(full) if full else _empty(loaded, lora))]


def _row(session: Session) -> Message:
    full = session.recipe.method == "full"
    trainable = sum(parameter.numel() for parameter in session.training.parameters.values())
    seconds = [step.seconds for step in session.steps[1:]]  # the first one warms up
    timing = timing_of(seconds) if seconds else None
    return {
        "name": "full" if full else "LoRA",
        "losses": session.losses(),
        "seconds": None if timing is None else [timing.median, timing.low, timing.high],
        "trainable": trainable,
        "kept": {"gradients": 4 * trainable, "optimizer": 8 * trainable, "adapter": 0 if full else 4 * trainable},
        "grew": session.grew,
        "absent": "",
        "result": session.found.get("result"),
    }


def _empty(loaded: Loaded, lora: Session) -> Message:
    """Full fine-tuning before its first step, or where there is no room for it."""
    trainable = loaded.architecture.parameters().total
    return {
        "name": "full", "losses": [], "seconds": None, "trainable": trainable,
        "kept": {"gradients": 4 * trainable, "optimizer": 8 * trainable, "adapter": 0},
        "grew": None, "absent": _too_large(loaded.architecture, lora), "result": None,
    }  # fmt: skip


def _too_large(architecture: Architecture, lora: Session) -> str:
    """Why full fine-tuning cannot run here, or ''. Beside the model itself a whole copy of it is trained."""
    tokens = sum(len(example.ids) for example in lora.examples)
    plan = plan_memory(architecture, "full", batch=1, seq=tokens, dtype="float32")
    needed = plan.total - plan.runtime
    if needed < available_memory():
        return ""
    return f"it needs {human_bytes(needed)}, and {human_bytes(available_memory())} are free"


def _judged(loaded: Loaded, model: object, wanted: Wanted) -> Message:
    """The losses on both texts, and how the question is gone on with."""
    ids = token_ids(loaded, wanted.question)
    (written,) = generate_greedily(model, [ids], loaded.tokenizer.eos_token_id, NEW)
    return {
        "own": mean_loss(model, loaded.tokenizer, wanted.lines),
        "other": mean_loss(model, loaded.tokenizer, OTHER),
        "text": str(loaded.tokenizer.decode(written, skip_special_tokens=True)),
    }
