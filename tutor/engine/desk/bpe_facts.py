"""What is true of two slogans about byte-pair encoding, for lesson 2.1.1."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tutor.engine.bpe import BYTE_OF, Ties, Trainer, count_words, encode, letters, ranks_of
from tutor.engine.protocol import Call

__all__ = ["coverage", "scattered"]

CATS = "the cat sat\nthe cat ran\nthe dog sat\nthe dog ran"
MERGES = 10
SLOGAN = ["s", "cat", "t", "e", "r", "e", "d"]
STRANGE = ("zebra", "Cat", "naïve", "世界", "🙂")


def scattered(call: Call, runs: int = 200) -> dict[str, Any]:
    """How `scattered` comes out, and how often as `s cat t e r e d`.

    Where lines are not cut into words first, merges can cross spaces and most of them are ties.

    Returns:
        `cases`: words apart with ties by letters, words apart with ties by chance, whole lines with ties by chance; of
        the last how many percent of the `runs` give the slogan's pieces (`share`), the most frequent pieces (`usual`),
        and how many different ways `the cat sat` is cut (`sentences`).
    """
    by_rule = _cut("scattered", _ranks(pretokenize=True, ties="letters"))
    apart, whole = Counter[str](), Counter[str]()
    sentences = set()
    for seed in range(runs):
        call.check()
        apart[_cut("scattered", _ranks(pretokenize=True, ties="chance", seed=seed))] += 1
        ranks = _ranks(pretokenize=False, ties="chance", seed=seed)
        whole[_cut("scattered", ranks)] += 1
        sentences.add(_cut("the cat sat", ranks))
    slogan = "·".join(SLOGAN)
    shares = [100 * found[slogan] / runs for found in (apart, whole)]
    return {
        "cases": [
            {"name": "words apart, ties by letters", "value": by_rule, "holds": by_rule == slogan},
            {
                "name": "words apart, ties by chance",
                "value": f"in {shares[0]:.0f} % of {runs} runs",
                "holds": shares[0] == 100,
            },
            {
                "name": "whole lines, ties by chance",
                "value": f"in {shares[1]:.0f} % of {runs} runs",
                "holds": shares[1] == 100,
            },
        ],
        "share": shares[1],
        "usual": whole.most_common(1)[0][0],
        "sentences": len(sentences),
        "runs": runs,
        "source": "our own BPE trainer, in Python",
    }


def coverage(call: Call) -> dict[str, Any]:
    """Can strange words be written, and read back, with letters and with bytes as the smallest pieces?

    Returns:
        `cases`, one for each alphabet; `letters`: those that the alphabet of letters lacks.
    """
    of_letters, of_bytes = (Trainer(count_words(CATS), byte_level=bytes_) for bytes_ in (False, True))
    lacks = sorted({letter for word in STRANGE for letter in word} - set(of_letters.vocabulary))
    writable = [word for word in STRANGE if not set(word) & set(lacks)]
    returned = [word for word in STRANGE if _through_bytes(word, of_bytes) == word]
    return {
        "cases": [
            {
                "name": "from letters",
                "value": f"{len(writable)} of {len(STRANGE)} strange words",
                "holds": len(writable) == len(STRANGE),
            },
            {
                "name": "from bytes",
                "value": f"{len(returned)} of {len(STRANGE)} strange words",
                "holds": len(returned) == len(STRANGE),
            },
        ],
        "letters": "  ".join(lacks),
        "source": "our own BPE trainer, in Python",
    }


def _ranks(*, pretokenize: bool, ties: Ties, seed: int = 0) -> dict[tuple[str, str], int]:
    return ranks_of(Trainer(count_words(CATS, pretokenize=pretokenize), ties=ties, seed=seed).train(MERGES))


def _cut(text: str, ranks: dict[tuple[str, str], int]) -> str:
    return "·".join(encode(letters(text), ranks))


def _through_bytes(word: str, trainer: Trainer) -> str:
    """`word` encoded as numbers of the vocabulary, and decoded again."""
    numbers = {piece: number for number, piece in enumerate(trainer.vocabulary)}
    tokens = [numbers[piece] for piece in encode(letters(word, byte_level=True), ranks_of(trainer.learned))]
    return bytes(BYTE_OF[letter] for token in tokens for letter in trainer.vocabulary[token]).decode()
