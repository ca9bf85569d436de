"""Loading a GGUF file with llama.cpp: the one place that knows its traps."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jinja2
import llama_cpp

from tutor.engine.hardware import physical_cores
from tutor.errors import TutorError

GGUF_MAGIC = b"GGUF"
_LEVEL_ERROR = 4  # GGML_LOG_LEVEL_ERROR
_loading = threading.Lock()


def load_llama(
    path: Path, n_ctx: int = 2048, n_threads: int | None = None, logits_all: bool = False
) -> llama_cpp.Llama:
    """Load `path` for inference on the CPU, memory-mapped, quietly, on the physical cores.

    `n_ctx` is in tokens (0: as many as the model was trained on). With `logits_all`, `scores` keeps the logits of every
    position `[n_ctx, vocab]` instead of only the last one's.

    Raises:
        TutorError: the file is missing, is not a GGUF, is truncated, or llama.cpp cannot run it.
    """
    check_gguf(path)
    threads = n_threads or physical_cores()
    with _loading, _amx_guard(), errors_of_llama_cpp() as said:
        try:
            return llama_cpp.Llama(
                str(path),
                n_ctx=n_ctx,
                n_threads=threads,
                n_threads_batch=threads,
                logits_all=logits_all,
                use_mmap=True,
                verbose=False,
            )
        except (ValueError, RuntimeError, MemoryError, jinja2.TemplateError) as error:
            reason = (said[0] if said else str(error)).removeprefix("llama_model_load: error loading model: ")
            raise TutorError(
                f"llama.cpp cannot load {path}: {reason.strip().rstrip('.')}.",
                "Import the model again, or take another file.",
            ) from error


class Adapter:
    """A LoRA adapter on a loaded model, added in a strength that can change between answers. 0 at first."""

    def __init__(self, llm: llama_cpp.Llama, path: Path) -> None:
        """Args: path: a file of `tutor.engine.lora_gguf`, for the very model that `llm` is.

        Raises:
            TutorError: llama.cpp refuses it.
        """
        self._llm = llm
        self.strength = 0.0
        with errors_of_llama_cpp() as said:
            # It is freed with the model.
            self._adapter = llama_cpp.llama_adapter_lora_init(llm.model, bytes(path))
        if not self._adapter:
            reason = said[0].strip().rstrip(".") if said else "it does not say why"
            raise TutorError(f"llama.cpp cannot load the adapter {path}: {reason}.", "Train the adapter again.")

    def set_strength(self, strength: float) -> None:
        """Add `strength` times what was trained. What is in the cache was computed with the old strength."""
        self.strength = strength
        adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(self._adapter)
        # Without any adapter the computation is the base's own, to the last bit.
        llama_cpp.llama_set_adapters_lora(self._llm.ctx, adapters, int(strength != 0), (ctypes.c_float * 1)(strength))


def check_gguf(path: Path) -> None:
    """Raise `TutorError` unless `path` is a file that begins like a GGUF."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        raise TutorError(f"{path} cannot be read: {error.strerror}.", "Check the name of the file.") from error
    if magic != GGUF_MAGIC:
        raise TutorError(f"{path} is not a GGUF file.", "Give a .gguf file, or import the model with `tutor import`.")


@contextmanager
def _amx_guard() -> Iterator[None]:
    """Keep llama.cpp from repacking weights for AMX while a model is loaded.

    A llama.cpp built with gcc 12 dies of SIGSEGV in its AMX kernels at the first decode (ggml-org/llama.cpp#20824).
    `Llama` has no argument for the parameter that avoids them, so its source of default parameters is wrapped.
    """
    library = llama_cpp.llama_cpp
    original = library.llama_model_default_params

    def without_extra_buffers() -> Any:
        params = original()
        params.use_extra_bufts = False
        return params

    if b"AMX" not in library.llama_print_system_info():
        yield
        return
    library.llama_model_default_params = without_extra_buffers
    try:
        yield
    finally:
        library.llama_model_default_params = original


@contextmanager
def errors_of_llama_cpp() -> Iterator[list[str]]:
    """Collect the error lines llama.cpp logs meanwhile, and print nothing: the reason of a failure is nowhere else."""
    said: list[str] = []

    @llama_cpp.llama_log_callback
    def collect(level: int, text: bytes, _user_data: ctypes.c_void_p) -> None:
        if level == _LEVEL_ERROR:
            said.append(text.decode("utf-8", "replace"))

    llama_cpp.llama_log_set(collect, ctypes.c_void_p(0))
    try:
        yield said
    finally:
        llama_cpp.llama_log_set(llama_cpp._logger.llama_log_callback, ctypes.c_void_p(0))
