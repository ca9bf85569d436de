"""The link is measured by the terminal's own answers."""

from __future__ import annotations

import asyncio

import pytest
from textual._time import get_time

from tutor.terminal import link
from tutor.terminal.link import QUESTION, LinkMeter


class Terminal:
    """Answers every question after a while: `delay`, and as long as what came before it takes to travel."""

    def __init__(self, delay: float, bytes_per_s: float) -> None:
        self.delay = delay
        self.bytes_per_s = bytes_per_s
        self.meter = LinkMeter(self.write)
        self.questions = 0

    def write(self, text: str) -> None:
        assert text.count(QUESTION) == 1
        assert text.endswith(QUESTION)
        self.questions += 1
        travels = len(text) / self.bytes_per_s
        asyncio.get_running_loop().call_later(self.delay + travels, lambda: self.meter.answered(get_time()))


async def test_a_near_and_a_thin_link_are_told_apart() -> None:
    near = await Terminal(0.0, 1e12).meter.measure()
    thin = await Terminal(0.02, 40_000).meter.measure()
    assert near is not None
    assert thin is not None
    assert 0.02 < thin.round_trip_s < 1
    assert thin.bytes_per_s is not None
    assert thin.bytes_per_s < 60_000
    assert near.round_trip_s < thin.round_trip_s
    assert near.bytes_per_s is None or near.bytes_per_s > thin.bytes_per_s


async def test_a_terminal_that_never_answers_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PATIENCE_S", 0.01)
    asked: list[str] = []
    meter = LinkMeter(asked.append)
    assert await meter.measure() is None
    assert asked == [QUESTION]


async def test_a_link_that_chokes_on_the_load_is_thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PATIENCE_S", 0.2)
    terminal = Terminal(0.0, 1_000)
    found = await terminal.meter.measure()
    assert found is not None
    assert found.bytes_per_s is not None
    assert found.bytes_per_s < 20_000
    assert terminal.questions == link.PINGS + 1


def test_an_answer_that_nobody_waits_for_is_nothing() -> None:
    LinkMeter(lambda _: None).answered(0.0)
