"""`tutor merge`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine import tiny_llama
from tutor.cli import main
from tutor.engine import store
from tutor.engine.loading import load_model
from tutor.engine.lora import save_adapter


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a `base` and an `adapter` that was trained on it."""
    tiny_llama.model().save_pretrained(tmp_path / "base")
    tiny_llama.tokenizer().save_pretrained(tmp_path / "base")
    training = tiny_llama.training(base=load_model(tmp_path / "base", "float32", "eager"), epochs=1)
    for _ in training:
        pass
    save_adapter(training.model, tmp_path / "adapter")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_line_of_the_course(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "base", "adapter", "--strategy", "lora", "-o", "merged"]) == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(here / "merged")
    assert "4 matrices changed" in told.err
    assert not store.problems(store.StoredModel(here / "merged"))
    # What is there already is never overwritten.
    assert main(["merge", "base", "adapter", "-o", "merged"]) == 2
    assert "already there" in capsys.readouterr().err


def test_json_has_every_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "base", "base", "--strategy", "average", "-o", "mean", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["manifest"]["merge"]["weights"] == [1.0, 1.0]
    assert len(told["changes"]) == 21 and not any(change["delta"] for change in told["changes"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["base", "base"], "base is no adapter"),
        (["base", "adapter", "adapter"], "lora merges one adapter"),
        (["base", "adapter", "--weights", "1,2"], "2 weights were given, and 1 are needed"),
        (["base", "adapter", "--weights", "one"], "no list of numbers"),
        (["base", "adapter", "--density", "0"], "density cannot be"),
        (["base", "adapter", "--dequantized"], "4 bits"),
        (["base", "base", "base", "--strategy", "slerp"], "3 were given"),
        (["bsae", "adapter"], "no model called"),
    ],
)
def test_what_makes_no_sense_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["merge", *words, "-o", "out"]) == 2
    assert says in capsys.readouterr().err
    assert not (here / "out").exists()
