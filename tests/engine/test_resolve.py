"""What users type as MODEL, and the files it means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tutor import paths
from tutor.engine import store
from tutor.engine.resolve import _fingerprint, chat_gguf, resolve
from tutor.errors import UsageError


def make_run(name: str, *ggufs: str, merged: bool = True) -> Path:
    run = paths.runs_dir() / name
    (run / "gguf").mkdir(parents=True)
    (run / "run.toml").touch()
    if merged:
        (run / "merged").mkdir()
    for gguf in ggufs:
        (run / "gguf" / gguf).write_bytes(b"GGUF")
    return run


def test_a_tier_means_the_store(nano_home: Path) -> None:
    files = resolve("nano")
    assert files.directory == paths.models_dir() / "nano"
    assert files.label == "nano (SmolLM2-135M-Instruct)"
    assert chat_gguf(files) == files.directory / store.SOURCE_GGUF


def test_a_tier_that_was_not_imported_is_never_substituted(nano_home: Path) -> None:
    with pytest.raises(UsageError, match="tutor import small"):
        resolve("small")


def test_a_run_prefers_its_quantized_file() -> None:
    run = make_run("lora-cli-help-20260101-120000-ab12", "model-f16.gguf", "model-q4_k_m.gguf")
    files = resolve("lora-cli-help-20260101")
    assert files.name == run.name
    assert files.directory == run / "merged"
    assert chat_gguf(files) == run / "gguf" / "model-q4_k_m.gguf"


def test_last_is_the_newest_run_that_made_a_model() -> None:
    make_run("z-lab-20260101-120000-aaaa")
    newest = make_run("a-lab-20260102-120000-bbbb")
    make_run("data-20260103-120000-cccc", merged=False)
    assert resolve("last").name == newest.name


def test_an_ambiguous_beginning_and_a_run_without_a_model_say_so() -> None:
    make_run("lab-20260101-120000-aaaa")
    make_run("lab-20260101-120000-bbbb")
    make_run("data-20260103-120000-cccc", merged=False)
    with pytest.raises(UsageError, match="2 runs begin"):
        resolve("lab-2026")
    with pytest.raises(UsageError, match="has made no model"):
        resolve("data-20260103-120000-cccc")


def test_paths(tmp_path: Path, small_llama: Path) -> None:
    gguf = tmp_path / "any name"
    gguf.write_bytes(b"GGUF and more")
    assert resolve(str(gguf)).gguf == gguf
    assert resolve(str(small_llama)).directory == small_llama
    run = make_run("lab-20260101-120000-aaaa", "model-f16.gguf")
    assert resolve(str(run)).gguf == run / "gguf" / "model-f16.gguf"


def test_what_means_nothing_is_a_sentence(tmp_path: Path, nano_home: Path) -> None:
    fake = tmp_path / "model.gguf"
    fake.write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match="Did you mean 'nano'"):
        resolve("nanno")
    with pytest.raises(UsageError, match="does not exist"):
        resolve("missing.gguf")
    with pytest.raises(UsageError, match="not a GGUF file"):
        resolve(str(fake))
    with pytest.raises(UsageError, match=r"no config\.json"):
        resolve(str(tmp_path))


def test_a_changed_model_has_another_fingerprint(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"x")
    before = _fingerprint(tmp_path)
    assert _fingerprint(tmp_path) == before
    os.utime(weights, ns=(0, 0))
    assert _fingerprint(tmp_path) != before
