"""Exports: the file, what it says of itself, and how it is held against its source; `tutor export` as typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tutor.cli import main
from tutor.engine import exporting, safetensors_file, store
from tutor.engine.exporting import Copy, perplexity
from tutor.engine.gguf_file import read_header
from tutor.engine.loading import load_model
from tutor.engine.lora import add_adapter, save_adapter


@pytest.fixture
def here(small_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a small model called `merged`, whose manifest knows its base."""
    (tmp_path / "merged").mkdir()
    for path in small_llama.iterdir():
        (tmp_path / "merged" / path.name).symlink_to(path)
    base = {"name": "Big", "source": "hf://org/Big", "license": "mit"}
    store.write_manifest(tmp_path / "merged", {"model": "Small", "source": "test", "base": base})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_quantized_file_names_its_base_and_is_compared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "merged", "--format", "gguf", "--quantize", "q8_0", "-o", "model.gguf", "--json"]
    assert main(words) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    source, copy = told["copies"]
    assert told["passed"] and copy["same_tokens"] and 0.9 <= copy["top1"] <= 1 and 0 < copy["kl"] < 0.02
    assert source["kind"] == "bf16" and source["bits"] == pytest.approx(16, abs=0.01) and 8 < copy["bits"] < 16
    assert copy["bytes"] == (here / "model.gguf").stat().st_size
    assert copy["perplexity"] == pytest.approx(source["perplexity"], rel=0.05)
    said = read_header(here / "model.gguf").metadata
    assert (said["general.name"], said["general.license"]) == ("Small", "mit")
    assert said["general.base_model.0.name"] == "Big"
    assert said["general.base_model.0.repo_url"] == "https://huggingface.co/org/Big"
    assert "tutor" in said["general.description"]
    assert not [path for path in here.iterdir() if path.name.startswith(".partial")]
    assert main(words) == 2, "what is there is not overwritten"


def test_safetensors_of_another_precision(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "merged", "--format", "safetensors", "--quantize", "f32", "-o", "wide"]) == 0
    assert "✓ it says what its source says" in capsys.readouterr().err
    assert safetensors_file.main_dtype(safetensors_file.read_model(here / "wide")) == "float32"
    assert store.StoredModel(here / "wide").manifest["base"]["name"] == "Big"
    assert load_model(here / "wide").config.vocab_size == 49152


def test_an_adapter_is_held_against_torch(
    here: Path, small_gguf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(exporting, "_base_gguf", lambda _base: small_gguf)  # the same, already converted
    model = add_adapter(load_model(here / "merged", "float32"), r=2, alpha=4, dropout=0, targets=["mlp"], seed=1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.5)
    save_adapter(model, here / "adapter")
    assert main(["export", "adapter", "--format", "lora-gguf", "-o", "adapter.gguf", "--json"]) == 0
    copy = json.loads(capsys.readouterr().out)["copies"][1]
    assert copy["top1"] > 0.97 and copy["kl"] < 1e-3
    # The base's file without the adapter fails the same comparison.
    source = exporting.Source(here / "merged", "The bees flew out over the rails.", here / "adapter")
    source.adapter = None
    assert not source.against_gguf(small_gguf, "f16").passed


@pytest.mark.parametrize(
    ("copy", "passed"),
    [
        (Copy("x", "q4_k_m", 1, 1, 1, top1=0.85, kl=0.1), True),
        (Copy("x", "f16", 1, 1, 1, top1=0.85, kl=0.1), False),
        (Copy("x", "q4_k_m", 1, 1, 1, top1=0.85, kl=0.3), False),
        (Copy("x", "f16", 1, 1, 1, same_tokens=False), False),
    ],
)
def test_what_is_near_enough_depends_on_the_precision(copy: Copy, passed: bool) -> None:
    assert copy.passed is passed


def test_perplexity_of_a_uniform_guess_is_the_vocabulary() -> None:
    assert perplexity(torch.zeros(5, 64), [1, 2, 3, 4, 5]) == pytest.approx(64)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["merged", "--quantize", "q4_km"], "Did you mean 'q4_k_m'"),
        (["merged", "--format", "safetensors", "--quantize", "q4_0"], "cannot be written as 'q4_0'"),
        (["merged", "--format", "lora-gguf"], "is no adapter"),
        (["merged", "--text", "nothing.txt"], "cannot be read as text"),
        (["nothing"], "no model called"),
    ],
)
def test_what_makes_no_sense_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["export", *words, "-o", "out"]) == 2
    assert says in capsys.readouterr().err
    assert not (here / "out").exists()
