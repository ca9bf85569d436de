"""Questions about a run of lab-sft-chat, made of its own numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from tutor.codetasks.sft_found import BASE, TUNED, Found
from tutor.engine.mask_view import ASSISTANT
from tutor.questions import Question


def questions(found: Found, seed: str) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    asked = [_supervised(found, chance), _header(), _perplexity(found, chance), _end(found)]
    return [*asked, *(_of_tasks(found) if found.data.tasks else ())]


def _supervised(found: Found, chance: random.Random) -> Question:
    number = chance.randrange(len(found.shown))
    tokens = found.shown[number]["tokens"]
    count = sum(token["supervised"] for token in tokens)
    first = next(token["text"] for token in tokens if token["supervised"])
    return Question(
        "supervised",
        f"Conversation {number + 1} in mask.json has {len(tokens)} tokens. How many of them does the loss see?",
        answer=(str(count),),
        why=f"The assistant's tokens from {first!r} on, and the token that ends each of its answers.",
    )


def _header() -> Question:
    return Question(
        "header",
        "Before every answer the template names the speaker (in ChatML: <|im_start|>assistant). Does the loss see it?",
        {"yes": "Yes: the model has to learn to write it", "no": "No: whoever asks writes it"},
        ("no",),
        why="The prompt ends with it. The model's first own token is the first of the answer.",
    )


def _perplexity(found: Found, chance: random.Random) -> Question:
    split = chance.choice(found.data.held_out)
    loss = round(found.loss(TUNED, split).value, 3)
    return Question(
        "perplexity",
        f"The tuned model's loss on {split} is {loss:g} nats/token. Which perplexity is that?",
        answer=(f"{math.exp(loss):.3g}",),
        tolerance=0.02,
        why=f"e^{loss:g}: on average it hesitates between so many tokens as if they were equally likely.",
    )


def _end(found: Found) -> Question:
    losses = [t["loss"] for talk in found.shown for t in talk["tokens"] if t["ends_answer"] and t["loss"] is not None]
    said = [
        t["loss"] for talk in found.shown for t in talk["tokens"] if t["role"] == ASSISTANT and t["loss"] is not None
    ]
    ends, others = sum(losses) / len(losses), sum(said) / len(said)
    surprised = "ends" if ends > others else "others"
    return Question(
        "end",
        "In the conversations of mask.json: what surprised the base model more, on average?",
        {"ends": "That the answer ends here", "others": "A token of the answer"},
        (surprised,),
        why=f"{ends:.2f} nats at the ends, {others:.2f} on the answers' own tokens.",
    )


def _of_tasks(found: Found) -> Iterator[Question]:
    solved = sum(found.passed(TUNED))
    yield Question(
        "solved",
        f"How many of the {len(found.data.judged)} held-out tasks did the tuned model solve?",
        answer=(f"{solved:.0f}",),
        why=f"pass@1 = {found.pass_at_1(TUNED).value:.2f}; the base model has {found.pass_at_1(BASE).value:.2f}.",
    )
    gain = found.gain
    yield Question(
        "proved",
        f"The difference in pass@1 is {gain.value:+.2f}, its 95 % interval {gain.low:+.2f} to {gain.high:+.2f}. "
        "What does it show?",
        {
            "better": "The tuned model is better",
            "worse": "The tuned model is worse",
            "inconclusive": "Neither: the interval includes 0",
        },
        (gain.verdict,),
        why="Only an interval that leaves out 0 proves a difference on such tasks.",
    )
