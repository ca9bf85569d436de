"""Over a slow link an answer is drawn as often as live numbers are; none of it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownStream

from tests.app.app_fakes import fake_services, store_nano, wait_until
from tutor import settings
from tutor.app import TutorApp
from tutor.screens import navigation
from tutor.widgets.chatpane import ChatPane


@pytest.mark.parametrize("repaint", ["1", "4"])
async def test_pieces_are_drawn_together_where_drawing_is_rare(
    home: Path, repaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_nano(home)
    settings.save("repaint", repaint)
    drawn: list[str] = []
    write = MarkdownStream.write

    async def noted(stream: MarkdownStream, piece: str) -> None:
        drawn.append(piece)
        await write(stream, piece)

    monkeypatch.setattr(MarkdownStream, "write", noted)
    app = TutorApp(fake_services())
    async with app.run_test() as pilot:
        await pilot.pause()
        navigation.open_chat(app, "nano")
        await wait_until(pilot, lambda: app.screen.query(ChatPane))
        await pilot.press(*"add?", "enter")
        pane = app.screen.query(ChatPane).first()
        await wait_until(pilot, lambda: len(pane.turns) == 2)
        answer = pane.turns[1]["content"]
        assert pane.query(Markdown).last().source == answer
    if repaint == "1":
        assert len(drawn) < 5
    else:
        assert "".join(drawn) == answer
        assert len(drawn) > 5
