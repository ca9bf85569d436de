"""What could not be read: counted and named, never passed over in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong, and where."""

    source: str
    path: str
    """Relative to the source; '' where the whole source failed."""
    what: str
    lost: bool = True
    """Whether nothing of the file could be used."""
