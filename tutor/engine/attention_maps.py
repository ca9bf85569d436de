"""Attention maps on disk: `attention.json`, read by the lab's grade, by the app, and by whoever likes.

Weights are `[layers][heads][query][key]`, with seven significant digits, so that a row still sums to 1 within 1e-6.
Imports no torch: the app reads these files itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor.files import damaged, read_json, write_whole

MAPS, ADAPTED, HEADS = "attention.json", "attention-adapted.json", "heads"
"""In a run's directory: the maps, those with an adapter, and the folder of the heads that were drawn."""
FORMAT = 1

Matrix = list[list[float]]


@dataclass(frozen=True)
class TextMap:
    """One text and what every head makes of it."""

    name: str
    text: str
    repeats: int
    """Length of the half that is there twice, in tokens; 0 for a text like any other."""
    ids: list[int]
    pieces: list[str]
    weights: list[list[Matrix]]
    """`[layers][heads][query][key]`."""


@dataclass(frozen=True)
class AttentionMaps:
    """Maps of several texts by one model."""

    model: str
    dtype: str
    """In which the weights were computed."""
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    texts: list[TextMap]

    def write(self, path: Path) -> None:
        """Write everything to `path`."""
        write_whole(path, json.dumps({"format": FORMAT} | asdict(self), ensure_ascii=False, separators=(",", ":")))

    @classmethod
    def read(cls, path: Path) -> AttentionMaps:
        """What `write` wrote.

        Raises:
            TutorError: the file is missing, or its parts do not fit each other.
        """
        data = read_json(path)
        try:
            if data.pop("format") != FORMAT:
                raise ValueError("another format")
            maps = cls(**data | {"texts": [TextMap(**text) for text in data["texts"]]})
            for text in maps.texts:
                _check_shape(text, maps.layers, maps.heads)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, error) from error
        return maps


def _check_shape(text: TextMap, layers: int, heads: int) -> None:
    n = len(text.ids)
    rows = [row for layer in text.weights for head in layer for row in head]
    whole = len(text.weights) == layers and all(len(layer) == heads for layer in text.weights)
    if not whole or len(rows) != layers * heads * n or any(len(row) != n for row in rows) or len(text.pieces) != n:
        raise ValueError(f"the weights of {text.name} are not [{layers}][{heads}][{n}][{n}]")


def seven_digits(numbers: Any) -> Any:
    """Nested lists of numbers, each with seven significant digits: all that float32 holds, in half the bytes."""
    return [seven_digits(each) for each in numbers] if isinstance(numbers, list) else float(f"{numbers:.7g}")
