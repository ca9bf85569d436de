"""What a training takes in memory, counted tensor by tensor."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil
import torch

from tutor.engine.device import gpu_memory
from tutor.engine.quantized import weight_bytes
from tutor.engine.training import Training


def memory_in_use() -> int:
    """Bytes in use now: of the whole GPU where there is one, else resident in this process, without what was freed."""
    give_back_memory()
    return gpu_memory().get("gpu_used_bytes", psutil.Process().memory_info().rss)


def give_back_memory() -> None:
    """Let go of what was freed: the allocators of PyTorch and of glibc keep it for later."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _pad: 0)(0)


def count_memory(training: Training) -> dict[str, int]:
    """Bytes of what stays from step to step: `weights` (those that are frozen), `adapter` and `optimizer`."""
    adapter = sum(parameter.numel() * parameter.element_size() for parameter in training.parameters.values())
    moments = [tensor for state in training.optimizer.state.values() for tensor in state.values()]
    optimizer = sum(tensor.numel() * tensor.element_size() for tensor in moments)
    return {"weights": weight_bytes(training.model), "adapter": adapter, "optimizer": optimizer}
