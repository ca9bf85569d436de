"""lab-attention-viz: what it leaves behind, that it is right, and that every criterion can fail."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.labs.tiny_models import run_lab, write_model
from tutor.engine.attention import attention_weights
from tutor.engine.attention_maps import AttentionMaps
from tutor.engine.lora import add_adapter, save_adapter
from tutor.errors import TutorError, UsageError
from tutor.insight.attention_found import Found
from tutor.runs import grading, study
from tutor.runs.config import load_lab
from tutor.runs.store import RunDir

LAB = "lab-attention-viz"
SENTENCE = "what is this a cat is this a dog"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that all tests but one look into."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny")


def run_tiny(tiny: Path, **options: Any) -> RunDir:
    usual = {"model": str(tiny), "sentences": SENTENCE, "repeat": 6, "heads": ["2.3"], "smoke": True}
    return run_lab(LAB, usual | options)


def failed(run: RunDir) -> set[str]:
    """What the run's own numbers fail; predictions are another matter."""
    names = {criterion.name for criterion in grading.grade(run).criteria if criterion.passed is False}
    return names - {"predictions made before the run"}


@pytest.fixture(scope="module")
def healthy(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """One run for all tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(tmp_path_factory.mktemp("home")))
        return run_tiny(tiny)


def test_maps_are_those_of_the_model(healthy: RunDir, tiny: Path) -> None:
    maps = AttentionMaps.read(healthy.path / "attention.json")
    assert [text.name for text in maps.texts] == ["yours-1", "pronoun", "brackets", "repetition"]
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    for text in maps.texts:
        torch.testing.assert_close(torch.tensor(text.weights), attention_weights(model, text.ids))
    assert maps.texts[-1].ids[1:7] == maps.texts[-1].ids[7:]
    assert failed(healthy) == set()


def test_tables_and_pictures_are_left_behind(healthy: RunDir) -> None:
    with (healthy.path / "heads.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 4
    same = json.loads((healthy.path / "heads.json").read_text())
    assert rows == [{name: str(value) for name, value in row.items()} for row in same]
    assert rows[0]["habit"] == "previous"
    for name in ("0.0-yours-1", "2.3-repetition"):
        assert (healthy.path / "heads" / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert "</svg>" in (healthy.path / "heads" / f"{name}.svg").read_text()
        assert len(json.loads((healthy.path / "heads" / f"{name}.json").read_text())["q"][0]) == 8
    report = healthy.report.read_text()
    assert f"| **0.0** | 0 | {Found(healthy.path).row('0.0').previous:.3f} |" in report
    assert "| ✓ | nothing looks ahead |" in report


def test_silencing_is_measured_token_by_token(healthy: RunDir) -> None:
    found = Found(healthy.path)
    assert {"0.0", "2.3"} <= set(found.harm)  # the best of a habit, and the one that was named
    means = {name: sum(losses) / len(losses) for name, losses in found.losses.items()}
    assert means["whole"] == means["again"]
    for head, harm in found.harm.items():
        assert harm.value == pytest.approx(means[head] - means["whole"])
        assert harm.low <= harm.value <= harm.high
        assert harm.value != 0


SYMPTOMS = {
    "mask": {"nothing looks ahead", "weights follow from scores"},
    "dropout": {"rows sum to 1", "weights follow from scores", "the loss repeats"},
    "scale": {"weights follow from scores", "a head looks one back"},
    "rope": {"weights follow from scores", "a head looks one back"},
}


@pytest.mark.parametrize("fault", SYMPTOMS)
def test_every_planted_fault_fails_its_criteria(fault: str, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.engine.plots.save", lambda figure, path: None)
    run = run_tiny(tiny, drill=fault)
    assert failed(run) == SYMPTOMS[fault]
    assert grading.grade(run).state == "failed"


def test_the_faults_are_those_of_the_lab() -> None:
    assert set(study.load_study(load_lab(LAB)).drills) == set(SYMPTOMS)


def test_an_adapter_is_compared_with_its_base(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.engine.plots.save", lambda figure, path: None)
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    adapted = add_adapter(base, r=2, alpha=4, dropout=0, targets=["q_proj"], seed=0)
    save_adapter(adapted, tmp_path / "fresh")  # B is zero: it changes nothing
    torch.nn.init.normal_(base.model.layers[1].self_attn.q_proj.lora_B["default"].weight)
    save_adapter(adapted, tmp_path / "trained")
    assert failed(run_tiny(tiny, adapter=str(tmp_path / "fresh"))) == {"the adapter moved attention"}
    run = run_tiny(tiny, adapter=str(tmp_path / "trained"))
    assert failed(run) == set()
    moved = Found(run.path).moved
    assert all(moved[f"0.{head}"] == 0 < moved[f"1.{head}"] < 1 for head in range(4))
    assert "## What the adapter changed" in run.report.read_text()


def test_silencing_nothing_is_not_enough(healthy: RunDir, tmp_path: Path) -> None:
    data = json.loads((healthy.path / "silenced.json").read_text())
    copy = _copy(healthy, tmp_path)
    (copy.path / "silenced.json").write_text(json.dumps({name: data[name] for name in ("whole", "again")}))
    assert failed(copy) == {"heads were silenced"}


def _copy(run: RunDir, to: Path) -> RunDir:
    return RunDir(Path(shutil.copytree(run.path, to / run.id)))


def test_damaged_maps_are_refused(healthy: RunDir, tmp_path: Path) -> None:
    copy = _copy(healthy, tmp_path)
    maps = json.loads((copy.path / "attention.json").read_text())
    maps["texts"][0]["weights"][1].pop()
    (copy.path / "attention.json").write_text(json.dumps(maps))
    with pytest.raises(TutorError, match="yours-1 are not"):
        grading.grade(copy)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"heads": ["9.9"]}, "no head 9.9"),
        ({"sentences": " | "}, "no sentence"),
        ({"repeat": 40}, "repeat cannot be 40"),
        ({"adapter": "zebra"}, "no run called"),
        ({"drill": "gremlin"}, "no fault called"),
    ],
)
def test_what_cannot_be_done_is_said(options: dict[str, Any], sentence: str, tiny: Path) -> None:
    with pytest.raises(UsageError, match=sentence):
        run_tiny(tiny, **options)


@pytest.mark.model
@pytest.mark.usefixtures("nano_home")
def test_the_embedded_model_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.engine.plots.save", lambda figure, path: None)
    predictions = {"sink": "0.5", "previous": "0.1", "worst": "first"}
    run = run_lab(LAB, {"model": "nano", "smoke": True}, predictions)
    grade = grading.grade(run)
    assert {criterion.name: criterion.passed for criterion in grade.criteria if criterion.passed is not True} == {
        "questions answered rightly": None,
        "planted faults found": None,
    }
    found = Found(run.path)
    assert max(row.induction for row in found.table) > 0.5
    study.answer(run, {each.question.id: each.question.answer[-1] for each in grade.answers})
    assert all(each.right for each in grading.grade(run).answers)
