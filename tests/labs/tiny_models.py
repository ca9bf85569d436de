"""A whole model directory of a few kilobytes, so that a lab's machinery runs in a second."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tests.engine.tiny_llama import VOCAB, tokenizer
from tutor.runs import store
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.runs.events import EventWriter
from tutor.runs.recipe import load_recipe
from tutor.runs.store import RunDir

STRENGTH = 6.0
"""Of the hand-made head: enough to look one back, not enough when scores are divided by too much."""


def write_model(directory: Path) -> Path:
    """A random Llama of three layers whose head 0.0 looks at the previous token, whatever the text says."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        rope_theta=10.0,
        attention_bias=True,
        initializer_range=0.3,
    )
    model = LlamaForCausalLM(config)
    _look_one_back(model)
    torch.nn.init.uniform_(model.model.norm.weight, 0.2, 2.0)  # or the final norm would change no choice
    model.save_pretrained(directory)
    tokenizer().save_pretrained(directory)
    return directory


def _look_one_back(model: Any) -> None:
    """Constant query and key, turned against each other so that RoPE aligns them at a distance of one."""
    attention, width = model.model.layers[0].self_attn, 8
    turns = [10.0 ** (-2 * pair / width) for pair in range(width // 2)]
    with torch.no_grad():
        attention.q_proj.weight[:width] = attention.k_proj.weight[:width] = 0
        attention.k_proj.bias[:width] = torch.tensor([1.0] * 4 + [0.0] * 4)
        query = [STRENGTH * math.cos(turn) for turn in turns] + [-STRENGTH * math.sin(turn) for turn in turns]
        attention.q_proj.bias[:width] = torch.tensor(query)


def write_random(directory: Path, tokenizer_of: Path, spread: float = 0.5) -> Path:
    """A random Llama of two small layers that reads and writes with the tokenizer of another model.

    Args:
        spread: standard deviation of its weights.
    """
    torch.manual_seed(0)
    shape = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=49152,
        initializer_range=spread,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    LlamaForCausalLM(shape).bfloat16().save_pretrained(directory)
    AutoTokenizer.from_pretrained(tokenizer_of).save_pretrained(directory)
    return directory


def without_gguf(patch: pytest.MonkeyPatch) -> None:
    """The LoRA lab's test converts."""
    patch.setattr("tutor.stages.copies.convert", lambda run: None)
    patch.setattr("tutor.stages.copies.compare_gguf", lambda run, asked: None)
    patch.setattr("tutor.stages.copies.gguf_criteria", lambda run: iter(()))


def run_lab(lab_name: str, options: dict[str, Any], predictions: dict[str, str] | None = None) -> RunDir:
    """A run of a lab in this process, to its end; only the checks say how it went."""
    lab = load_lab(lab_name)
    directory = store.create(lab, resolve(lab, options), predictions=predictions)
    events = EventWriter(directory.events)
    load_recipe(lab.recipe).run(Run(directory, events))
    events.close()
    return directory
