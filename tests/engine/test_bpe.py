"""Our byte-pair encoding against the `tokenizers` library, on the same settings."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.convert_slow_tokenizer import bytes_to_unicode

from tutor.engine.bpe import LETTER_OF, Pair, Trainer, count_words, encode, encode_steps, letters, ranks_of, readable

CATS = "the cat sat\nthe cat ran\nthe dog sat\nthe dog ran"


def library(text: str, merges: int, *, byte_level: bool, pretokenize: bool = True) -> Tokenizer:
    """The library's tokenizer, trained on `text`."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.WhitespaceSplit() if pretokenize else pre_tokenizers.Split("\n", "removed")
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, as_bytes] if byte_level else [split])
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    first = 256 if byte_level else len({c for word in count_words(text, pretokenize=pretokenize) for c in word})
    tokenizer.train_from_iterator(
        text.split("\n"),
        trainers.BpeTrainer(vocab_size=first + merges, min_frequency=2, show_progress=False, initial_alphabet=alphabet),
    )
    return tokenizer


def merges_of(tokenizer: Tokenizer) -> list[Pair]:
    """Its merges, in the order they were learned."""
    return [(left, right) for left, right in json.loads(tokenizer.to_str())["model"]["merges"]]


def babble(seed: int) -> str:
    """Words with many ties and many repeated letters."""
    pick = random.Random(seed)
    return " ".join("".join(pick.choices("abcdé", k=pick.randint(1, 7))) for _ in range(40))


@pytest.mark.parametrize("byte_level", [False, True])
def test_merges_are_those_of_the_library(byte_level: bool) -> None:
    for text in (CATS, *(babble(seed) for seed in range(40))):
        ours = Trainer(count_words(text), byte_level=byte_level, ties="age").train(30)
        assert [merge.pair for merge in ours] == merges_of(library(text, 30, byte_level=byte_level))


def test_a_real_text_is_learned_as_by_the_library() -> None:
    text = Path(__file__).read_text()
    trainer = Trainer(count_words(text), byte_level=True, ties="age")
    trainer.train(200)
    theirs = library(text, 200, byte_level=True)
    assert [merge.pair for merge in trainer.learned] == merges_of(theirs)
    assert trainer.tokens() == len(theirs.encode(text).tokens)
    assert set(trainer.vocabulary) == set(theirs.get_vocab())
    ranks = ranks_of(trainer.learned)
    for word in ("tokenizers", "scattered", "naïve", "世界", "🙂"):
        assert encode(letters(word, byte_level=True), ranks) == theirs.encode(word).tokens


def test_lines_are_words_without_pretokenisation() -> None:
    ours = Trainer(count_words(CATS, pretokenize=False), ties="age").train(12)
    assert [merge.pair for merge in ours] == merges_of(library(CATS, 12, byte_level=False, pretokenize=False))
    assert any(" " in merge.piece for merge in ours)


@pytest.mark.parametrize("ties", ["letters", "age", "chance"])
def test_every_merge_is_the_most_frequent_pair(ties: str) -> None:
    trainer = Trainer(count_words(babble(7)), ties=ties)  # type: ignore[arg-type]
    while best := trainer.candidates():
        found = trainer.merge()
        counted = count_pairs_again(trainer)
        assert dict(trainer.pairs) == counted
        if found is None:
            assert best[0][1] < 2
            break
        assert (found.pair, found.count) == best[0]
        assert found.count == max(count for _, count in best)
    assert len(trainer.vocabulary) == len(set(trainer.vocabulary))


def count_pairs_again(trainer: Trainer) -> dict[Pair, int]:
    """The pairs of all words, counted from nothing."""
    counted: dict[Pair, int] = {}
    for word, count in zip(trainer.words, trainer.counts, strict=True):
        for left, right in itertools.pairwise(word):
            counted[left, right] = counted.get((left, right), 0) + count
    return counted


def test_the_corpus_of_the_course() -> None:
    learned = Trainer(count_words(CATS)).train(100)
    assert [merge.piece for merge in learned] == ["at", "he", "the", "an", "cat", "do", "dog", "ran", "sat"]
    ranks = ranks_of(learned)
    assert encode("scattered", ranks) == ["s", "cat", "t", "e", "r", "e", "d"]
    assert encode("rat", ranks) == ["r", "at"]
    assert encode("doge", ranks) == ["dog", "e"]


def test_ties_by_chance_repeat_with_their_seed_and_differ_without() -> None:
    def run(seed: int) -> tuple[Pair, ...]:
        words = count_words(CATS, pretokenize=False)
        return tuple(merge.pair for merge in Trainer(words, ties="chance", seed=seed).train(10))

    assert run(3) == run(3)
    assert len({run(seed) for seed in range(20)}) > 5


def test_steps_of_encoding_lead_to_its_end() -> None:
    ranks = ranks_of(Trainer(count_words(CATS)).train(100))
    steps = encode_steps("scattered", ranks)
    assert [pair for pair, _ in steps] == [("a", "t"), ("c", "at")]
    assert steps[-1][1] == encode("scattered", ranks)
    assert encode("xyz", ranks) == ["x", "y", "z"]


def test_bytes_and_their_letters() -> None:
    assert bytes_to_unicode() == LETTER_OF
    assert len(letters("é🙂", byte_level=True)) == 6
    assert readable("".join(letters("the é 世", byte_level=True))) == "the é 世"
    assert readable(letters("é", byte_level=True)[0]) == "\\xc3"
