"""The merges of a small corpus, one by one, and words cut with them, for lesson 2.1.1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tutor.engine.bpe import Pair, Ties, Trainer, count_words, encode_steps, letters, ranks_of, readable
from tutor.engine.bpe import encode as cut_word
from tutor.engine.protocol import Call
from tutor.errors import UsageError

__all__ = ["cut", "encode", "next_merge", "train"]

LONGEST = 4_000
"""Characters of a corpus: every step of its training is sent."""
MOST = 12
"""Pairs, and words, that are sent of each step."""
UNKNOWN = "[UNK]"
SOURCE = "our own BPE trainer, in Python"


def train(
    call: Call,
    text: str,
    merges: int = 30,
    pretokenize: bool = True,
    byte_level: bool = False,
    ties: Ties = "letters",
    seed: int = 0,
) -> dict[str, Any]:
    """Every step of training on `text`, a line a sentence.

    Returns:
        `steps`, first the one before any merge: of each the `words` with their `pieces` and `count`, the most frequent
        `pairs`, how many are `tied` for the next merge, the `tokens` of the whole text, and the piece that was `made`;
        `alphabet`: how many pieces there were at first; `vocabulary`: the pieces that were learned.

    Raises:
        UsageError: there is no text, or too much.
    """
    trainer = _trainer(text, pretokenize, byte_level, ties, seed)
    alphabet = len(trainer.vocabulary)
    steps = [_state(trainer, byte_level)]
    while len(trainer.learned) < merges and trainer.merge():
        call.check()
        steps.append(_state(trainer, byte_level))
    learned = [_shown(merge.piece, byte_level) for merge in trainer.learned]
    return {"steps": steps, "alphabet": alphabet, "vocabulary": learned, "source": SOURCE}


def encode(
    call: Call,
    text: str,
    word: str,
    merges: int = 30,
    pretokenize: bool = True,
    byte_level: bool = False,
    ties: Ties = "letters",
    seed: int = 0,
) -> dict[str, Any]:
    """`word` (or several), cut with the merges that `text` taught, step by step.

    Returns:
        `steps` `{pair, rank, pieces}`, first the letters alone, ranks counted from 1; a space between words is a piece.
        `unknown`: letters that training never saw; `tokens` at the end; `as_words`: what a tokenizer of whole words
        makes of it; `known_words`: the size of that one's vocabulary; `merges` that were learned.

    Raises:
        UsageError: there is no word, or no text.
    """
    trainer = _trainer(text, pretokenize, byte_level, ties, seed)
    ranks = ranks_of(trainer.train(merges))
    first = letters(" ".join(word.split()), byte_level=byte_level)
    if not first:
        raise UsageError("There is no word to cut.", "Type one.")
    steps = [_encoded(None, 0, first, byte_level)]
    steps += [_encoded(pair, ranks[pair] + 1, pieces, byte_level) for pair, pieces in encode_steps(first, ranks)]
    # Between words that are cut apart, the space is no token.
    counted = [piece for piece in steps[-1]["pieces"] if piece != " " or not pretokenize]
    known, words = {*trainer.vocabulary, *letters(" ", byte_level=byte_level)}, set(text.split())
    return {
        "steps": steps,
        "unknown": sorted({letter for letter in first if letter not in known}),
        "tokens": len(counted),
        "as_words": [one if one in words else UNKNOWN for one in word.split()],
        "known_words": len(words) + 1,
        "merges": len(ranks),
        "source": SOURCE,
    }


def _encoded(pair: Pair | None, rank: int, pieces: Sequence[str], byte_level: bool) -> dict[str, Any]:
    return {
        "pair": _all_shown(pair, byte_level) if pair else [],
        "rank": rank,
        "pieces": _all_shown(pieces, byte_level),
    }


def cut(call: Call, text: str, words: list[str], merges: int = 30) -> dict[str, Any]:
    """How each of `words` is cut with the merges that `text` taught: `cuts`, in their order."""
    ranks = ranks_of(_trainer(text, True, False, "letters", 0).train(merges))
    return {"words": words, "cuts": ["·".join(cut_word(letters(word), ranks)) for word in words], "source": SOURCE}


def next_merge(call: Call, text: str, after: int) -> dict[str, Any]:
    """What could be merged after some merges.

    Returns:
        `words`: the text so far, in one line; `options` `{name, count, place}`: the four most frequent pairs, the one
        that is merged next with `place` 1; `tied`: how many of all are as frequent as it.
    """
    trainer = _trainer(text, True, False, "letters", 0)
    trainer.train(after)
    candidates = trainer.candidates()
    words = [f"{'·'.join(word)} ({count})" for word, count in zip(trainer.words, trainer.counts, strict=True)]
    return {
        "words": ", ".join(words),
        "options": [
            {"name": f"{left} + {right}", "count": count, "place": place}
            for place, ((left, right), count) in enumerate(candidates[:4], 1)
        ],
        "tied": _tied(candidates),
        "source": SOURCE,
    }


def _trainer(text: str, pretokenize: bool, byte_level: bool, ties: Ties, seed: int) -> Trainer:
    if len(text) > LONGEST:
        raise UsageError(
            f"The text has {len(text):,} characters; {LONGEST:,} can be shown step by step.", "Shorten it."
        )
    words = count_words(text, pretokenize=pretokenize)
    if not words:
        raise UsageError("There is no text to learn from.", "Type some words; a slash begins a new line.")
    return Trainer(words, byte_level=byte_level, ties=ties, seed=seed)


def _state(trainer: Trainer, byte_level: bool) -> dict[str, Any]:
    candidates = trainer.candidates()
    words = sorted(zip(trainer.counts, trainer.words, strict=True), key=lambda item: -item[0])
    return {
        "made": _shown(trainer.learned[-1].piece, byte_level) if trainer.learned else "",
        "pairs": [{"pair": _all_shown(pair, byte_level), "count": count} for pair, count in candidates[:MOST]],
        "tied": _tied(candidates),
        "words": [{"pieces": _all_shown(word, byte_level), "count": count} for count, word in words[:MOST]],
        "more_words": max(0, len(words) - MOST),
        "tokens": trainer.tokens(),
    }


def _tied(candidates: Sequence[tuple[Any, int]]) -> int:
    """How many pairs are as frequent as the first."""
    return sum(count == candidates[0][1] for _, count in candidates)


def _shown(piece: str, byte_level: bool) -> str:
    return readable(piece) if byte_level else piece


def _all_shown(pieces: Iterable[str], byte_level: bool) -> list[str]:
    return [_shown(piece, byte_level) for piece in pieces]
