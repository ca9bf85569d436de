"""The attention maps of a run on a screen: what a cell says, and the way from head to head."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import fake_services, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.engine.attention_maps import ADAPTED, HEADS, MAPS, AttentionMaps, Matrix, TextMap
from tutor.files import write_json
from tutor.runs.store import RunDir
from tutor.screens.attention import AttentionScreen
from tutor.screens.navigation import open_attention, open_run
from tutor.screens.run import RunScreen

PIECES = ["The", " cat", " sat", " on", " the", " mat"]
LAYERS, KV, HEAD_COUNT = 2, 1, 2

Compare = Callable[..., bool]


def softmax(scores: Matrix) -> Matrix:
    """Row by row over the past."""
    made = []
    for row, line in enumerate(scores):
        powers = [math.exp(score) if key <= row else 0.0 for key, score in enumerate(line)]
        made.append([power / sum(powers) for power in powers])
    return made


def scores(strength: float, distance: int) -> Matrix:
    """A head that looks `distance` back."""
    n = len(PIECES)
    return [[strength if row - key == min(distance, row) else 0.0 for key in range(n)] for row in range(n)]


def maps(strength: float) -> AttentionMaps:
    heads = [softmax(scores(0.5, 0)), softmax(scores(strength, 1))]
    text = TextMap("yours-1", "The cat sat on the mat", 0, list(range(6)), PIECES, [heads, heads[::-1]])
    long = ["a\x1b[31m", *"bcdefghijklmnopqrstuvwxyz"]  # as a damaged tokenizer might say it
    even = [[1 / (row + 1) if key <= row else 0.0 for key in range(26)] for row in range(26)]
    other = TextMap("pronoun", "", 0, list(range(26)), long, [[even] * 2] * 2)
    return AttentionMaps("toy", "float32", LAYERS, HEAD_COUNT, KV, 64, [text, other])


@pytest.fixture
def run(home: Path) -> RunDir:
    """A run as the lab leaves it."""
    directory = home / "runs" / "attention-viz-20260801-120000-abcd"
    (directory / HEADS).mkdir(parents=True)
    facts = {
        "format": 1,
        "lab": "lab-lora-cli-help",
        "mode": "run",
        "created": "2026-08-01T12:00:00+0000",
        "config": {},
    }
    (directory / "run.toml").write_text(tomlkit.dumps(facts))
    maps(4.0).write(directory / MAPS)
    rows = [
        {"layer": layer, "head": head, "habit": "previous" if layer != head else "other", "previous": 0.9}
        for layer in range(2)
        for head in range(2)
    ]
    write_json(directory / "heads.json", rows)
    write_json(directory / HEADS / "0.1-yours-1.json", {"scores": scores(4.0, 1)})
    return RunDir(directory)


def _said(pilot: Pilot[Any]) -> str:
    return "\n".join(str(each.content) for each in pilot.app.screen.query("#which, .explains").results(Static))


async def _open(pilot: Pilot[Any], run: RunDir) -> None:
    open_attention(pilot.app, run)
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, AttentionScreen) and "Layer 0" in _said(pilot))


async def test_it_opens_at_a_head_with_a_habit_and_cells_explain_themselves(run: RunDir) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot, run)
        assert "Layer 0 of 2   head 1 of 2 · key/value head 0 of 1" in _said(pilot)
        assert "looks at the token before (0.90)" in _said(pilot)
        await pilot.press("down", "down", "right")
        weight = math.exp(4) / (math.exp(4) + 2)
        assert "sat → cat" in _said(pilot)
        assert f"{weight:.3f} of its attention goes to the token before." in _said(pilot)
        assert f"q · k / √64 = 4.00, and e^4.00 / Σ e^score of 3 tokens = {weight:.3f}." in _said(pilot)
        await pilot.press("right", "right")
        assert "Masked" in _said(pilot)


async def test_keys_go_through_heads_layers_and_texts(run: RunDir) -> None:
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot, run)
        for key, expected in (
            ("right_square_bracket", "Layer 0 of 2   head 0"),
            ("plus", "Layer 1 of 2   head 0"),
            ("minus", "Layer 0 of 2   head 0"),
            ("n", "Layer 0 of 2   head 1"),
            ("n", "Layer 1 of 2   head 0"),
            ("n", "Layer 0 of 2   head 1"),  # after the last, the first
            ("t", "text 2 of 2: pronoun"),
        ):
            await pilot.press(key)
            assert expected in _said(pilot)
        assert "Queries and keys are kept" in _said(pilot)
        assert not app.screen.check_action("adapter", ())


async def test_the_maps_with_an_adapter_are_a_key_away(run: RunDir) -> None:
    maps(0.0).write(run.path / ADAPTED)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot, run)
        await pilot.press("down", "down", "o")
        assert "with the adapter" in _said(pilot)
        assert "0.333 of its attention" in _said(pilot)


async def test_damaged_maps_are_a_sentence(run: RunDir) -> None:
    (run.path / MAPS).write_text(json.dumps({"format": 1}))
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_run(app, run)
        await wait_until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("m")
        await wait_until(pilot, lambda: [note for note in app._notifications if "cannot be read" in note.title])


@looks
def test_picture(snap_compare: Compare, run: RunDir, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")

    async def before(pilot: Pilot[Any]) -> None:
        await _open(pilot, run)
        if size[0] > 80:
            await pilot.press("t")
        await pilot.press("down", "down", "right")

    assert snap_compare(TutorApp(fake_services()), terminal_size=size, run_before=before)
