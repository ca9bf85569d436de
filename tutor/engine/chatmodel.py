"""The model that a chat engine has in memory: its file, its cache, and an adapter where a strength was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import llama_cpp
import psutil
from gguf import LlamaFileType

from tutor.engine.generate import PromptCache
from tutor.engine.llama import Adapter, load_llama
from tutor.engine.prompt import ChatPrompt
from tutor.engine.protocol import Message
from tutor.engine.resolve import ModelFiles, base_of, chat_gguf
from tutor.engine.threads import ThreadChoice
from tutor.errors import UsageError

CONTEXT = 4096
"""Tokens of prompt and answer together, where the model was trained on as many."""
CACHE_NUMBER = 2
"""Bytes of one number in llama.cpp's cache of keys and values: it is kept in fp16."""

Files = tuple[Path, Path | None]
"""The GGUF file to load, and that of the adapter to add to it."""


@dataclass(frozen=True)
class ChatModel:
    """A llama.cpp model, ready to answer."""

    files: Files
    llm: llama_cpp.Llama
    adapter: Adapter | None
    prompt: ChatPrompt
    cache: PromptCache
    threads: ThreadChoice

    @classmethod
    def load(cls, files: Files) -> ChatModel:
        """Read it into memory.

        Raises:
            TutorError: a file is missing or damaged, or llama.cpp cannot run it.
        """
        file, adapter_file = files
        llm = load_llama(file, n_ctx=CONTEXT)
        adapter = Adapter(llm, adapter_file) if adapter_file else None
        return cls(files, llm, adapter, ChatPrompt(llm), PromptCache(llm), ThreadChoice(llm.n_threads))

    @property
    def context(self) -> int:
        """Tokens that fit: as many as there is room for, and no more than the model was trained on."""
        return min(self.llm.n_ctx(), int(llama_cpp.llama_model_n_ctx_train(self.llm.model)))

    def set_strength(self, strength: float) -> None:
        """Add the adapter in another strength; what the cache holds is then computed anew."""
        if self.adapter is not None and self.adapter.strength != strength:
            self.adapter.set_strength(strength)
            self.cache.forget()

    def facts(self) -> Message:
        """What it is."""
        return {
            "file": str(self.files[0]),
            "context": self.context,
            "parameters": int(llama_cpp.llama_model_n_params(self.llm.model)),
            "quantization": _quantization(self.llm),
            "threads": self.llm.n_threads,
        }

    def memory(self) -> Message:
        """Bytes of the model's file, the adapter's, each token in the cache, and of this process in main memory now."""
        file, adapter = self.files
        return {
            "bytes": file.stat().st_size,
            "adapter_bytes": adapter.stat().st_size if adapter else 0,
            "cache_bytes_per_token": _cache_bytes(self.llm),
            "rss_bytes": int(psutil.Process().memory_info().rss),
        }


def wanted_files(files: ModelFiles, strength: float | None) -> Files:
    """What to load for a model, or with `strength` for the base of a run with the run's adapter.

    Raises:
        UsageError: there is no adapter, or no base to add it to.
        TutorError: a conversion failed.
    """
    if strength is None:
        return chat_gguf(files), None
    base = base_of(files)
    if files.adapter is None or base is None:
        raise UsageError(
            f"{files.label} has no adapter whose base is in the store.", "Talk to it as it is, without a strength."
        )
    file = chat_gguf(base)
    made = files.adapter.parent / "gguf" / "adapter.gguf"
    if not made.is_file():
        from tutor.engine.lora_gguf import write_adapter

        write_adapter(files.adapter, file, made)
    return file, made


def _cache_bytes(llm: llama_cpp.Llama) -> int:
    """Bytes that the keys and values of one token take in all layers."""
    model = llm.model
    head = llama_cpp.llama_model_n_embd(model) // llama_cpp.llama_model_n_head(model)
    name = llm.metadata.get("general.architecture", "")
    key, value = (int(llm.metadata.get(f"{name}.attention.{what}_length", head)) for what in ("key", "value"))
    heads, layers = llama_cpp.llama_model_n_head_kv(model), llama_cpp.llama_model_n_layer(model)
    return int(layers * heads * (key + value) * CACHE_NUMBER)


def _quantization(llm: llama_cpp.Llama) -> str:
    """The name of the file's main tensor type, such as `Q4_K_M`."""
    number = llm.metadata.get("general.file_type", "")
    known = {str(kind.value): kind.name for kind in LlamaFileType}
    return known.get(number, "unknown").removeprefix("MOSTLY_").removeprefix("ALL_")
