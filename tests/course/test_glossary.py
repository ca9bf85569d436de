"""The glossary: what ships, what a broken file says, and what a reader finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.course.glossary import load_glossary, matching
from tutor.errors import TutorError


def test_a_term_is_found_by_its_name_before_its_mention() -> None:
    terms = load_glossary()
    found = [term.name for term in matching(terms, "LoRA")]
    assert found[0] == "LoRA"
    assert "merge" in found
    assert [term.name for term in matching(terms, "nucleus")] == ["top-p"]
    assert matching(terms, "") == list(terms)
    assert matching(terms, "no such thing") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = 2", "glossary.toml:1: the format is not 1"),
        ("format = 1\nterm = [", "glossary.toml:2: not valid TOML"),
        ('format = 1\n\n[[term]]\nname = "a"', "glossary.toml:3: a term needs"),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "glossary.toml").write_text(text)
    with pytest.raises(TutorError, match=says):
        load_glossary(tmp_path)
