"""The shape of a model as its `config.json` gives it, and every parameter counted from that alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.errors import TutorError

ATTENTION_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP_TARGETS = ("gate_proj", "up_proj", "down_proj")
LINEAR_TARGETS = ATTENTION_TARGETS + MLP_TARGETS
"""The linear layers of a block, under the names that all supported architectures use."""
PRESETS = {"attention": ATTENTION_TARGETS, "mlp": MLP_TARGETS, "all-linear": LINEAR_TARGETS}
"""Names for several of them at once."""

SUPPORTED = ("llama", "mistral", "qwen2", "qwen3")
"""Values of `model_type`: decoders with RMSNorm, RoPE and SwiGLU, whose parts all bear the same names."""


def layers_named(targets: Iterable[str]) -> list[str]:
    """The layers that `targets` of an adapter mean, each once: their own names, or those of `PRESETS`."""
    return list(dict.fromkeys(layer for target in targets for layer in PRESETS.get(target, (target,))))


@dataclass(frozen=True)
class ParameterCount:
    """Parameters by part of the model. `total` is what a framework would count: a tied head adds nothing."""

    embedding: int
    head: int
    attention: int
    mlp: int
    norms: int

    @property
    def body(self) -> int:
        """Everything between embedding and head."""
        return self.attention + self.mlp + self.norms

    @property
    def total(self) -> int:
        """All parameters, each counted once."""
        return self.embedding + self.head + self.body


@dataclass(frozen=True)
class Architecture:
    """A decoder of the Llama and Qwen families."""

    model_type: str
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    """Rows of the embedding, which can be more than the tokenizer has tokens."""
    tied: bool
    """Whether the output matrix is the embedding."""
    qkv_bias: bool = False
    o_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    context: int = 0
    """The longest sequence the model was trained for, in tokens; 0 where the configuration does not say."""

    @classmethod
    def read(cls, directory: Path) -> Architecture:
        """The architecture in a model directory's `config.json`.

        Raises:
            TutorError: the file is missing, is not JSON, or describes an unsupported architecture.
        """
        path = directory / "config.json"
        try:
            config = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise TutorError(
                f"{directory} has no config.json.", "Choose a directory that holds a whole model."
            ) from None
        except (ValueError, RecursionError) as error:
            raise TutorError(f"{path} is not valid JSON: {error}.", "Get the model again.") from None
        return cls.from_config(config, str(path))

    @classmethod
    def from_config(cls, config: Mapping[str, Any], where: str = "the configuration") -> Architecture:
        """The architecture that `config` (the content of a `config.json`) describes; `where` names it in errors.

        Raises:
            TutorError: an unsupported `model_type`, weights stored quantized, or a missing or impossible number.
        """
        if not isinstance(config, Mapping):
            raise TutorError(f"{where} is not the configuration of a model.", "Get the model again.")
        kind = config.get("model_type")
        if kind not in SUPPORTED:
            raise TutorError(
                f"{where} describes a model of type {kind!r}, which tutor cannot train.",
                f"Choose one of type {', '.join(SUPPORTED)}.",
            )
        if config.get("quantization_config"):
            raise TutorError(
                f"{where} describes a model whose weights are stored quantized.",
                "Import the original 16-bit model, or a .gguf file.",
            )
        heads, hidden = _size(config, "num_attention_heads", where), _size(config, "hidden_size", where)
        return cls(
            model_type=str(kind),
            hidden=hidden,
            intermediate=_size(config, "intermediate_size", where),
            layers=_size(config, "num_hidden_layers", where),
            heads=heads,
            kv_heads=_size(config, "num_key_value_heads", where, default=heads),
            head_dim=_size(config, "head_dim", where, default=hidden // heads),
            vocab=_size(config, "vocab_size", where),
            # Untied is the default of all four families where the file does not say it.
            tied=bool(config.get("tie_word_embeddings", False)),
            qkv_bias=kind == "qwen2" or bool(config.get("attention_bias", False)),
            o_bias=kind != "qwen2" and bool(config.get("attention_bias", False)),
            mlp_bias=bool(config.get("mlp_bias", False)),
            qk_norm=kind == "qwen3",
            context=_size(config, "max_position_embeddings", where, default=0),
        )

    @property
    def q_width(self) -> int:
        """Outputs of the query projection."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Outputs of the key projection, and of the value projection."""
        return self.kv_heads * self.head_dim

    def linear_shapes(self) -> dict[str, tuple[int, int]]:
        """`(inputs, outputs)` of each linear layer of one block."""
        h, i = self.hidden, self.intermediate
        return {
            "q_proj": (h, self.q_width),
            "k_proj": (h, self.kv_width),
            "v_proj": (h, self.kv_width),
            "o_proj": (self.q_width, h),
            "gate_proj": (h, i),
            "up_proj": (h, i),
            "down_proj": (i, h),
        }

    def linear_weights(self) -> int:
        """Weights (without biases) of the linear layers of all blocks: what 4-bit quantization shrinks."""
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linear_shapes().values())

    def parameters(self) -> ParameterCount:
        """Every parameter, by part."""
        shapes = self.linear_shapes()
        attention = sum(inputs * outputs for name, (inputs, outputs) in shapes.items() if name in ATTENTION_TARGETS)
        attention += self.qkv_bias * (self.q_width + 2 * self.kv_width) + self.o_bias * self.hidden
        mlp = 3 * self.hidden * self.intermediate
        mlp += self.mlp_bias * (2 * self.intermediate + self.hidden)
        norms = 2 * self.hidden + self.qk_norm * 2 * self.head_dim
        embedding = self.vocab * self.hidden
        return ParameterCount(
            embedding=embedding,
            head=0 if self.tied else embedding,
            attention=self.layers * attention,
            mlp=self.layers * mlp,
            norms=self.layers * norms + self.hidden,
        )


def reductions_of(architecture: Architecture) -> dict[str, int]:
    """How often one token makes one number of a whole vector or row: `norms`, `softmaxes`, and their `total`.

    Two norms a layer (four with those on queries and keys) and one at the end; one softmax a layer, over all heads at
    once, and one over the vocabulary.
    """
    layers = architecture.layers
    norms, softmaxes = (4 if architecture.qk_norm else 2) * layers + 1, layers + 1
    return {"norms": norms, "softmaxes": softmaxes, "total": norms + softmaxes}


def _size(config: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
    value = config.get(key)
    if value is None and default is not None:
        return default
    if type(value) is not int or not 0 < value < 1 << 31:
        raise TutorError(
            f"{where} gives {key} as {value!r}.", "It must be a positive whole number; get the model again."
        )
    return value
