"""Runs side by side: what differs, what was measured, and as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tutor import paths
from tutor.cli import main
from tutor.files import write_json
from tutor.runs.compare import compare, differences
from tutor.runs.events import EventWriter
from tutor.runs.paired import paired
from tutor.runs.store import RunDir

Capture = pytest.CaptureFixture[str]
STEP = {"lr": 1e-3, "grad_norm": 1.0, "tokens": 1, "tokens_per_s": 1.0, "eta_s": 0.0, "rss_bytes": 1}


def a_run(name: str, config: dict[str, Any], losses: list[float], held_out: list[float], passed: bool = True) -> RunDir:
    path = paths.runs_dir() / name
    path.mkdir(parents=True)
    facts = {"format": 1, "lab": "lab-x", "mode": "run", "created": "2026-08-01T12:00:00+0000", "config": config}
    (path / "run.toml").write_text(tomlkit.dumps(facts))
    writer = EventWriter(path / "events.jsonl")
    for step, loss in enumerate(losses, start=1):
        writer.emit("step", step=step, total=len(losses), loss=loss, **STEP)
    for step, loss in enumerate(held_out):
        writer.emit("eval", step=step, split="new", loss=loss, low=loss - 0.1, high=loss + 0.1, n=9)
    writer.emit("result", name="trainable parameters", value=100 * config["r"], unit="", note="")
    writer.emit("check", name="loss fell", passed=passed, value=1, wanted="2")
    writer.emit("finished", status="passed", exit_code=0, what="Done.", todo="")
    writer.close()
    return RunDir(path)


@pytest.fixture
def two(home: Path) -> list[RunDir]:
    return [
        a_run("x-20260801-120000-aaaa", {"r": 4, "lr": 0.1, "targets": ["q"]}, [3.0, 2.0, 1.5], [3.1, 2.2]),
        a_run(
            "x-20260802-120000-bbbb", {"r": 8, "lr": 0.1, "targets": ["q", "v"], "dora": True}, [3.0, 1.0], [2.0], False
        ),
    ]


def test_only_what_differs_is_an_option(two: list[RunDir]) -> None:
    found = compare(two)
    assert found.options == {"r": [4, 8], "targets": [["q"], ["q", "v"]], "dora": [None, True]}
    assert differences([{"a": 1}, {"a": 1}, {"a": 1}]) == {}


def test_results_losses_checks_and_curves_stand_side_by_side(two: list[RunDir]) -> None:
    found = compare(two)
    assert found.results["trainable parameters"]["values"] == [400, 800]
    assert found.results["loss new"]["values"] == [2.2, 2.0]
    assert found.results["loss new"]["intervals"][1] == pytest.approx([1.9, 2.1])
    assert found.checks == {"loss fell": [True, False]}
    assert found.train[1] == [(1, 3.0), (2, 1.0)]
    assert found.held_out[0] == {"new": [(0, 3.1), (1, 2.2)]}


def test_as_typed(two: list[RunDir], capsys: Capture) -> None:
    assert main(["runs", "compare", "x-20260801", "x-20260802"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["r", "4", "8"] in lines
    assert ["dora", "–", "True"] in lines
    assert ["trainable", "parameters", "400", "800"] in lines
    assert ["loss", "fell", "✓", "✗"] in lines
    assert not any(line[:1] == ["lr"] for line in lines)
    assert ["training", "loss,", "nats/token", "A", "x", "aaaa", "B", "x", "bbbb"] in lines
    assert not any("significant" in line for line in lines)


def test_as_json(two: list[RunDir], capsys: Capture) -> None:
    assert main(["runs", "compare", "last", "x-20260801", "x-20260802", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [about["run"][-4:] for about in found["runs"]] == ["bbbb", "aaaa", "bbbb"]
    assert found["options"]["r"] == [8, 4, 8]
    assert found["train"][1] == [[1, 3.0], [2, 2.0], [3, 1.5]]


def test_one_run_cannot_be_compared(two: list[RunDir], capsys: Capture) -> None:
    assert main(["runs", "compare", "last"]) == 2
    assert "Name two to 8 runs" in capsys.readouterr().err


def test_equal_runs_say_so(home: Path, capsys: Capture) -> None:
    for name in ("x-1", "x-2"):
        a_run(name, {"r": 4}, [1.0], [])
    assert main(["runs", "compare", "x-1", "x-2"]) == 0
    assert "All options are the same." in capsys.readouterr().out


def keep(run: RunDir, per_token: list[float], tokens: int = 5) -> None:
    """As a lab leaves the loss of every held-out example behind."""
    count = [tokens] * len(per_token)
    losses = {"new": {"nats": [tokens * loss for loss in per_token], "tokens": count}}
    (run.path / "evaluation").mkdir()
    write_json(run.path / "evaluation" / "tuned.json", {"losses": losses | {"train": losses["new"]}, "answers": []})


BASE = [2.0 + place / 10 for place in range(12)]


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ([0.1, 0.2] * 6, "higher"),
        ([-0.1, -0.2] * 6, "lower"),
        ([0.1, -0.1] * 6, "no significant difference"),
        ([0.1] * 3, "too few examples to say"),
    ],
)
def test_losses_differ_where_the_paired_interval_leaves_zero_out(
    two: list[RunDir], more: list[float], verdict: str, capsys: Capture
) -> None:
    keep(two[0], BASE[: len(more)])
    keep(two[1], [loss + by for loss, by in zip(BASE, more, strict=False)])
    (found,) = paired(two)
    assert (found.split, found.run, found.n, found.verdict) == ("new", 1, len(more), verdict)
    assert found.value == pytest.approx(sum(more) / len(more))
    assert main(["runs", "compare", two[0].id, two[1].id]) == 0
    assert f"n={len(more)}  {verdict}" in capsys.readouterr().out


def test_other_examples_are_not_paired(two: list[RunDir]) -> None:
    keep(two[0], BASE)
    keep(two[1], BASE, tokens=6)
    assert paired(two) == []
