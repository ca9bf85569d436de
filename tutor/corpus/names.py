"""The names of types in a file: a table to look words of its documentation up in.

Lexical on purpose. A syntax query for every identifier costs as much as the parse, and a name too many in the table
only makes the test for invented names milder by that name.
"""

from __future__ import annotations

import re

_NAME = re.compile(rb"\b[A-Z][A-Za-z0-9]{2,}")
_PROSE = {
    "rust": re.compile(rb"//[^\n]*|/\*.*?\*/", re.DOTALL),
    "python": re.compile(rb"\"\"\".*?\"\"\"|'''.*?'''|#[^\n]*", re.DOTALL),
}


def names(language: str, source: bytes) -> set[str]:
    """Every capitalised word, as types are named, that stands outside comments and docstrings."""
    return {name.decode() for name in set(_NAME.findall(_PROSE[language].sub(b" ", source)))}
