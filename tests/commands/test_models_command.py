"""`tutor import` and `tutor models`, as typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tutor import paths
from tutor.cli import main
from tutor.engine.tiers import TIERS


def test_lists_every_tier_and_what_it_takes(nano_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert list(rows) == list(TIERS)
    assert rows["nano"]["imported"]
    assert rows["nano"]["parameters"] == 134_515_008
    assert rows["nano"]["can"]["lora"]["fits"]
    assert not rows["large"]["imported"]
    assert rows["large"]["import"] == "tutor import large"
    needed = [rows["large"]["can"][mode]["needs_bytes"] for mode in ("qlora", "inference", "lora", "full")]
    assert needed == sorted(needed)


def test_the_table_says_what_is_not_here(nano_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    told = capsys.readouterr()
    assert "SmolLM2-135M-Instruct" in told.out
    assert told.out.count("not here") == 4
    assert "tutor import" in told.err


def test_listing_loads_no_heavy_library(nano_home: Path) -> None:
    code = "import sys; from tutor.cli import main; main(['models']); print(*sys.modules, file=sys.stderr)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "llama_cpp", "huggingface_hub", "numpy"} & set(asked.stderr.split())


def test_verify_passes_then_names_the_changed_file(stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", stored]) == 0
    (paths.models_dir() / stored / "config.json").write_text("{}")
    assert main(["models", "verify", stored]) == 3
    told = capsys.readouterr()
    assert "config.json differs" in told.out
    assert "tutor import" in told.err


def test_rm_deletes_and_says_how_much(stored: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "rm", stored]) == 0
    assert "MB are free again" in capsys.readouterr().err
    assert not (paths.models_dir() / stored).exists()
    assert main(["models", "rm", stored]) == 2


def test_import_prints_the_place_and_narrates_on_stderr(
    zeros: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(zeros)]) == 0
    told = capsys.readouterr()
    assert told.out == f"{paths.models_dir() / zeros.name}\n"
    assert "parameters" in told.err
    assert "Copying" in told.err


def test_import_into_a_directory_as_json(zeros: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(zeros), "-o", str(tmp_path / "out"), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["directory"] == str(tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert not paths.models_dir().exists()


def test_an_unknown_source_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "smal"]) == 3
    assert capsys.readouterr().err == "tutor: There is no model called 'smal' to import. Did you mean 'small'?\n"


@pytest.fixture
def stored(zeros: Path, home: Path) -> str:
    """The name of that model in this test's store."""
    from tutor.engine.importing import import_model

    return import_model(str(zeros)).name
