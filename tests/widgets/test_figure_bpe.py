"""The pictures of lesson 2.1.1 say what the engine found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.desk import bpe, fertility
from tutor.engine.protocol import Call
from tutor.widgets.figures.base import Figure, View
from tutor.widgets.figures.bpe_encode import BpeEncode
from tutor.widgets.figures.bpe_trainer import BpeTrainer
from tutor.widgets.figures.fertility import Fertility

CALL = Call(lambda _part: None, lambda: False)


def answer_to(figure: Figure, **values: Any) -> dict[str, Any]:
    """What the engine says to the figure with these controls."""
    module, function = figure.ASK[1].split(".")
    engine = {"bpe": bpe, "fertility": fertility}[module]
    found: dict[str, Any] = getattr(engine, function)(CALL, **figure.params(start_values(figure) | values))
    return found


TEXTS = ["the cat sat / the cat ran", "naïve 世界 🙂 / 世界 \x1b[31mred", "x" * 300]


@pytest.mark.parametrize("text", TEXTS, ids=["cats", "strange", "long"])
@pytest.mark.parametrize("switches", [("on", "off"), ("off", "off"), ("on", "on")])
def test_pictures_of_training_fit(text: str, switches: tuple[str, str]) -> None:
    values = {"text": text, "pretokenize": switches[0], "byte_level": switches[1]}
    answer = answer_to(BpeTrainer(), **values)
    for merges in (0, 2, 30):
        assert_fits(BpeTrainer(), answer, merges=merges, **values)


def test_a_step_of_training() -> None:
    answer = answer_to(BpeTrainer())
    text = drawn(BpeTrainer(), answer, merges=3)
    assert text.splitlines()[0] == "Merge 3 made the.  24 tokens, at first 36"
    assert "a + n       2 ████████ ◂ next, 6 tie" in text
    assert "c at  ×2" in text
    assert text.splitlines()[-1] == "Vocabulary of 14: 11 letters  at  he  the"
    assert "After 9 merges no pair occurs twice" in drawn(BpeTrainer(), answer, merges=30)


def test_the_pair_that_is_next_and_the_piece_just_made_are_marked() -> None:
    answer = answer_to(BpeTrainer(), text="abab abab")
    values = start_values(BpeTrainer()) | {"merges": 1}
    styles = {str(span.style) for span in BpeTrainer().picture(answer, values, View(76)).spans}
    assert "underline $operation" in styles
    assert "bold $trainable" in styles


WORDS = ["scattered", "the zebra sat", "🙂" * 30, "a\x1b]0;title\x07b"]


@pytest.mark.parametrize("word", WORDS, ids=["known", "unknown", "wide", "controls"])
def test_pictures_of_encoding_fit(word: str) -> None:
    for byte_level in ("on", "off"):
        answer = answer_to(BpeEncode(), word=word, byte_level=byte_level)
        for step in (0, 1, 20):
            assert_fits(BpeEncode(), answer, step=step, byte_level=byte_level)


def test_what_is_unknown_is_said() -> None:
    text = drawn(BpeEncode(), answer_to(BpeEncode(), word="the zebra sat"), step=20)
    assert "merge 9: s + at         the · z e b r a · sat" in text
    assert "7 tokens." in text
    assert "Unknown: b  z." in text
    assert "6 words would say:  the [UNK] sat" in text
    assert "2 more" in drawn(BpeEncode(), answer_to(BpeEncode()), step=0)


def test_fertility_fits_and_says_its_ends() -> None:
    answer = answer_to(Fertility())
    for show in ("tokens a word", "bytes a token", "training time"):
        assert_fits(Fertility(), answer, show=show)
    text = drawn(Fertility(), answer)
    assert f"{answer['points'][-1]['seen']['per_word']:.2f} after" in text
    first = answer | {"points": answer["points"][:1], "library": None}
    assert_fits(Fertility(), first)  # what is seen while it still learns
