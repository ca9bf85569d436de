"""The five sizes of the course. Their numbers are known before anything is downloaded, so that plans are too."""

from __future__ import annotations

from dataclasses import dataclass

from tutor import paths
from tutor.engine.architecture import Architecture


@dataclass(frozen=True)
class Tier:
    """One size of the course."""

    name: str
    model: str
    """What it is called where it comes from."""
    hub_id: str | None
    """`ORG/NAME` on the Hugging Face Hub; None for the embedded model."""
    license: str
    architecture: Architecture

    @property
    def source(self) -> str:
        """What `tutor import` takes to get exactly this model."""
        return f"hf://{self.hub_id}" if self.hub_id else self.name


def _qwen(
    hidden: int, intermediate: int, layers: int, heads: int, kv_heads: int, head_dim: int, vocab: int, tied: bool
) -> Architecture:
    return Architecture(
        "qwen2", hidden, intermediate, layers, heads, kv_heads, head_dim, vocab, tied, qkv_bias=True, context=32768
    )


def _coder(name: str, size: str, architecture: Architecture) -> Tier:
    model = f"Qwen2.5-Coder-{size}-Instruct"
    return Tier(name, model, f"Qwen/{model}", "apache-2.0", architecture)


TIERS = {
    tier.name: tier
    for tier in (
        Tier(
            "nano",
            "SmolLM2-135M-Instruct",
            None,
            "apache-2.0",
            Architecture("llama", 576, 1536, 30, 9, 3, 64, 49152, tied=True, context=8192),
        ),
        # The published config.json files. Only the two small ones tie the output matrix to the embedding.
        _coder("tiny", "0.5B", _qwen(896, 4864, 24, 14, 2, 64, 151936, tied=True)),
        _coder("small", "1.5B", _qwen(1536, 8960, 28, 12, 2, 128, 151936, tied=True)),
        _coder("medium", "7B", _qwen(3584, 18944, 28, 28, 4, 128, 152064, tied=False)),
        _coder("large", "32B", _qwen(5120, 27648, 64, 40, 8, 128, 152064, tied=False)),
    )
}
"""From the smallest to the largest."""


def default_model() -> str:
    """The tier that is used where none is named: `small` once it has been imported, else `nano`."""
    return "small" if (paths.models_dir() / "small" / "manifest.json").is_file() else "nano"
