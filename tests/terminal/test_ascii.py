"""Whatever is drawn has a likeness in ASCII of the same width."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import tutor
from tutor.terminal.ascii import ascii_only, terminal_lacks_unicode


@given(st.text())
def test_ascii_of_the_same_width(text: str) -> None:
    plain = ascii_only(text)
    assert plain.isascii()
    printable = "".join(character for character in text if character.isprintable())
    assert cell_len(ascii_only(printable)) == cell_len(printable)


def test_likenesses() -> None:
    assert ascii_only("├─┐ ▶ 1.3 › Café “x” … 中 ⣿⠁⠀ ░▒▓█ ≠") == '+-+ > 1.3 > Cafe "x" . ?? #.  .:%# ?'


def test_every_glyph_of_the_app_has_a_likeness() -> None:
    files = [*Path(tutor.__file__).parent.rglob("widgets/**/*.py"), *Path(tutor.__file__).parent.rglob("screens/*.py")]
    drawn = {character for file in files for character in file.read_text() if not character.isascii()}
    assert drawn
    assert [character for character in drawn if ascii_only(character) == "?"] == [], "LOOKS_LIKE lacks it"


@pytest.mark.parametrize(
    ("environ", "lacks"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "linux"}, True),
        ({"TERM": "linux", "TUTOR_ASCII": "0"}, False),
        ({"TERM": "xterm", "TUTOR_ASCII": "1"}, True),
    ],
)
def test_which_terminals_are_thought_to_lack_it(environ: dict[str, str], lacks: bool) -> None:
    assert bool(terminal_lacks_unicode(environ)) == lacks


def test_a_locale_without_utf_8_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda _: "ISO-8859-1")
    assert "ISO-8859-1" in terminal_lacks_unicode({"TERM": "xterm"})
