"""Four ways to cut a text into tokens, side by side: by words, by letters, by learned pieces of bytes, by a model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from tutor import paths
from tutor.engine.bpe import BYTE_OF, Pair, Trainer, encode, letters, ranks_of, readable
from tutor.engine.loaded import Loaded
from tutor.errors import UsageError

FOUR_LINES = "the cat sat\nthe cat ran\nthe dog sat\nthe dog ran\n"
UNKNOWN = "[UNK]"
WORD = re.compile(r" ?\S+|\s+")
"""A word keeps the space before it, so that nothing is lost (as in GPT-2, without its rules for digits and signs)."""


@dataclass(frozen=True)
class Cut:
    """A text in tokens, and what becomes of it when they are put together again."""

    pieces: list[str]
    unknown: list[int]
    """Places of the pieces that stand for something that has no number of its own."""
    back: str


class Reader(Protocol):
    """A tokenizer that says how it cuts."""

    name: str
    size: int
    """Numbers that it has."""

    def cut(self, text: str) -> Cut:
        """`text` in tokens."""


class Words:
    """A number for every word of a text, and one for all others."""

    name = "words"

    def __init__(self, corpus: str) -> None:
        self._known = set(corpus.split())
        self.size = len(self._known) + 1

    def cut(self, text: str) -> Cut:
        """Spaces only part the words, and are not kept."""
        return _listed(text.split(), self._known, " ")


class Letters:
    """A number for every character of a text, and one for all others."""

    name = "letters"

    def __init__(self, corpus: str) -> None:
        self._known = set(corpus)
        self.size = len(self._known) + 1

    def cut(self, text: str) -> Cut:
        """Each character is a token."""
        return _listed(list(text), self._known, "")


class Bytes:
    """All 256 bytes, and pieces of them that were learned from a text by byte-pair encoding."""

    name = "BPE of bytes"

    def __init__(self, corpus: str, merges: int) -> None:
        trainer = Trainer(Counter(WORD.findall(corpus)), byte_level=True)
        self._ranks: dict[Pair, int] = ranks_of(trainer.train(merges))
        self.size = len(trainer.vocabulary)

    def cut(self, text: str) -> Cut:
        """No byte is unknown."""
        pieces = [piece for word in WORD.findall(text) for piece in encode(letters(word, byte_level=True), self._ranks)]
        back = bytes(BYTE_OF[letter] for piece in pieces for letter in piece).decode("utf-8", "replace")
        return Cut([readable(piece) for piece in pieces], [], back)


class Model:
    """The tokenizer of the loaded model."""

    name = "the model's"

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self.size = len(loaded.tokenizer)

    def cut(self, text: str) -> Cut:
        """Without the tokens that a template would add."""
        tokenizer: Any = self._loaded.tokenizer
        ids = [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
        unknown = tokenizer.backend_tokenizer.model.unk_token
        places = [place for place, token in enumerate(ids) if tokenizer.convert_ids_to_tokens(token) == unknown]
        return Cut(self._loaded.pieces(ids), places, str(tokenizer.decode(ids, clean_up_tokenization_spaces=False)))


@cache
def learned(corpus: str, merges: int) -> tuple[Reader, Reader, Reader]:
    """The three small ones, from `four lines` or from the text of `this course`.

    Raises:
        UsageError: there is no such corpus.
    """
    text = _text(corpus)
    return Words(text), Letters(text), Bytes(text, merges)


def _text(corpus: str) -> str:
    if corpus == "four lines":
        return FOUR_LINES
    if corpus == "this course":
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted(paths.lessons_dir().rglob("*.md")))
    raise UsageError(f"There is no corpus {corpus!r}.", "Take 'four lines' or 'this course'.")


def _listed(parts: Sequence[str], known: Iterable[str], between: str) -> Cut:
    """Parts that are in a list, the others as unknown."""
    pieces = [part if part in known else UNKNOWN for part in parts]
    return Cut(pieces, [place for place, part in enumerate(parts) if part not in known], between.join(pieces))
