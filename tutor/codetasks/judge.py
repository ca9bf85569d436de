"""Which of two answers is better, asked of a language model in both orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tutor.engine.chatdata import prompt_ids

ASKING = "A task:\n{task}\n\nAnswer A:\n{first}\n\nAnswer B:\n{second}\n\nWhich answer is right? Reply with A or B."


@dataclass(frozen=True)
class Judgement:
    """What the judge says of two answers."""

    first_shown_first: float
    """Its probability of A against B where the first answer is A."""
    first_shown_second: float
    """Its probability of B against A where the first answer is B."""

    @property
    def winner(self) -> int:
        """1 or -1 where both orders agree on the first or the second answer, else 0."""
        votes = (self.first_shown_first > 0.5, self.first_shown_second > 0.5)
        return {(True, True): 1, (False, False): -1}.get(votes, 0)


@torch.inference_mode()
def judge_all(
    model: Any,
    tokenizer: Any,
    tasks: Sequence[str],
    answers: Sequence[tuple[str, str]],
    progress: Callable[[int, int], None],
) -> list[Judgement]:
    """The judgements of `model` on pairs of answers; `progress` gets (done, total)."""
    found = []
    for number, (task, (first, second)) in enumerate(zip(tasks, answers, strict=True)):
        progress(number, len(tasks))
        forwards = _chance_of_a(model, tokenizer, task, first, second)
        backwards = _chance_of_a(model, tokenizer, task, second, first)
        found.append(Judgement(forwards, 1 - backwards))
    return found


def _chance_of_a(model: Any, tokenizer: Any, task: str, first: str, second: str) -> float:
    """P(A) / (P(A) + P(B)) for the first token of the judge's reply."""
    asked = {"role": "user", "content": ASKING.format(task=task, first=first, second=second)}
    ids = prompt_ids(tokenizer, [asked])
    letters = [int(tokenizer(letter, add_special_tokens=False)["input_ids"][0]) for letter in "AB"]
    logits = model(torch.tensor([ids], device=model.device), logits_to_keep=1).logits[0, -1]
    return float(logits[letters].float().softmax(-1)[0])
