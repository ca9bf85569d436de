"""`tutor train` and `tutor plan`: which lab is meant, and where the adapter comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tutor.cli import main
from tutor.runs import store
from tutor.runs.config import lab_names, lab_of_file, load_lab, read_config_file

LEAVES_AN_ADAPTER = """
    (run.path / "adapter").mkdir(exist_ok=True)
    (run.path / "adapter" / "adapter_config.json").write_text(str(run.config.steps))
"""


@pytest.fixture
def training_lab(toy_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toy that says it trains, and leaves an adapter behind; the working directory holds `mine.toml` for it."""
    toml, recipe = toy_lab / "toy.toml", toy_lab / "toy.py"
    toml.write_text(toml.read_text().replace("[options]", 'memory = "lora"\n\n[options]'))
    recipe.write_text(recipe.read_text() + LEAVES_AN_ADAPTER)
    (tmp_path / "mine.toml").write_text('lab = "lab-toy"\n[options]\nsteps = 2\nmodel = "none"\n')
    monkeypatch.chdir(tmp_path)
    return toy_lab


def test_the_adapter_is_copied_out_of_the_run(training_lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--config", "mine.toml", "--output", "adapter"]) == 0
    assert Path("adapter/adapter_config.json").read_text() == "2"
    assert "the adapter is in" in capsys.readouterr().err
    # What is there already is never overwritten, and nothing is trained for it.
    assert main(["train", "--config", "mine.toml", "--output", "adapter"]) == 2
    assert len(store.all_runs()) == 1


def test_a_failed_check_still_gives_the_adapter_and_an_error_does_not(training_lab: Path) -> None:
    assert main(["train", "--config", "mine.toml", "--set", "fault=check", "-o", "weak"]) == 1
    assert Path("weak/adapter_config.json").is_file()
    assert main(["train", "--config", "mine.toml", "--set", "fault=error", "-o", "none"]) == 3
    assert not Path("none").exists()


def test_flags_come_before_the_file(training_lab: Path) -> None:
    assert main(["train", "--config", "mine.toml", "--set", "steps=1", "--seed", "7", "-o", "one"]) == 0
    assert Path("one/adapter_config.json").read_text() == "1"
    assert store.all_runs()[0].config["seed"] == 7


def test_a_plan_keeps_nothing(training_lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--config", "mine.toml", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (plan,) = (event for event in events if event["kind"] == "plan")
    assert plan["rows"][0]["value"] == 2
    assert store.all_runs() == []


def test_another_lab_than_the_file_s_is_refused(training_lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (training_lab / "other.toml").write_text((training_lab / "toy.toml").read_text())
    (training_lab / "other.py").write_text((training_lab / "toy.py").read_text())
    assert main(["train", "--config", "mine.toml", "--lab", "lab-other", "-o", "adapter"]) == 2
    assert "is for lab-toy" in capsys.readouterr().err


def test_a_lab_that_trains_nothing_is_refused(toy_lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--lab", "lab-toy", "-o", "adapter"]) == 2
    assert "lab-toy leaves no adapter" in capsys.readouterr().err


def test_a_lab_with_many_adapters_is_refused_before_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--lab", "lab-rank-ablation", "-o", "adapter"]) == 2
    assert store.all_runs() == []


def test_the_file_of_the_course_names_its_lab_and_known_options() -> None:
    ours = Path(__file__).parents[2] / "labs" / "qlora.toml"
    lab = load_lab(str(lab_of_file(ours)))
    assert lab.name == "lab-qlora-cli-help"
    assert set(read_config_file(ours)) <= set(lab.options)
    assert "lab-qlora" not in lab_names()


def test_the_declaration_of_a_lab_is_a_configuration_too() -> None:
    assert lab_of_file(Path(__file__).parents[2] / "labs" / "sft_chat.toml") == "lab-sft-chat"
