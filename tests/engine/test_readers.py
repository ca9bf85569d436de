"""The small tokenizers: what comes back, and the cuts against the tokenizers library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from tutor.engine.bpe import LETTER_OF, letters, readable
from tutor.engine.readers import FOUR_LINES, UNKNOWN, WORD, Bytes, Letters, Words, learned
from tutor.engine.texts import ARTICLE_1, SAMPLES
from tutor.errors import UsageError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_bytes_give_every_text_back(text: str) -> None:
    for merges in (0, 10):
        cut = learned("four lines", merges)[2].cut(text)
        assert cut.back == text
        assert cut.unknown == []
    assert len(learned("four lines", 0)[2].cut(text).pieces) == len(text.encode())


@given(TEXT)
def test_words_and_letters_know_their_lists(text: str) -> None:
    words, of_letters = Words(FOUR_LINES).cut(text), Letters(FOUR_LINES).cut(text)
    assert len(words.pieces) == len(text.split())
    assert len(of_letters.pieces) == len(text)
    assert {text.split()[place] for place in words.unknown}.isdisjoint(FOUR_LINES.split())
    assert (of_letters.back == text) is not bool(of_letters.unknown)
    assert {words.pieces[place] for place in words.unknown} <= {UNKNOWN}


def test_known_examples() -> None:
    words, of_letters, of_bytes = learned("four lines", 10)
    assert [reader.size for reader in (words, of_letters, of_bytes)] == [6, 14, 266]
    assert words.cut("the rat sat").pieces == ["the", UNKNOWN, "sat"]
    assert of_letters.cut("the rat sat").unknown == []
    assert of_letters.cut("Cat").unknown == [0]
    assert words.cut("the  cat").back == "the cat"
    assert "".join(of_bytes.cut("scattered").pieces) == "scattered"


@pytest.mark.parametrize("text", [*ARTICLE_1.values(), *SAMPLES.values()])
def test_cuts_are_those_of_the_tokenizers_library(text: str) -> None:
    reader = Bytes(FOUR_LINES + ARTICLE_1["English"], 40)
    pieces = [*LETTER_OF.values(), *(left + right for left, right in reader._ranks)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    theirs = Tokenizer(models.BPE(vocab=vocabulary, merges=list(reader._ranks)))
    words = ["".join(letters(word, byte_level=True)) for word in WORD.findall(text)]
    expected = [readable(token) for word in words for token in theirs.encode(word).tokens]
    assert reader.cut(text).pieces == expected
    assert reader.cut(text).back == text


def test_a_longer_text_teaches_longer_pieces() -> None:
    small, large = learned("four lines", 500)[2], learned("this course", 500)[2]
    assert len(large.cut("the tokenizer of the model").pieces) < len(small.cut("the tokenizer of the model").pieces)
    with pytest.raises(UsageError):
        learned("no such text", 10)
