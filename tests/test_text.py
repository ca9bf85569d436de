"""Nothing a model or a tool says can steer the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.text import clean_text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07after", "after"),
        ("\x1b]52;c;Y29weQ==\x1b\\after", "after"),
        ("\x1b[2J\x1b[Hgone?", "gone?"),
        ("\x9b31mred", "red"),
        ("a\rb\x08c\x00\x7f\x85d", "abcd"),
        ("admin\u202egnp.exe\u2066", "admingnp.exe"),
        ("half\ud83d", "half"),
        ("Grüße, 世界 👩‍💻", "Grüße, 世界 👩‍💻"),
    ],
)
def test_examples(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@given(st.text())
def test_no_control_survives(text: str) -> None:
    cleaned = clean_text(text)
    assert not [c for c in cleaned if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160]
    assert clean_text(cleaned) == cleaned
