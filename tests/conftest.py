"""Fixtures shared by all tests: every test gets a data directory of its own and no network."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

from tutor import paths
from tutor.childprocess import quiet_environment

# As in every process of ours that computes, and before torch is imported: on a shared machine it is ten times as fast.
os.environ["GOMP_SPINCOUNT"] = quiet_environment()["GOMP_SPINCOUNT"]

# Ctrl-C works in the programs that are tested, also where the suite was begun in the background, which ignores it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

pytest_plugins = ["tests.toy_lab", "tests.toy_course", "tests.graded_lab", "tests.looks"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole labs first: begun last, one of them would keep a worker busy after all others are done."""
    items.sort(key=lambda item: item.path.parent.name != "labs")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `TUTOR_HOME` and the same terminal for all, so that no test sees the user's data or another test's."""
    directory = tmp_path / "home"
    monkeypatch.setenv("TUTOR_HOME", str(directory))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "COLORTERM", "SSH_CONNECTION", "TUTOR_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return directory


@pytest.fixture(scope="session")
def nano_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A model store with the embedded model, imported once for all workers of the session (about 20 s)."""
    from tutor.engine.importing import import_model

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(shared / "store"))
        with FileLock(shared / "store.lock"):
            if not (paths.models_dir() / "nano").is_dir():
                import_model("nano")
        yield paths.models_dir()


@pytest.fixture
def nano_home(home: Path, nano_store: Path) -> Path:
    """The test's own `TUTOR_HOME`, with the embedded model already imported."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(nano_store)
    return home


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    """A directory that is a whole model to all but a forward pass: 15 MB of zeros and an empty tokenizer."""
    import torch
    from safetensors.torch import save_file

    directory = tmp_path / "zeros"
    directory.mkdir()
    shape = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 1, "vocab_size": 60_000}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    config = {"model_type": "llama", "tie_word_embeddings": True} | shape | heads
    (directory / "config.json").write_text(json.dumps(config))
    (directory / "tokenizer.json").write_text("{}")
    sizes: dict[str, tuple[int, ...]] = {
        "embed": (60_000, 64),
        "q": (64, 64),
        "k": (32, 64),
        "v": (32, 64),
        "o": (64, 64),
    }
    sizes |= {"gate": (96, 64), "up": (96, 64), "down": (64, 96), "norm1": (64,), "norm2": (64,), "norm3": (64,)}
    tensors = {f"{name}.weight": torch.zeros(size) for name, size in sizes.items()}
    save_file(tensors, directory / "model.safetensors")
    return directory
