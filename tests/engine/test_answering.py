"""Answers do not depend on who else is in the batch."""

from __future__ import annotations

import torch

from tests.engine import tiny_llama
from tutor.engine.answering import answer_all, generate_greedily

PROMPTS = [[5, 6, 7], [8, 9, 10, 11, 12, 13, 14], [15], [20, 21]]


def test_padding_on_the_left_changes_no_answer() -> None:
    model = tiny_llama.model().eval()
    together = generate_greedily(model, PROMPTS, end=1, max_new_tokens=8)
    alone = [generate_greedily(model, [prompt], end=1, max_new_tokens=8)[0] for prompt in PROMPTS]
    assert together == alone
    assert len({tuple(answer) for answer in together}) > 1


def test_greedy_means_the_most_likely_token() -> None:
    model = tiny_llama.model().eval()
    (answer,) = generate_greedily(model, [PROMPTS[1]], end=1, max_new_tokens=5)
    ids = PROMPTS[1] + answer
    predicted = model(torch.tensor([ids])).logits[0].argmax(-1).tolist()
    assert predicted[len(PROMPTS[1]) - 1 : -1] == answer


def test_an_answer_ends_with_its_end_of_turn() -> None:
    model = tiny_llama.model().eval()
    free = generate_greedily(model, [PROMPTS[0]], end=1, max_new_tokens=6)[0]
    ended = generate_greedily(model, [PROMPTS[0]], end=free[2], max_new_tokens=6)[0]
    assert ended == free[: free.index(free[2]) + 1]


def test_answers_come_in_the_order_of_the_questions() -> None:
    model, tokenizer = tiny_llama.model(), tiny_llama.tokenizer()
    questions = [[{"role": "user", "content": text}] for text in ("what is this", "a", "is a dog a cat a fox", "cat")]
    seen: list[tuple[int, int]] = []
    together = answer_all(model, tokenizer, questions, 6, batch_size=3, progress=lambda *at: seen.append(at))
    assert together == [answer_all(model, tokenizer, [question], 6)[0] for question in questions]
    assert seen == [(3, 4), (4, 4)]
    assert model.training  # as it was
