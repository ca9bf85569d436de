"""The weights of a GGUF file as a trained model has them: unpacked, and in the order of transformers."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor

from tutor.engine.gguf_file import read_header
from tutor.engine.lora_gguf import HEADS, LAYERS


class GgufWeights:
    """Unpacks one matrix at a time; by names such as `model.layers.3.mlp.up_proj`."""

    def __init__(self, path: Path) -> None:
        header = read_header(path)
        self._llama = header.architecture == "llama"
        self._heads = {
            layer: int(header.metadata[f"{header.architecture}.attention.{key}"]) for layer, key in HEADS.items()
        }
        self._tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}

    def matrix(self, name: str) -> Tensor:
        """A matrix `[outputs, inputs]` in float32."""
        layer = name.rpartition(".")[2]
        tensor = self._tensors[_name(name)]
        values = torch.from_numpy(np.ascontiguousarray(gguf.dequantize(tensor.data, tensor.tensor_type)))
        if self._llama and layer in self._heads:
            # The two outputs that rotary embeddings turn together are neighbours in the file, half a head apart here.
            pairs = values.view(self._heads[layer], -1, 2, values.shape[1])
            values = pairs.transpose(1, 2).reshape(values.shape)
        return values.float()

    def kind(self, name: str) -> str:
        """How a matrix is stored, such as `Q5_0`."""
        return str(self._tensors[_name(name)].tensor_type.name)

    def bytes(self, name: str) -> int:
        """What it takes, scales and all."""
        return int(self._tensors[_name(name)].n_bytes)


def _name(name: str) -> str:
    """What llama.cpp calls it."""
    if name == "model.embed_tokens":
        return "token_embd.weight"
    if name == "lm_head":
        return "output.weight"
    parts = name.split(".")
    return f"blk.{parts[2]}.{LAYERS[parts[-1]]}.weight"
