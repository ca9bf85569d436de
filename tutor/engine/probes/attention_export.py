"""A map of attention as files, for lesson 2.1.3."""

from __future__ import annotations

import math
import re

import torch

from tutor import paths
from tutor.engine.loaded import Loaded
from tutor.engine.plots import heat_map
from tutor.engine.probes.attention import MEAN, maps_of, shown_map
from tutor.engine.protocol import Call, Message
from tutor.files import write_json

__all__ = ["write"]

WORDS = 5
"""Of the prompt, in the names of its files."""


def write(call: Call, loaded: Loaded, prompt: str, layer: int, head: int, log: bool = False) -> Message:
    """Write the map of `head` as SVG, PNG and JSON into the user's directory of exports; says which `files`."""
    shown = shown_map(maps_of(loaded, prompt), loaded, layer, head)
    pieces = loaded.pieces(shown.ids)
    which = "mean" if shown.head == MEAN else f"head {shown.head}"
    words = "-".join(re.findall(r"[a-z0-9]+", prompt.casefold())[:WORDS])
    name = "-".join(filter(None, ["attention", words, f"layer-{shown.layer}", which.replace(" ", "-")]))
    path = paths.exports_dir() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = torch.ones_like(shown.weights, dtype=torch.bool).triu(1)
    heat_map(path, shown.weights.masked_fill(hidden, math.nan).tolist(), pieces, pieces,
             f"{loaded.about['name']}: layer {shown.layer}, {which}", log=log)  # fmt: skip
    facts = {"model": loaded.about["name"], "prompt": prompt, "layer": shown.layer, "head": shown.head}
    write_json(path.with_name(f"{name}.json"), {**facts, "pieces": pieces, "weights": shown.weights.tolist()})
    return {"files": [f"{path}.{kind}" for kind in ("svg", "png", "json")], "source": loaded.source}
