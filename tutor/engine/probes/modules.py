"""Where the parameters of a model are, for lesson 1.3.1."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tutor.engine.loaded import Loaded
from tutor.engine.modules import meta_model, module_tree, parts_of
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

__all__ = ["tree"]

LOADED = "loaded"
WORDS = {
    "embedding": "the embedding",
    "attention": "the attention matrices",
    "mlp": "the MLP matrices",
    "norms": "the norms",
    "head": "the LM head",
}


def tree(call: Call, loaded: Loaded, tier: str = LOADED) -> dict[str, Any]:
    """Every module with its parameters, counted in the loaded model, or in the shape of a tier without its weights.

    Returns:
        `tree`: nested `{name, shape, dtype, tied, parameters, bytes, times, children}`; `parts`: counts by part, and
        `formula`: the same from the configuration alone; `shares` in percent, `largest` in words, `matches`.
    """
    architecture = loaded.architecture if tier == LOADED else TIERS[tier].architecture
    model = loaded.model if tier == LOADED else meta_model(architecture)
    root = module_tree(model)
    parts = parts_of(root)
    formula = architecture.parameters()
    expected = {name: getattr(formula, name) for name in parts}
    if tier == LOADED:
        name, source = str(loaded.about["name"]), f"counted in the weights of {loaded.source}"
    else:
        name = TIERS[tier].model
        source = f"counted in {name} on torch's meta device, which has shapes and no weights"
    return {
        "name": name,
        "tree": root.plain(),
        "parts": parts,
        "formula": expected,
        "shares": {part: 100 * count / root.parameters for part, count in parts.items()},
        "largest": WORDS[max(parts, key=lambda part: parts[part])],
        "total": root.parameters,
        "matches": parts == expected,
        "tied": architecture.tied,
        "shape": asdict(architecture),
        "source": source,
    }
