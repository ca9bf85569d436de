"""Walking through a matrix on a lesson's page: the picture follows, limits turn out, and maps become files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.app.app_fakes import FakeEngine, fake_services, store_nano, wait_until
from tutor.app import TutorApp
from tutor.course.outline import load_outline
from tutor.engine.client import Reply
from tutor.errors import TutorError
from tutor.screens import navigation
from tutor.screens.lesson import LessonScreen
from tutor.services import Services
from tutor.widgets.lesson.cellgrid import CellMatrix
from tutor.widgets.lesson.figurebox import FigureBox
from tutor.widgets.stepper import Stepper

MAP, TOY = 5, 0
"""Pages of 2.1.3."""


class Writer(FakeEngine):
    """An engine that writes files, or has no room to."""

    full = False

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """Says where the files would be."""
        if method != "attention_export.write":
            async for reply in super().stream(method, **params):
                yield reply
        elif self.full:
            raise TutorError("The disk is full.", "Free some space.")
        else:
            yield Reply({"files": ["/maps/a\x1b[31m.svg", "/maps/a.png"], "asked": params}, done=True)


def services(*, full: bool = False) -> Services:
    """With an engine that can write."""
    kind = type("FullWriter", (Writer,), {"full": full})
    return Services(make_engine=kind, now=fake_services().now)


async def opened(pilot: Pilot[Any], page: int) -> FigureBox:
    """The figure of a page, drawn, with the focus in its matrix."""
    topic = load_outline().topic("2.1.3")
    assert topic is not None
    navigation.open_topic(pilot.app, topic, page)
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, LessonScreen) and pilot.app.screen.query(FigureBox))
    box: FigureBox = pilot.app.screen.query_one(FigureBox)
    await wait_until(pilot, lambda: box.query_one(".source", Static).content)
    box.query_one(CellMatrix).focus()
    await pilot.pause()
    return box


def said(box: FigureBox, part: str) -> str:
    """The text of a part."""
    return str(box.query_one(part, Static).content)


@pytest.fixture(autouse=True)
def _embedded_model(home: Path) -> None:
    store_nano(home)


async def test_the_picture_follows_the_cell() -> None:
    async with TutorApp(services()).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, TOY)
        await pilot.press("s")
        styles = [str(span.style) for span in box.query_one(".picture", Static).content.spans]  # type: ignore[union-attr]
        await pilot.press("down", "right")
        await wait_until(pilot, lambda: "cat → d1" in said(box, ".explains"))
        assert "0.5  = 0.2·0 + 1·0.5 + 0.8·0 + 0.1·0" in said(box, ".explains")
        moved = [str(span.style) for span in box.query_one(".picture", Static).content.spans]  # type: ignore[union-attr]
        assert moved != styles
        assert any("bold auto on" in style for style in moved)


async def test_a_model_says_how_many_layers_it_has() -> None:
    async with TutorApp(services()).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, MAP)
        stepper = box.query_one("#layer", Stepper)
        assert stepper.value == 16
        stepper.offer(range(12))
        assert stepper.value == 11
        stepper.offer([0, 16])
        await pilot.pause()
        assert stepper.value == 16


async def test_the_cursor_begins_where_most_is_seen_and_names_its_cell() -> None:
    async with TutorApp(services()).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, MAP)
        assert said(box, ".explains").startswith("is → France")
        await pilot.press("end", "up")
        assert "no weight: it comes later" in said(box, ".explains")


async def test_a_map_is_written_to_files_and_the_screen_says_where() -> None:
    async with TutorApp(services()).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, MAP)
        await pilot.press("e")
        await wait_until(pilot, lambda: "Written" in said(box, ".status"))
        assert said(box, ".status") == "Written:\n/maps/a.svg\n/maps/a.png"


async def test_what_cannot_be_written_is_said() -> None:
    async with TutorApp(services(full=True)).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, MAP)
        await pilot.press("e")
        await wait_until(pilot, lambda: "disk" in said(box, ".status"))
        assert said(box, ".status") == "The disk is full.\nFree some space."


async def test_only_what_can_be_written_offers_it() -> None:
    async with TutorApp(services()).run_test(size=(140, 45)) as pilot:
        box = await opened(pilot, TOY)
        assert not box.query_one(CellMatrix).check_action("export", ())
        await pilot.press("e")
        await pilot.pause()
        assert "Written" not in said(box, ".status")
