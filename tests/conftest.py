"""Fixtures shared by all tests: every test gets a data directory of its own and no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor import paths

pytest_plugins = ["tests.toy_lab"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `TUTOR_HOME`, so that no test sees the user's data or another test's."""
    directory = tmp_path / "home"
    monkeypatch.setenv("TUTOR_HOME", str(directory))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return directory


@pytest.fixture(scope="session")
def nano_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A model store with the embedded model, imported once for the whole session (about 20 s)."""
    from tutor.engine.importing import import_model

    store = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(store))
        import_model("nano")
        yield paths.models_dir()


@pytest.fixture
def nano_home(home: Path, nano_store: Path) -> Path:
    """The test's own `TUTOR_HOME`, with the embedded model already imported."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(nano_store)
    return home
