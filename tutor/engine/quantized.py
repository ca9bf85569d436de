"""Models whose blocks are held in 4 bits, through bitsandbytes: the base of QLoRA (Dettmers et al., arXiv:2305.14314).

Every 64 weights share one scale and are rounded to the nearest of 16 values: 4 + 32/64 = 4.5 bits a weight. Double
quantization keeps the scales in 8 bits, with an fp32 scale for every 256 of them: 4 + 8/64 + 32/(64 · 256) = 4.127.
Embedding, output matrix and norms stay as they are.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from torch import nn
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from tutor.engine.device import pick_device
from tutor.engine.loading import load_model
from tutor.errors import TutorError, UsageError, nearest

QUANTS = {"nf4": "4-bit NormalFloat", "fp4": "4-bit floating point"}
BLOCK = 64
"""Weights that share one scale."""
DTYPES = ("bfloat16", "float16", "float32")


def bits_per_weight(double_quant: bool) -> float:
    """What one weight takes, its share of the scales included."""
    return 4 + (8 / 64 + 32 / (64 * 256) if double_quant else 32 / 64)


def load_quantized(directory: Path, quant: str, double_quant: bool, dtype: str, attention: str = "sdpa") -> Any:
    """The model in `directory` with the linear layers of its blocks in 4 bits, everything else in `dtype`.

    Args:
        quant: one of `QUANTS`.
        dtype: one of `DTYPES`; also what every matrix is dequantized to before it is multiplied.

    Raises:
        UsageError: there is no such quantization or type.
        TutorError: bitsandbytes cannot compute on this machine, or a file is missing or damaged.
    """
    for name, value, known in (("quant", quant, QUANTS), ("compute dtype", dtype, DTYPES)):
        if value not in known:
            raise UsageError(f"{name} cannot be {value!r}.", nearest(value, known))
    how = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quant,
        bnb_4bit_use_double_quant=double_quant,
        bnb_4bit_compute_dtype=getattr(torch, dtype),
    )
    try:
        model = AutoModelForCausalLM.from_pretrained(
            directory,
            quantization_config=how,
            dtype=getattr(torch, dtype),
            device_map={"": pick_device().device},
            attn_implementation=attention,
            use_safetensors=True,
            local_files_only=True,
        )
    except (OSError, ValueError, KeyError, SafetensorError, ImportError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise TutorError(
            f"The model in {directory} cannot be loaded in 4 bits: {reason}", "Train it in 16 bits: lab-lora-cli-help."
        ) from error
    never_repack(model)
    return model


def never_repack(model: Any) -> None:
    """Keep bitsandbytes (0.50.2) from changing the layout of the weights at the first forward pass in eval mode.

    On processors with AVX512-BF16 it does, and never changes it back. Training then goes on with wrong gradients, and
    merging reads garbage, both without an error.
    """
    for _, layer in four_bit_layers(model):
        layer.support_avx512bf16_for_cpu = False


def four_bit_layers(model: Any) -> Iterator[tuple[str, Any]]:
    """The layers that are held in 4 bits, by the name they have in the base model."""
    from bitsandbytes.nn import Linear4bit

    for name, module in model.named_modules():
        if isinstance(module, Linear4bit):
            yield name.removeprefix("base_model.model.").removesuffix(".base_layer"), module


@dataclass(frozen=True)
class Matrix:
    """One matrix as it lies in memory."""

    name: str
    weights: int
    bytes: int
    """With its scales; the 16 values and the table of the scales are the same for all and not counted."""


def matrices(model: Any) -> list[Matrix]:
    """Every linear layer of `model`, counted tensor by tensor: 4-bit ones with their scales, others as they are."""
    packed = dict(four_bit_layers(model))
    found = []
    for name, layer in model.named_modules():
        if name in packed:
            found.append(Matrix(name, layer.in_features * layer.out_features, _size(layer.weight) + _scales(layer)))
        elif isinstance(layer, nn.Linear):
            found.append(Matrix(name, layer.weight.numel(), _size(layer.weight)))
    return found


def _scales(layer: Any) -> int:
    state = layer.weight.quant_state
    return _size(state.absmax) + (_size(state.state2.absmax) if state.nested else 0)


def _size(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def weight_bytes(model: Any) -> int:
    """Bytes of all weights that are not trained, with the scales of those in 4 bits. A tied matrix counts once."""
    frozen = {id(p): _size(p) for p in model.parameters() if not p.requires_grad}
    return sum(frozen.values()) + sum(_scales(layer) for _, layer in four_bit_layers(model))


def in_float32(model: PeftModel) -> PeftModel:
    """Let `model`, on a base in 4 bits, compute in float32; its weights stay those that it was trained on.

    Two models that are compared in 16-bit arithmetic differ by its rounding, however equal their weights are.
    """
    for _, layer in four_bit_layers(model):
        layer.compute_dtype = torch.float32
    return model.float()


@torch.no_grad()
def dequantized(directory: Path, quantized: Any) -> Any:
    """A plain float32 model with the very weights that the blocks of `quantized` compute with.

    Args:
        directory: where `quantized` was loaded from.
    """
    from bitsandbytes.functional import dequantize_4bit

    plain = load_model(directory, str(quantized.dtype).removeprefix("torch.")).float()
    for name, layer in four_bit_layers(quantized):
        if layer is quantized.get_output_embeddings():
            continue  # it can be the embedding too, which is not rounded
        state = copy.copy(layer.weight.quant_state)
        state.dtype = torch.float32  # 16 values times a scale, not rounded once more
        plain.get_submodule(name).weight.copy_(dequantize_4bit(layer.weight.data, state))
    return plain


@torch.no_grad()
def rounded(weight: torch.Tensor, quant: str, double_quant: bool, dtype: str) -> torch.Tensor:
    """One matrix as `load_quantized` holds it in 4 bits, read back in float32."""
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    coarse = weight.to(getattr(torch, dtype))
    packed, state = quantize_4bit(coarse, blocksize=BLOCK, compress_statistics=double_quant, quant_type=quant)
    state.dtype = torch.float32  # 16 values times a scale, not rounded once more
    return dequantize_4bit(packed, state)


def how_quantized(model: Any) -> dict[str, Any] | None:
    """What `rounded` needs to know of a model that `load_quantized` loaded; None for any other."""
    how = getattr(model.config, "quantization_config", None)
    if not isinstance(how, BitsAndBytesConfig):
        return None
    return {
        "quant": how.bnb_4bit_quant_type,
        "double_quant": how.bnb_4bit_use_double_quant,
        "dtype": str(how.bnb_4bit_compute_dtype).removeprefix("torch."),
    }


def merge_requantized(model: PeftModel) -> Any:
    """What PEFT does when asked to merge into a 4-bit model: add the adapter, and quantize the sum again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it may change answers; the caller measures by how much
        merged = model.merge_and_unload()
    never_repack(merged)
    return merged


@torch.no_grad()
def quantize_head(model: Any, quant: str) -> None:
    """Put the output matrix into 4 bits too, which QLoRA does not do."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    head = model.get_output_embeddings()
    layer = Linear4bit(head.in_features, head.out_features, bias=False, compute_dtype=model.dtype, quant_type=quant)
    layer.weight = Params4bit(head.weight.detach().clone(), requires_grad=False, quant_type=quant, module=layer)
    model.set_output_embeddings(layer.to(model.device))
    never_repack(model)
