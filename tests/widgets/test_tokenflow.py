"""Tokens in lines: nothing is lost, nothing overlaps, and the cursor reaches every one."""

from __future__ import annotations

import random

import pytest
from textual.app import App, ComposeResult

from tutor.widgets.tokenflow import Token, TokenFlow, shade, step


class Flow(App[None]):
    """Only the widget."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[str] = []

    def compose(self) -> ComposeResult:
        """Only the widget."""
        yield TokenFlow()

    def on_token_flow_moved(self, event: TokenFlow.Moved) -> None:
        """Note where the cursor is."""
        self.moved.append(event.token.piece)


def test_a_less_probable_token_never_has_a_weaker_shade() -> None:
    steps = [step(p / 1000) for p in range(1001)]
    assert steps == sorted(steps, reverse=True)
    assert set(steps) == {0, 1, 2, 3, 4}


def test_without_colours_the_step_is_written() -> None:
    assert [shade("x", p, no_color=True).plain for p in (0.95, 0.6, 0.3, 0.1, 0.01)] == ["x", "x¹", "x²", "x³", "x⁴"]


@pytest.mark.parametrize("width", [4, 20, 80])
async def test_tokens_fill_lines_without_gaps_or_overlaps(width: int) -> None:
    chance = random.Random(width)
    pieces = [chance.choice([" a", "b", "long piece ", "\n", "字", "x" * 90, "end\n", ""]) for _ in range(60)]
    app = Flow()
    async with app.run_test(size=(80, 24)) as pilot:
        flow = app.query_one(TokenFlow)
        for piece in pieces:
            flow.add(Token(piece, 0.5, [(piece, 0.5)]))
        await pilot.resize_terminal(width, 24)
        await pilot.pause()
        places = flow._places
        assert len(places) == len(pieces)
        for number in range(1, len(places)):
            before, here = places[number - 1], places[number]
            behind = (here.x, here.y) == (before.right, before.y) and here.right <= width
            assert behind or (here.x, here.y) == (0, before.y + 1)
            assert not (behind and pieces[number - 1].endswith("\n"))


async def test_the_cursor_goes_everywhere_and_no_further() -> None:
    app = Flow()
    async with app.run_test(size=(20, 24)) as pilot:
        flow = app.query_one(TokenFlow)
        for piece in ("one", " two\n", "three", " four"):
            flow.add(Token(piece, 0.5, []))
        flow.focus()
        await pilot.press("right", "right", "right", "right", "left", "up", "down", "home", "end")
        await pilot.pause()
    assert app.moved == ["one", " two\n", "three", " four", " four", "three", "one", "three", "one", " four"]
