"""The pictures of lesson 1.3.3: what they say, at every width."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.app_fakes import recorded_answer
from tests.widgets.figure_checks import assert_fits, drawn, start_values
from tutor.engine.texts import SAMPLES
from tutor.widgets.figures.base import View
from tutor.widgets.figures.languages import Languages
from tutor.widgets.figures.tokenizers import OWN, Tokenizers
from tutor.widgets.figures.vocab_rows import VocabRows

NANO = {"model": "nano"}


def _compared(sample: str = OWN) -> dict[str, Any]:
    figure = Tokenizers()
    return recorded_answer(*figure.ASK, NANO | figure.params(start_values(figure) | {"sample": sample}))


@pytest.mark.parametrize("sample", [OWN, *SAMPLES])
def test_every_sample_fits(sample: str) -> None:
    assert_fits(Tokenizers(), _compared(sample))


def test_blocks_say_what_is_unknown_and_what_comes_back() -> None:
    says = drawn(Tokenizers(), _compared())
    assert "1 unknown" in says
    assert "comes back as the·[UNK]·sat" in says
    assert says.endswith("Broken by this text: words.")
    assert drawn(Tokenizers(show=["BPE of bytes"]), _compared()).endswith("The text comes back unharmed.")
    assert "letters" not in drawn(Tokenizers(show=["words"]), _compared())
    assert drawn(Tokenizers(), _compared("control character")).endswith("letters, the model's.")


def test_pieces_are_parted_also_without_colours() -> None:
    assert "the|[UNK]|sat|" in drawn(Tokenizers(), _compared(), colours=False)
    coloured = Tokenizers(show=["words"]).picture(_compared(), start_values(Tokenizers()), View(76))
    styles = [str(span.style) for span in coloured.spans]
    assert "bold $problem on $panel" in styles
    assert "$foreground on $edge" in styles


def test_long_texts_are_cut_short() -> None:
    assert "… 19 more" in drawn(Tokenizers(), _compared("Chinese"))


def test_only_what_is_offered_is_asked() -> None:
    bare = Tokenizers(learn=False)
    assert bare.params(start_values(bare)) == {"text": "the rat sat"}
    assert bare.params(start_values(bare) | {"sample": "typos"}) == {"text": SAMPLES["typos"]}


def test_languages_and_rows() -> None:
    languages = recorded_answer("trace", "tokenizers.languages", NANO)
    assert_fits(Languages(), languages)
    lines = drawn(Languages(), languages).splitlines()
    assert lines[0].startswith("English") and "×1.0" in lines[0]
    rows = recorded_answer("trace", "tokenizers.rows", NANO)
    assert_fits(VocabRows(), rows)
    assert "21 of 256 bytes have no token: 04 06 13 14 16 1d c0 c1 …" in drawn(VocabRows(), rows)
    assert "have no token" not in drawn(VocabRows(), rows | {"missing": []})
