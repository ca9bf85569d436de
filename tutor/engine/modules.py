"""The modules of a torch model as a tree, with every parameter counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from tutor.engine.architecture import Architecture


@dataclass
class Node:
    """A module, or one of its weights. Siblings that are built alike are one node that stands for `times` of them."""

    name: str
    shape: list[int] = field(default_factory=list)
    """Of a weight; empty for a module."""
    dtype: str = ""
    tied: str = ""
    """The weight that is used here again; what is shared is counted there."""
    parameters: int = 0
    """Of all `times` together."""
    bytes: int = 0
    times: int = 1
    children: list[Node] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As the protocol carries it."""
        return vars(self) | {"children": [child.plain() for child in self.children]}


def module_tree(model: Any) -> Node:
    """The tree of `model.named_parameters()`, without a copy of what is tied."""
    root = Node("model")
    owners: dict[int, str] = {}
    for path, parameter in model.named_parameters(remove_duplicate=False):
        owner = owners.setdefault(id(parameter), path)
        _add(root, path.split("."), _leaf(parameter, "" if owner == path else owner))
    return _folded(_summed(root))


def meta_model(architecture: Architecture) -> Any:
    """A model of this shape on torch's meta device: every module and every shape, and no memory for weights."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        architecture.model_type,
        hidden_size=architecture.hidden,
        intermediate_size=architecture.intermediate,
        num_hidden_layers=architecture.layers,
        num_attention_heads=architecture.heads,
        num_key_value_heads=architecture.kv_heads,
        head_dim=architecture.head_dim,
        vocab_size=architecture.vocab,
        tie_word_embeddings=architecture.tied,
    )
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)


def _leaf(parameter: torch.Tensor, tied: str) -> Node:
    dtype = str(parameter.dtype).removeprefix("torch.")
    count = 0 if tied else parameter.numel()
    return Node("", list(parameter.shape), dtype, tied, count, count * parameter.element_size())


def _add(root: Node, path: Sequence[str], leaf: Node) -> None:
    node = root
    for name in path[:-1]:
        found = next((child for child in node.children if child.name == name), None)
        if found is None:
            found = Node(name)
            node.children.append(found)
        node = found
    leaf.name = path[-1]
    node.children.append(leaf)


def _summed(node: Node) -> Node:
    for child in node.children:
        _summed(child)
    if node.children:
        node.parameters = sum(child.parameters for child in node.children)
        node.bytes = sum(child.bytes for child in node.children)
    return node


def _folded(node: Node) -> Node:
    """Neighbours with numbers for names and the same build become one node, as the layers of a transformer are."""
    folded: list[Node] = []
    for child in map(_folded, node.children):
        last = folded[-1] if folded else None
        if last is not None and child.name.isdigit() and _build(last) == _build(child):
            last.name = f"{last.name.split('-')[0]}-{child.name}"
            last.times += 1
            for one, other in zip(_walk(last), _walk(child), strict=True):
                one.parameters += other.parameters
                one.bytes += other.bytes
        else:
            folded.append(child)
    node.children = folded
    return node


def _build(node: Node) -> object:
    """What two modules that are built alike have in common."""
    return node.shape, node.dtype, node.tied, [(child.name, _build(child)) for child in node.children]


def _walk(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in _walk(child))]


PARTS = ("embedding", "attention", "mlp", "norms", "head")


def parts_of(tree: Node) -> dict[str, int]:
    """Parameters by part of the model, as `Architecture.parameters` counts them from the configuration."""
    counted = dict.fromkeys(PARTS, 0)

    def count(node: Node, path: tuple[str, ...]) -> None:
        if not node.children:
            counted[_part(path)] += node.parameters
        for child in node.children:
            count(child, (*path, child.name))

    count(tree, ())
    return counted


def _part(path: tuple[str, ...]) -> str:
    """The part that a weight belongs to, by the names that all supported architectures use."""
    module = path[-2]
    if module.endswith("norm"):
        return "norms"
    known = {"embed_tokens": "embedding", "lm_head": "head", "self_attn": "attention", "mlp": "mlp"}
    return next(known[name] for name in path if name in known)
