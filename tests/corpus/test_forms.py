"""Documentation to source form and back."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.corpus import forms

LINE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30).map(str.rstrip)
DOCS = st.lists(LINE, min_size=1, max_size=5).map("\n".join).filter(lambda doc: doc.strip() and doc == doc.strip("\n"))


@given(doc=DOCS, inner=st.booleans())
def test_rust_and_back(doc: str, inner: bool) -> None:
    written = forms.written("rust", doc, inner)
    assert all(line.startswith("//!" if inner else "///") for line in written.split("\n"))
    assert forms.plain("rust", written) == doc


@given(doc=DOCS.filter(lambda doc: "'''" not in doc or '"""' not in doc))
def test_python_and_back(doc: str) -> None:
    written = forms.written("python", doc)
    assert isinstance(ast.literal_eval(written), str)
    assert forms.plain("python", written) == doc


@pytest.mark.parametrize(
    ("language", "output"), [("rust", "/// a\nb"), ("python", "plain"), ("python", "'one'"), ("python", "f'''x'''")]
)
def test_what_is_no_documentation_is_refused(language: str, output: str) -> None:
    with pytest.raises(ValueError, match=r"docstring|line without"):
        forms.plain(language, output)
