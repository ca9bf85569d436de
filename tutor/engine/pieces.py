"""Tokens as people read them."""

from __future__ import annotations

from typing import Any

from transformers.convert_slow_tokenizer import bytes_to_unicode

_BYTE_OF = {character: byte for byte, character in bytes_to_unicode().items()}


def piece(tokenizer: Any, token: int) -> str:
    """The text of one token on its own, with its spaces; bytes that are only half a character as escapes (`\\xe4`).

    Control tokens go by their names, and rows of the embedding that no token uses by their number.
    """
    name = tokenizer.convert_ids_to_tokens(token)
    if name is None:
        return f"[{token}]"
    if token in tokenizer.added_tokens_decoder:
        return str(name)
    if "ByteLevel" in type(tokenizer.backend_tokenizer.decoder).__name__ and all(c in _BYTE_OF for c in name):
        return bytes(_BYTE_OF[c] for c in name).decode("utf-8", "backslashreplace")
    return str(name).replace("▁", " ")


def visible(piece: str) -> str:
    """A piece as a label: its spaces are dots, and what has no glyph is written as an escape."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in piece.replace(" ", "·"))


def code(piece: str) -> str:
    """A piece as code in Markdown."""
    return f"`` {visible(piece)} ``" if "`" in piece else f"`{visible(piece)}`"
