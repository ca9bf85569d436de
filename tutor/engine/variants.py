"""A loaded model with rounded weights, for as long as it is asked something: the model itself stays as it is.

For 16, 8 and 4 bits every matrix of the blocks is rounded, as bitsandbytes does; embedding and output matrix are not.
Those of GGUF come out of a file that llama.cpp quantized, which rounds them too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tutor.engine.gguf_weights import GgufWeights
from tutor.engine.loaded import Loaded
from tutor.engine.resolve import made_gguf
from tutor.engine.rounding import bits_per_weight, rounded

GROUP = {"bf16": "row", "int8": "row", "int4": "block", "NF4": "block", "FP4": "block"}
"""What shares a scale."""
GGUF_KINDS = {"Q8_0": "q8_0", "Q4_K_M": "q4_k_m"}
VARIANTS = ("bf16", "int8", "Q8_0", "NF4", "FP4", "Q4_K_M")


@dataclass(frozen=True)
class Matrix:
    """One matrix after rounding."""

    weight: Tensor
    """`[outputs, inputs]`, float32."""
    bits: float
    """What a weight takes, scales and all."""
    kind: str
    """How it is stored, such as `NF4` or `Q5_0`."""


Rounder = Callable[[str], Matrix]
"""Gives a matrix of the model by its name."""


def rounder(loaded: Loaded, name: str) -> Rounder:
    """What rounds single matrices of the model to one of `VARIANTS`. For GGUF a file is made, once for each model.

    Raises:
        TutorError: the model cannot be converted to GGUF.
    """
    if name in GGUF_KINDS:
        return _from_gguf(GgufWeights(made_gguf(loaded.directory, GGUF_KINDS[name])))

    def rounds(matrix: str) -> Matrix:
        weight = loaded.model.get_submodule(matrix).weight.detach()
        return Matrix(rounded(weight, name, GROUP[name]), bits_per_weight(name, weight.shape, GROUP[name]), name)

    return rounds


def _from_gguf(weights: GgufWeights) -> Rounder:
    def unpack(matrix: str) -> Matrix:
        weight = weights.matrix(matrix)
        return Matrix(weight, 8 * weights.bytes(matrix) / weight.numel(), weights.kind(matrix))

    return unpack


def block_matrices(loaded: Loaded, layer: int) -> list[str]:
    """The names of a layer's linear layers."""
    prefix = f"model.layers.{layer}."
    block = loaded.model.get_submodule(prefix.rstrip("."))
    return [prefix + name for name, part in block.named_modules() if isinstance(part, torch.nn.Linear)]


def rounded_matrices(loaded: Loaded, name: str) -> list[str]:
    """The names of all matrices that a variant rounds."""
    found = [matrix for layer in range(loaded.architecture.layers) for matrix in block_matrices(loaded, layer)]
    if name in GGUF_KINDS:
        found += ["model.embed_tokens", *([] if loaded.architecture.tied else ["lm_head"])]
    return found


def whole(loaded: Loaded, name: str, check: Callable[[], None]) -> Iterator[tuple[str, Matrix]]:
    """Every matrix of a variant by its name."""
    take = rounder(loaded, name)
    for matrix in rounded_matrices(loaded, name):
        check()
        yield matrix, take(matrix)


@torch.inference_mode()
def token_nats(loaded: Loaded, ids: Sequence[int], weights: Mapping[str, Tensor]) -> list[float]:
    """Minus the log-probability of every token of a text after the first, with other `weights` in some matrices."""
    model = loaded.model
    tokens = torch.tensor([list(ids)], device=model.device)
    swapped = {f"{name}.weight": weight.to(model.device, model.dtype) for name, weight in weights.items()}
    output: Any = torch.func.functional_call(model, swapped, (tokens,), {"use_cache": False})
    nats: list[float] = cross_entropy(output.logits[0, :-1].float(), tokens[0, 1:], reduction="none").tolist()
    return nats
