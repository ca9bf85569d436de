"""The parts of a model as a tree; layers that are built alike are one branch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tutor.engine.contents.stored import StoredTensor


@dataclass
class Branch:
    """A part: with a tensor of its own, with parts, or both."""

    copies: int = 1
    """How many layers this stands for."""
    parameters: int = 0
    """Of all copies together."""
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    """Of the tensor here, each once: copies can differ."""
    dtypes: list[str] = field(default_factory=list)
    parts: dict[str, Branch] = field(default_factory=dict)


def tree_of(tensors: Iterable[StoredTensor]) -> Branch:
    """All tensors by the dots in their names. Numbers in names are layers; they become `*`."""
    root, layers = Branch(), dict[tuple[str, ...], set[str]]()
    for tensor in tensors:
        branch, way = root, tuple[str, ...]()
        branch.parameters += tensor.elements
        for part in tensor.name.split("."):
            name = "*" if part.isdigit() else part
            way = (*way, name)
            branch = branch.parts.setdefault(name, Branch())
            branch.parameters += tensor.elements
            if name == "*":
                layers.setdefault(way, set()).add(part)
                branch.copies = len(layers[way])
        branch.shapes += [tensor.shape] if tensor.shape not in branch.shapes else []
        branch.dtypes += [tensor.dtype] if tensor.dtype not in branch.dtypes else []
    return root
