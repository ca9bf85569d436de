"""The embedded model in memory, read once for all tests of probes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.engine.loaded import Loaded, read_model


@pytest.fixture(scope="session")
def nano_loaded(nano_store: Path) -> Loaded:
    """The embedded model as lessons look into it; whoever changes it takes that back."""
    return read_model(nano_store / "nano", "nano")
