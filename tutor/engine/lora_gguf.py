"""A trained adapter as llama.cpp reads it: a small GGUF file beside the base's, added to it in any strength.

The converter that comes with llama.cpp does this too, but its repackaging on PyPI leaves that part out. Names and
metadata are those of `convert_lora_to_gguf.py`; llama.cpp computes W x + strength (alpha / r) B A x.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from tutor.engine.gguf_file import GgufHeader, read_header
from tutor.errors import TutorError
from tutor.files import whole_file

LAYERS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
"""What llama.cpp calls the linear layers of a block."""

HEADS = {"q_proj": "head_count", "k_proj": "head_count_kv"}
"""Layers whose outputs rotary embeddings turn in pairs, and the key of how many heads they have."""

PLAIN = {"use_dora": False, "bias": "none", "rank_pattern": {}, "alpha_pattern": {}, "modules_to_save": None}
"""Settings of PEFT other than which an adapter is more than B A for each layer."""

Matrix = NDArray[np.float32]


def write_adapter(adapter: Path, base: Path, out: Path) -> None:
    """Write the adapter in the directory `adapter` (PEFT's format) to `out`, for the model in the GGUF file `base`.

    Raises:
        TutorError: the adapter cannot be read, is of a kind that llama.cpp cannot add, or belongs to another model.
    """
    header = read_header(base)
    scaling_by_rank, matrices = _read(adapter)
    with whole_file(out) as written:
        writer = gguf.GGUFWriter(written, header.architecture)
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, scaling_by_rank)
        for name, matrix in _tensors(matrices, header):
            writer.add_tensor(name, matrix)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _read(adapter: Path) -> tuple[float, dict[str, Matrix]]:
    """Alpha as llama.cpp wants it, which divides it by the rank, and PEFT's matrices by their names."""
    try:
        config: dict[str, Any] = json.loads((adapter / "adapter_config.json").read_bytes())
        matrices: dict[str, Matrix] = load_file(adapter / "adapter_model.safetensors")
        alpha, rank = float(config["lora_alpha"]), int(config["r"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TutorError(f"The adapter in {adapter} cannot be read: {error}.", "Train it again.") from error
    if other := [name for name, plain in PLAIN.items() if (config.get(name) or plain) != plain]:
        raise TutorError(
            f"The adapter in {adapter} uses {', '.join(other)}, which llama.cpp cannot add in another strength.",
            "Talk to the merged model, at strength 1.",
        )
    return alpha * (rank**0.5 if config.get("use_rslora") else 1), matrices


def _tensors(matrices: dict[str, Matrix], base: GgufHeader) -> Iterator[tuple[str, Matrix]]:
    """A `[r, inputs]` and B `[outputs, r]` of every layer, by llama.cpp's names, A first."""
    for name, matrix in sorted(matrices.items()):
        found = re.fullmatch(r"base_model\.model\.model\.layers\.(\d+)\.\w+\.(\w+)\.lora_([AB])\.weight", name)
        if found is None or found[2] not in LAYERS:
            raise TutorError(f"The adapter has a matrix {name}, for which llama.cpp has no place.", "Train it again.")
        block, layer, part = found[1], found[2], found[3].lower()
        target = f"blk.{block}.{LAYERS[layer]}.weight"
        if target not in base.tensors or base.tensors[target].shape[part == "b"] != matrix.shape[part == "a"]:
            raise TutorError(f"The adapter does not fit the model: {name} is {list(matrix.shape)}.", _TODO)
        if part == "b" and base.architecture == "llama" and layer in HEADS:
            matrix = _pairs_together(matrix, int(base.metadata[f"llama.attention.{HEADS[layer]}"]))
        yield f"{target}.lora_{part}", np.ascontiguousarray(matrix, dtype=np.float32)


_TODO = "It was trained on another model than the one that bears its name now; import that one again."


def _pairs_together(matrix: Matrix, heads: int) -> Matrix:
    """Rows in the order of llama.cpp's files of Llama models: the two numbers that are turned together are neighbours.

    PEFT's matrix has them half a head apart, as transformers does.
    """
    outputs, rank = matrix.shape
    halves = matrix.reshape(heads, 2, outputs // heads // 2, rank)
    return halves.swapaxes(1, 2).reshape(outputs, rank)
