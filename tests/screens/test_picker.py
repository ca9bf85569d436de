"""Choosing a model: what is offered, what it can be used for here, and what has to be downloaded first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.app.app_fakes import MACHINE, RUN, fake_services, record_run, store_nano, wait_until
from tests.app.conftest import LAB, RECIPE
from tutor.app import TutorApp
from tutor.engine.memory import CPU, Budget, capabilities
from tutor.engine.tiers import TIERS
from tutor.screens.lab import LabScreen
from tutor.screens.model_rows import Choice, choices, line, needs
from tutor.screens.navigation import open_lab
from tutor.screens.picker import ModelPicker
from tutor.text import human_bytes

NANO = {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30}
NANO |= {"num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49152, "tie_word_embeddings": True}


def _stored(home: Path) -> None:
    """The embedded model in the store, as far as the picker looks."""
    store_nano(home)
    (home / "models" / "nano" / "config.json").write_text(json.dumps(NANO))


def _run_with(home: Path, *, merged: bool) -> None:
    """A run that made a model."""
    run = record_run(home)
    (run / "gguf").mkdir()
    if merged:
        (run / "merged").mkdir()
        (run / "merged" / "config.json").write_text(json.dumps(NANO))
        manifest = {"format": 1, "model": RUN, "parameters": 134515008, "size_bytes": 269_000_000}
        (run / "merged" / "manifest.json").write_text(json.dumps(manifest))


def _names(**wanted: bool) -> list[str]:
    return [choice.name for choice in choices(**wanted) if not choice.missing]


def test_what_can_be_chosen_depends_on_what_it_is_for(home: Path) -> None:
    assert _names(runs=True, trainable=False) == ["nano"]
    _stored(home)
    _run_with(home, merged=False)
    assert _names(runs=True, trainable=False) == ["nano", RUN]
    assert _names(runs=True, trainable=True) == ["nano"]
    (home / "runs" / RUN / "gguf").rmdir()
    (home / "runs" / RUN / "run.toml").unlink()
    (home / "runs" / RUN).rename(home / "gone")
    _run_with(home, merged=True)
    assert _names(runs=True, trainable=True) == ["nano", RUN]
    assert _names(runs=False, trainable=True) == ["nano"]


def test_tiers_that_are_not_here_say_how_to_get_them(home: Path) -> None:
    missing = {choice.name: choice.missing for choice in choices(runs=False, trainable=False) if choice.missing}
    assert missing == {name: f"tutor import {name}" for name in ("tiny", "small", "medium", "large")}


@pytest.mark.parametrize("tier", TIERS)
def test_the_marks_are_the_planners(tier: str) -> None:
    choice = Choice(tier, TIERS[tier].model, 10**9, TIERS[tier].architecture, f"tutor import {tier}")
    for size in (2, 8, 24, 200):
        machine = Budget(CPU, size * 10**9, "bfloat16")
        can = capabilities(TIERS[tier].architecture, machine)
        shown, todo = line(choice, 8, machine).plain.split("\n")
        assert [mark for mark in shown if mark in "✓✗"] == ["✓" if use.fits else "✗" for use in can.values()]
        assert len(shown) == 74 >= len(todo)
        assert all(human_bytes(use.needed) in needs(choice, machine).plain for use in can.values())
    assert "✓" not in line(choice, 8, None).plain


class Picking(TutorApp):
    """The app with the picker open; keeps what it returned."""

    def __init__(self, picker: ModelPicker) -> None:
        super().__init__(fake_services())
        self.picker, self.picked = picker, [""]

    def on_ready(self) -> None:
        """Open it."""
        self.push_screen(self.picker, lambda name: self.picked.append(str(name)))


async def _open(pilot: Pilot[Any]) -> OptionList:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ModelPicker) and pilot.app.screen.query("#models"))
    menu = pilot.app.screen.query_one(OptionList)
    nano = next(place for place in range(menu.option_count) if "SmolLM2" in str(menu.get_option_at_index(place).prompt))
    await wait_until(pilot, lambda: "✓" in str(menu.get_option_at_index(nano).prompt))
    return menu


async def test_it_begins_at_the_current_model_and_passes_over_what_is_not_here(home: Path) -> None:
    _stored(home)
    app = Picking(ModelPicker("Model", also=[("auto", "the best")], current="nano"))
    async with app.run_test(size=(80, 24)) as pilot:
        menu = await _open(pilot)
        assert menu.highlighted == 1
        assert f"of {human_bytes(MACHINE.size)} free" in str(app.screen.query_one("#needs", Static).render())
        await pilot.press("j")
        assert menu.highlighted == 0
        await pilot.press("k", "enter")
        assert app.picked[1:] == ["nano"]


async def test_escape_chooses_nothing(home: Path) -> None:
    _stored(home)
    app = Picking(ModelPicker("Model"))
    async with app.run_test(size=(80, 24)) as pilot:
        await _open(pilot)
        await pilot.press("escape")
        assert app.picked[1:] == ["None"]


async def test_the_lab_form_opens_it(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labs = tmp_path / "labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    monkeypatch.setenv("TUTOR_LABS", str(labs))
    _stored(home)
    app = TutorApp(fake_services())
    async with app.run_test(size=(80, 24)) as pilot:
        open_lab(app, "lab-lora-cli-help")
        await wait_until(pilot, lambda: isinstance(app.screen, LabScreen) and app.screen.query("#form"))
        lab = app.screen
        assert isinstance(lab, LabScreen)
        await pilot.press("enter")
        await _open(pilot)
        await pilot.press("home", "enter")
        await wait_until(pilot, lambda: lab.config["model"] == "auto")
        await pilot.press("enter")
        await _open(pilot)
        await pilot.press("home", "down", "enter")
        await wait_until(pilot, lambda: lab.query_one(Input).display)
        await pilot.press("ctrl+u", *"/models/mine", "enter")
        await wait_until(pilot, lambda: lab.config["model"] == "/models/mine")
