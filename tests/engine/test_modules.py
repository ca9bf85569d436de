"""The tree of modules against torch's own count, and against the formula."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from tutor.engine.architecture import Architecture
from tutor.engine.modules import Node, meta_model, module_tree, parts_of
from tutor.engine.tiers import TIERS

SHAPE = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def _leaves(node: Node) -> list[Node]:
    return [leaf for child in node.children for leaf in _leaves(child)] if node.children else [node]


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_is_counted_without_its_weights(tier: str) -> None:
    architecture = TIERS[tier].architecture
    model = meta_model(architecture)
    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}
    tree = module_tree(model)
    assert tree.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert tree.bytes == 2 * tree.parameters
    formula = architecture.parameters()
    assert parts_of(tree) == {part: getattr(formula, part) for part in parts_of(tree)}


@pytest.mark.parametrize(
    "model",
    [
        LlamaForCausalLM(LlamaConfig(**SHAPE, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
        Qwen3ForCausalLM(Qwen3Config(**SHAPE, head_dim=8, tie_word_embeddings=False)),
    ],
    ids=["llama-biased-tied", "qwen3"],
)
def test_real_weights_are_counted_as_torch_counts_them(model: Any) -> None:
    tree = module_tree(model)
    assert tree.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert sum(leaf.parameters for leaf in _leaves(tree)) == tree.parameters
    formula = Architecture.from_config(model.config.to_dict()).parameters()
    assert parts_of(tree) == {part: getattr(formula, part) for part in parts_of(tree)}


def test_layers_that_are_alike_are_one_node_and_others_are_not() -> None:
    model = LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True))
    layers = module_tree(model).children[0].children[1]
    assert [(node.name, node.times) for node in layers.children] == [("0-2", 3)]
    model.model.layers[1].mlp.up_proj = nn.Linear(32, 8)
    layers = module_tree(model).children[0].children[1]
    assert [(node.name, node.times) for node in layers.children] == [("0", 1), ("1", 1), ("2", 1)]


def test_what_is_tied_is_counted_once_and_named() -> None:
    tied = module_tree(LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True)).to(torch.float16))
    head = tied.children[-1].children[0]
    assert (head.tied, head.parameters, head.shape) == ("model.embed_tokens.weight", 0, [97, 32])
    assert tied.bytes == 2 * tied.parameters
    untied = module_tree(LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=False)))
    assert untied.parameters == tied.parameters + 97 * 32
