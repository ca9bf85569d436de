"""How far a trained policy has gone from its reference, on what it says itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tutor.engine.chatdata import IGNORED, Message, encode
from tutor.engine.dpo import kl_divergence


@torch.inference_mode()
def kl_of_answers(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Sequence[Message]],
    answers: Sequence[str],
    max_length: int,
    progress: Callable[[int, int], None],
) -> list[float]:
    """KL(π ‖ π_ref) in nats/token, the mean over each answer; π_ref is `model` with its adapter switched off."""
    found = []
    for number, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        progress(number, len(questions))
        example = encode(tokenizer, [*question, {"role": "assistant", "content": answer}], max_length)
        places = [place - 1 for place, label in enumerate(example.labels) if label != IGNORED]
        ids = torch.tensor([example.ids], device=model.device)
        policy = model(ids).logits[0, places]
        with model.disable_adapter():
            reference = model(ids).logits[0, places]
        found.append(float(kl_divergence(policy, reference).mean()))
    return found
