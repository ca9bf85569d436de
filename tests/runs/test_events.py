"""The event stream: whole lines, known fields, and readers that survive what a killed writer leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tutor.runs.events import KINDS, EventReader, EventWriter, make, read_all


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    written = [writer.emit("message", level="info", text="naïve\nlines ✓"), writer.emit("checkpoint", step=4, path="c")]
    assert list(read_all(path)) == written


def test_an_event_outside_the_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="schema"):
        make("message", text="no level")
    with pytest.raises(ValueError, match="schema"):
        make("surprise")


def test_fields_that_only_a_gpu_has_may_be_missing() -> None:
    step = dict.fromkeys(KINDS["step"], 1)
    assert "cuda_allocated_bytes" not in make("step", **step)
    assert make("step", **step, cuda_allocated_bytes=5)["cuda_allocated_bytes"] == 5
    with pytest.raises(ValueError, match="schema"):
        make("step", **step, surprise=1)


def test_numbers_that_are_not_finite_stay_json(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventWriter(path).emit("result", name="loss", value=[float("nan"), float("inf")], unit="", note="")
    assert json.loads(path.read_text())["value"] == ["nan", "inf"]


def test_a_half_line_is_completed_later(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.emit("message", level="info", text="one")
    line = path.read_bytes()
    path.write_bytes(line + line[:10])
    reader = EventReader(path)
    assert len(reader.new()) == 1
    with path.open("ab") as file:
        file.write(line[10:])
    assert [event["text"] for event in reader.new()] == ["one"]
    assert reader.skipped == 0


def test_a_resumed_writer_ends_the_line_that_a_killed_one_left(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"v":1,"t":0,"kind":"mess')
    EventWriter(path).emit("message", level="info", text="back")
    reader = EventReader(path)
    assert [event["text"] for event in reader.new()] == ["back"]
    assert reader.skipped == 1


@pytest.mark.parametrize(
    "garbage", [b"\xff\xfe\x00\n", b"[1,2]\n", b"null\n", b'{"v":99,"kind":"message"}\n', b"[" * 9999 + b"\n"]
)
def test_garbage_is_passed_over_and_counted(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(garbage)
    EventWriter(path).emit("message", level="info", text="fine")
    reader = EventReader(path)
    assert [event["text"] for event in reader.new()] == ["fine"]
    assert reader.skipped == 1


def test_the_documentation_names_every_kind_and_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "run-format.md").read_text()
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    for kind, fields in KINDS.items():
        for field in fields:
            assert f"`{field}`" in rows[kind] or field in rows[kind], (kind, field)
