"""A model of the store as lessons look into it: weights, tokenizer, and what to say about it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tutor.engine.architecture import SUPPORTED, Architecture
from tutor.engine.hardware import available_memory, physical_cores
from tutor.engine.loading import load_model, load_tokenizer
from tutor.engine.pieces import piece
from tutor.engine.protocol import Message
from tutor.errors import TutorError


@dataclass(frozen=True)
class Loaded:
    """A model in memory."""

    directory: Path
    about: Message
    """Name, dtype and shape, as the protocol carries them."""
    architecture: Architecture
    model: Any
    tokenizer: Any

    def pieces(self, tokens: list[int]) -> list[str]:
        """Each token as people read it."""
        return [piece(self.tokenizer, token) for token in tokens]

    @property
    def source(self) -> str:
        """Where numbers come from that were computed with it."""
        return f"{self.about['name']}, {self.about['dtype']}"


def read_model(directory: Path, label: str) -> Loaded:
    """Load the model in `directory`, in fp32 where the memory allows it.

    Raises:
        TutorError: a file is damaged, or the architecture is none whose parts are known.
    """
    architecture = Architecture.read(directory)
    if architecture.model_type not in SUPPORTED:
        raise TutorError(
            f"{label} is of the architecture {architecture.model_type}, whose parts a trace does not know.",
            f"Choose a model of {', '.join(SUPPORTED)}.",
        )
    began = time.perf_counter()
    torch.set_num_threads(physical_cores())
    parameters = architecture.parameters().total
    # In bf16 a logit of 30 is rounded to eighths, which moves probabilities by a tenth.
    affordable = 4 * parameters < available_memory() / 2
    model = load_model(directory, "float32" if affordable else None)
    tokenizer = load_tokenizer(directory)
    about = {
        "name": label,
        "layers": architecture.layers,
        "hidden": architecture.hidden,
        "heads": architecture.heads,
        "kv_heads": architecture.kv_heads,
        "vocab": architecture.vocab,
        "dtype": str(model.dtype).removeprefix("torch."),
        "parameters": parameters,
        "seconds": round(time.perf_counter() - began, 3),
    }
    return Loaded(directory, about, architecture, model.eval(), tokenizer)
