"""A small course of our own, in which one page has everything that a page can have."""

from __future__ import annotations

from pathlib import Path

import pytest

KIT = Path(__file__).parent / "kit"


@pytest.fixture
def kit(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kit's lessons in place of the course's."""
    monkeypatch.setenv("TUTOR_LESSONS", str(KIT))
    return KIT
