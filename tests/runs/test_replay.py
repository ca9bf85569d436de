"""Recorded runs: told from those made here, and replayed in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tutor.runs import machine
from tutor.runs.events import EventWriter, make
from tutor.runs.replay import LONGEST_GAP, Replay, recorded_on
from tutor.runs.store import RunDir


def a_run(path: Path, hardware: dict[str, Any]) -> RunDir:
    path.mkdir()
    facts = {"format": 1, "lab": "lab-x", "mode": "run", "created": "2026-08-01T12:00:00+0000", "config": {}}
    facts |= {"machine": {"platform": "any", **hardware}, "versions": {"commit": "0123456789abcdef"}}
    (path / "run.toml").write_text(tomlkit.dumps(facts))
    writer = EventWriter(path / "events.jsonl")
    writer.emit("result", name="computed in", value="bfloat16", unit="", note="NVIDIA H100, compute capability 9.0")
    writer.close()
    return RunDir(path)


def test_a_run_of_this_machine_is_not_recorded(tmp_path: Path) -> None:
    here = machine.hardware()
    assert recorded_on(a_run(tmp_path / "same", here)) == ""
    assert recorded_on(a_run(tmp_path / "kernel", here | {"memory_bytes": int(here["memory_bytes"] * 0.99)})) == ""


@pytest.mark.parametrize("other", [{"cpu": "Another one"}, {"cores": 977}, {"memory_bytes": 1}])
def test_a_copied_run_says_where_and_when_it_was_made(tmp_path: Path, other: dict[str, Any]) -> None:
    run = a_run(tmp_path / "run", machine.hardware() | other)
    says = recorded_on(run)
    for part in ("NVIDIA H100", "2026-08-01 12:00", "commit 0123456789"):
        assert part in says
    assert str(other.get("cpu", "")) in says


def events_at(*moments: float) -> list[dict[str, Any]]:
    return [make("message", level="info", text=str(moment)) | {"t": moment} for moment in moments]


def test_a_replay_keeps_order_and_pace() -> None:
    clock = [100.0]
    replay = Replay(events_at(7.0, 8.0, 10.0, 11.0), seconds=8.0, now=lambda: clock[0])
    assert [event["text"] for event in replay.new()] == ["7.0"]
    clock[0] += 1.9
    assert replay.new() == []
    clock[0] += 0.1
    assert [event["text"] for event in replay.new()] == ["8.0"]
    clock[0] += 6
    assert [event["text"] for event in replay.new()] == ["10.0", "11.0"]
    assert replay.done
    assert replay.new() == []


def test_a_replay_is_not_done_before_its_last_event() -> None:
    clock = [0.0]
    replay = Replay(events_at(0.0, 1.0), seconds=1.0, now=lambda: clock[0])
    replay.new()
    assert not replay.done


def test_long_silence_is_cut_and_clocks_that_go_back_do_no_harm() -> None:
    clock = [0.0]
    replay = Replay(events_at(0.0, 90_000.0, 80_000.0, 80_000.0 + LONGEST_GAP), seconds=10, now=lambda: clock[0])
    replay.new()
    clock[0] = 5.0
    assert len(replay.new()) == 2
    clock[0] = 10.0
    assert len(replay.new()) == 1


def test_nothing_to_replay_is_done_at_once() -> None:
    replay = Replay([])
    assert replay.done
    assert replay.new() == []
