"""A lesson's conversation with the engine: what it asks, in which order, and what errors become."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.app_fakes import FakeEngine, store_nano
from tutor.errors import TutorError
from tutor.screens.lesson_session import LessonSession
from tutor.widgets.lesson.trace import LIVE_VALUES, Settings


@pytest.fixture
def engine(home: Path) -> FakeEngine:
    """The recorded engine, with its model in the store."""
    store_nano(home)
    return FakeEngine("trace")


async def test_the_model_is_loaded_once(engine: FakeEngine) -> None:
    said: list[str] = []
    session = LessonSession(lambda _role: engine, "nano", lambda: said.append(session.trace.waiting))
    await session.run("The capital of France is")
    await session.run("Another")
    assert [method for method, _ in engine.asked] == ["load", "trace", "distribution", "trace", "distribution"]
    assert said[0].startswith("Reading the model nano")
    assert said[-1] == ""
    assert session.trace.prompt == "Another"


async def test_settings_do_not_run_the_model_again(engine: FakeEngine) -> None:
    session = LessonSession(lambda _role: engine, "nano", lambda: None)
    await session.adjust(Settings(0.5, 10, 0.9))
    assert engine.asked == []
    await session.run("x")
    assert engine.asked[2] == ("distribution", {"temperature": 0.5, "top_k": 10, "top_p": 0.9, "penalty": 1.0})
    await session.adjust(Settings(0.0, penalty=1.2))
    assert engine.asked[-1] == ("distribution", {"temperature": 0.0, "top_k": 0, "top_p": 1.0, "penalty": 1.2})
    assert [method for method, _ in engine.asked].count("trace") == 1


async def test_tokens_are_drawn_by_the_seed_and_their_number(engine: FakeEngine) -> None:
    session = LessonSession(lambda _role: engine, "nano", lambda: None)
    await session.draw()
    assert engine.asked == []
    await session.run("x")
    await session.adjust(Settings(seed=7))
    await session.draw()
    await session.draw(2)
    seeds = [(params["seed"], params["step"]) for method, params in engine.asked if method == "sample"]
    assert seeds == [(7, 0), (7, 1), (7, 2)]
    assert len(session.trace.drawn) == 3
    await session.run("x")
    assert session.trace.drawn == []


async def test_an_error_is_part_of_the_trace_and_goes_away(engine: FakeEngine) -> None:
    session = LessonSession(lambda _role: engine, "nano", lambda: None)
    engine.error = TutorError("It broke.", "Mend it.")
    await session.run("x")
    assert [str(session.trace.error), session.trace.report, session.trace.waiting] == ["It broke. Mend it.", {}, ""]
    engine.error = None
    await session.run("x")
    assert [session.trace.error, bool(session.trace.report)] == [None, True]


async def test_every_live_value_can_be_computed(engine: FakeEngine) -> None:
    session = LessonSession(lambda _role: engine, "nano", lambda: None)
    await session.run("x")
    values = {name: compute(session.trace) for name, compute in LIVE_VALUES.items()}
    assert values["tokens"] == 5
    assert values["vocab"] == 49152
    assert 0 < values["top_percent"] <= 100
