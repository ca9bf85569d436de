"""The faults that lab-sft-chat plants: mistakes that train without an error and show only in what comes out."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from tutor.engine.chatdata import IGNORED, Example

SMALLER = 1000
"""By what the fault `lr` divides the learning rate."""
FOREIGN_TEMPLATE = (
    "{% for message in messages %}### {{ message['role'] | capitalize }}:\n{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}\n\n{% endfor %}"
    "{% if add_generation_prompt %}### Assistant:\n{% endif %}"
)
"""In the manner of Alpaca: what a model gets that was trained by a script made for another one."""


def training_tokenizer(tokenizer: Any, fault: str) -> Any:
    """The tokenizer to write the training text with."""
    if fault != "template":
        return tokenizer
    foreign = copy.deepcopy(tokenizer)
    foreign.chat_template = FOREIGN_TEMPLATE
    return foreign


def spoil(example: Example, fault: str) -> Example:
    """A training example with a fault in its labels; other faults change nothing here."""
    if fault == "prompt":
        return replace(example, labels=example.ids)
    if fault == "eos":
        end = example.ids[-1]
        return replace(example, labels=tuple(IGNORED if label == end else label for label in example.labels))
    return example
