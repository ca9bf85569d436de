"""What a tokenizer's files say about it; nothing of them is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.engine.contents.opened import Contents
from tutor.errors import TutorError
from tutor.files import read_json


@dataclass(frozen=True)
class TokenizerFacts:
    """The parts of a tokenizer that two models can differ in."""

    kind: str
    """`BPE`, `Unigram`; in a GGUF file llama.cpp's name for it."""
    tokens: dict[str, int]
    """Every token with its id, added ones too."""
    special: dict[str, Any]
    """The tokens that begin, end and pad a text."""
    template: str
    """The chat template, '' where there is none."""

    def summary(self) -> dict[str, Any]:
        """What fits a few lines."""
        return {
            "kind": self.kind,
            "tokens": len(self.tokens),
            **self.special,
            "chat_template": f"{len(self.template):,} characters" if self.template else "none",
        }


def tokenizer_of(contents: Contents) -> TokenizerFacts | None:
    """The tokenizer that comes with a model; None where none does.

    Raises:
        TutorError: its file is damaged.
    """
    if contents.kind == "GGUF":
        return _of_gguf(contents.config)
    path = contents.path / "tokenizer.json"
    return _of_directory(path) if path.is_file() else None


def _of_gguf(metadata: Mapping[str, Any]) -> TokenizerFacts | None:
    tokens = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, list):
        return None
    special = {
        key.removeprefix("tokenizer.ggml."): _piece(tokens, value)
        for key, value in metadata.items()
        if key.startswith("tokenizer.ggml.") and key.endswith("_token_id")
    }
    return TokenizerFacts(
        str(metadata.get("tokenizer.ggml.model", "")),
        {str(token): number for number, token in enumerate(tokens)},
        {name.removesuffix("_id"): token for name, token in special.items()},
        str(metadata.get("tokenizer.chat_template", "")),
    )


def _piece(tokens: list[Any], number: Any) -> str:
    inside = type(number) is int and 0 <= number < len(tokens)
    return str(tokens[number]) if inside else f"{number}, which is no token"


def _of_directory(path: Path) -> TokenizerFacts:
    data, config_file = read_json(path), path.with_name("tokenizer_config.json")
    config = read_json(config_file) if config_file.is_file() else {}
    try:
        model = data.get("model") or {}
        tokens = _vocabulary(model.get("vocab") or {})
        tokens |= {str(added["content"]): int(added["id"]) for added in data.get("added_tokens") or []}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise TutorError(f"{path} is no tokenizer that can be read.", "Get the model again.") from None
    special = {name: _content(config[name]) for name in ("bos_token", "eos_token", "pad_token") if config.get(name)}
    return TokenizerFacts(str(model.get("type", "")), tokens, special, _template(path.parent, config))


def _vocabulary(vocab: Any) -> dict[str, int]:
    """Of BPE an object of ids; of Unigram a list of pieces with their scores."""
    if isinstance(vocab, list):
        return {str(entry[0]): number for number, entry in enumerate(vocab)}
    return {str(token): int(number) for token, number in vocab.items()}


def _content(token: Any) -> str:
    return str(token.get("content")) if isinstance(token, dict) else str(token)


def _template(directory: Path, config: Mapping[str, Any]) -> str:
    beside = directory / "chat_template.jinja"
    if beside.is_file():
        return beside.read_text(encoding="utf-8", errors="replace")
    template = config.get("chat_template") or ""
    return template if isinstance(template, str) else json.dumps(template)
