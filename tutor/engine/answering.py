"""Answers of a torch model to many questions at once: greedy, in batches padded on the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tutor.engine.chatdata import Message, prompt_ids


@torch.inference_mode()
def answer_all(
    model: Any,
    tokenizer: Any,
    conversations: Sequence[Sequence[Message]],
    max_new_tokens: int,
    batch_size: int = 24,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[str]:
    """What `model` answers to each conversation, in their order; greedy, at most `max_new_tokens` tokens.

    An answer that is not finished by then is returned as far as it came. `progress` gets (done, total) conversations.
    """
    was_training = model.training
    model.eval()
    prompts = [prompt_ids(tokenizer, messages) for messages in conversations]
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    answers = [""] * len(prompts)
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        written = generate_greedily(model, [prompts[index] for index in batch], tokenizer.eos_token_id, max_new_tokens)
        for index, ids in zip(batch, written, strict=True):
            answers[index] = tokenizer.decode(ids, skip_special_tokens=True).strip()
        progress(start + len(batch), len(order))
    model.train(was_training)
    return answers


@torch.inference_mode()
def generate_greedily(model: Any, prompts: Sequence[list[int]], end: int, max_new_tokens: int) -> list[list[int]]:
    """The ids of each prompt's answer, with the end-of-turn token `end` where the answer came to its end."""
    longest = max(len(prompt) for prompt in prompts)
    # Generation begins behind the last column, so padding stands in front, and is masked.
    ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    written = model.generate(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        max_new_tokens=max_new_tokens,
        do_sample=False,
        # A model's own generation_config can hold these, and they are refused when nothing is sampled.
        temperature=None,
        top_p=None,
        top_k=None,
        pad_token_id=end,
        eos_token_id=end,
    )
    return [_until(row, end) for row in written[:, longest:].tolist()]


def _until(ids: list[int], end: int) -> list[int]:
    return ids[: ids.index(end) + 1] if end in ids else ids
