"""How many tokens a word costs as a vocabulary grows, learned from a real text, for lesson 2.1.1."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tutor import paths
from tutor.engine.bpe import Pair, Trainer, count_words, encode, letters, ranks_of
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

__all__ = ["curve"]

STOPS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000)
"""Numbers of merges at which the texts are cut."""
UNSEEN = 10
"""Every tenth line is kept from training."""
MODULES = ("argparse", "ast", "textwrap", "typing")
"""Of Python's library: some 300,000 letters of code and documentation."""


def curve(call: Call, corpus: str = "course", own: str = "") -> Message:
    """Train on bytes, and count tokens after ever more merges. Spaces separate words and are not counted.

    Args:
        corpus: `course`, the text of the lessons, or `python`, some modules of Python's library
        own: a text of the learner's, which is not trained on

    Returns:
        `points`: of each number of `merges`, of each text `{tokens, per_word, per_token}` (tokens a word, bytes a
        token) and the `seconds` of training so far; `texts`: the size of each in `words` and `bytes`; `library`: what
        the `tokenizers` library needs for as many merges, in seconds, and how many of them are the `same`.
    """
    seen, unseen = _split(_text(corpus))
    texts = {"seen": count_words(seen), "unseen": count_words(unseen), "own": count_words(own)}
    texts = {name: words for name, words in texts.items() if words}
    answer: Message = {
        "points": [],
        "texts": {name: {"words": words.total(), "bytes": _bytes(words)} for name, words in texts.items()},
        "library": None,
        "source": "our own BPE trainer, in Python",
    }
    began = time.perf_counter()
    trainer = Trainer(texts["seen"], byte_level=True, ties="age")
    spent = time.perf_counter() - began
    for stop in STOPS:
        spent += _train(call, trainer, stop)
        answer["points"].append(_point(trainer, texts, spent))
        call.part(**answer)
    answer["library"] = _library(seen, [merge.pair for merge in trainer.learned])
    answer["source"] += " and the tokenizers library, in Rust"
    return answer


def _train(call: Call, trainer: Trainer, merges: int) -> float:
    """Seconds until there are `merges`."""
    began = time.perf_counter()
    while len(trainer.learned) < merges and trainer.merge():
        call.check()
    return time.perf_counter() - began


def _point(trainer: Trainer, texts: Mapping[str, Counter[str]], spent: float) -> Message:
    ranks = ranks_of(trainer.learned)
    counts = {name: _measure(words, ranks) for name, words in texts.items()}
    return {"merges": len(ranks), "seconds": round(spent, 4), **counts}


def _measure(words: Counter[str], ranks: Mapping[Pair, int]) -> Message:
    tokens = sum(count * len(encode(letters(word, byte_level=True), ranks)) for word, count in words.items())
    per_word, per_token = tokens / words.total(), _bytes(words) / tokens
    return {"tokens": tokens, "per_word": round(per_word, 4), "per_token": round(per_token, 4)}


def _bytes(words: Counter[str]) -> int:
    return sum(count * len(word.encode("utf-8", "replace")) for word, count in words.items())


def _library(text: str, ours: list[Pair]) -> Message:
    tokenizer = Tokenizer(models.BPE())
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), as_bytes])
    trainer = trainers.BpeTrainer(
        vocab_size=256 + len(ours), min_frequency=2, show_progress=False, initial_alphabet=as_bytes.alphabet()
    )
    began = time.perf_counter()
    tokenizer.train_from_iterator([text], trainer)
    seconds = time.perf_counter() - began
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])[256:]
    same = sum(piece == "".join(pair) for (piece, _), pair in zip(pieces, ours, strict=False))
    return {"seconds": round(seconds, 4), "merges": len(pieces), "same": same}


def _text(corpus: str) -> str:
    if corpus == "course":
        files = sorted(paths.lessons_dir().rglob("*.md"))
    elif corpus == "python":
        files = [Path(spec.origin) for name in MODULES if (spec := find_spec(name)) and spec.origin]
    else:
        raise UsageError(f"There is no corpus {corpus!r}.", "Take 'course' or 'python'.")
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _split(text: str) -> tuple[str, str]:
    """What is trained on, and every tenth line, which is not."""
    lines = text.splitlines()
    seen = [line for number, line in enumerate(lines) if number % UNSEEN]
    return "\n".join(seen), "\n".join(lines[::UNSEEN])
