"""What an extractor finds in one file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """A documented piece of code. Texts have LF line ends and no blanks at the ends of lines."""

    language: str
    kind: str
    symbol: str
    signature: str
    """Code that parses by itself: the declaration as written, inside its parent's header where it has one."""
    doc: str
    """The documentation without comment marks or quotes."""
    body: str
    line: int
    """1-based; of the declaration, below documentation and attributes."""
    inner: bool = False
    """Documented from inside (`//!`)."""


@dataclass(slots=True)
class FileItems:
    """All that one file gave."""

    items: list[Item] = field(default_factory=list)
    undocumented: int = 0
    """Items of a kind that is extracted, without documentation."""
    tests: int = 0
    """Items that are tests, passed over."""
    faults: list[str] = field(default_factory=list)
    """`line 3 does not parse: …`; items that hold one are passed over."""
    names: set[str] = field(default_factory=set)
    """Capitalised identifiers in the file's code."""
