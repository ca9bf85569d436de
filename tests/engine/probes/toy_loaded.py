"""A random model of a few thousand parameters as the probes get it."""

from __future__ import annotations

from pathlib import Path

from tests.engine import tiny_llama
from tutor.engine.architecture import Architecture
from tutor.engine.loaded import Loaded


def toy_loaded() -> Loaded:
    """The model of `tiny_llama` with its tokenizer of words; every word that it does not know is one token."""
    model = tiny_llama.model().eval()
    about = {"name": "toy", "dtype": "float32"}
    return Loaded(Path("toy"), about, Architecture.from_config(model.config.to_dict()), model, tiny_llama.tokenizer())
