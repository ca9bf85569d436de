"""Loading a model of the store with torch: from safetensors, without network and without code of the model's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from tutor.engine.device import pick_device
from tutor.engine.hardware import quickest_attention
from tutor.errors import TutorError


def load_model(directory: Path, dtype: str | None = None, attention: str = "sdpa") -> Any:
    """The causal language model in `directory` on this machine's device, in `dtype` (the device's own by default).

    `dtype` is `bfloat16`, `float16` or `float32`.

    Raises:
        TutorError: a file is missing or damaged.
    """
    device = pick_device()
    try:
        model = AutoModelForCausalLM.from_pretrained(
            directory,
            dtype=getattr(torch, dtype) if dtype else device.dtype,
            attn_implementation=attention,
            use_safetensors=True,
            local_files_only=True,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise _damaged(directory, error) from error
    return model.to(device.device)


def load_tokenizer(directory: Path) -> Any:
    """The tokenizer in `directory`, which must know how conversations are written.

    Raises:
        TutorError: a file is missing or damaged, or there is no chat template.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(directory, error) from error
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        raise TutorError(
            f"The model in {directory} has no chat template: it continues text and was never taught to answer.",
            "Choose an instruction-tuned model.",
        )
    return tokenizer


def training_dtype() -> str:
    """Of the frozen weights while an adapter is trained: the device's, except fp16, in which small gradients vanish."""
    return "bfloat16" if pick_device().dtype == torch.bfloat16 else "float32"


def training_attention(max_length: int) -> str:
    """The quickest attention to train with at sequences of `max_length` tokens on this machine's device."""
    return quickest_attention(pick_device().device.type == "cpu", max_length)


def _damaged(directory: Path, error: Exception) -> TutorError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return TutorError(f"The model in {directory} cannot be loaded: {reason}", "Import the model again.")
