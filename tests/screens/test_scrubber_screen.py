"""Through the checkpoints of a run on the screen."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.app.app_fakes import RUN, FakeEngine, record_run, wait_until
from tests.looks import looks
from tutor.app import TutorApp
from tutor.engine.client import Reply
from tutor.runs import store
from tutor.runs.events import EventWriter
from tutor.screens.navigation import open_run
from tutor.screens.run import RunScreen
from tutor.screens.scrubber import ScrubberScreen
from tutor.services import Services


class Stops(FakeEngine):
    """Three stops, one after the other."""

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """Each part has one stop more."""
        self.asked.append((method, params))
        stops: list[dict[str, Any]] = []
        for step in (0, 30, 60):
            top = [{"piece": f" w{step}", "p": 0.5}]
            stops.append(
                {"step": step, "answers": [{"text": f"said at {step}", "ended": True, "top": top, "kl": step / 10}]}
            )
            yield Reply({"stops": list(stops)}, done=step == 60)


def with_adapter(home: Path) -> None:
    """A recorded run that left one."""
    directory = record_run(home)
    (directory / "adapter").mkdir()
    writer = EventWriter(directory / "events.jsonl")
    writer.emit("result", name="model", value="nano", unit="", note="")
    writer.close()


async def opened(pilot: Pilot[Any]) -> None:
    """The scrubber of that run, with its stops."""
    app = pilot.app
    open_run(app, store.find(RUN))
    await wait_until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.check_action("scrub", ()))
    await pilot.press("t")
    await wait_until(pilot, lambda: isinstance(app.screen, ScrubberScreen) and len(app.screen._stops) == 3)


@looks
def test_picture(snap_compare: Callable[..., bool], home: Path, size: tuple[int, int]) -> None:
    with_adapter(home)

    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press("right", "right")

    assert snap_compare(TutorApp(Services(make_engine=Stops)), terminal_size=size, run_before=before)


async def test_answers_change_from_stop_to_stop(home: Path) -> None:
    with_adapter(home)
    engine = Stops("trace")
    app = TutorApp(Services(make_engine=lambda _role: engine))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "said at 0" in _shown(app)
        assert "KL" not in _shown(app)
        await pilot.press("right", "right")
        await wait_until(pilot, lambda: "said at 60" in _shown(app))
        assert "KL from the base 6.000 nats" in _shown(app)
        assert "What does --all do?" in _shown(app)
        await pilot.press("left")
        await wait_until(pilot, lambda: "said at 30" in _shown(app))
    method, params = engine.asked[-1]
    assert (method, params["last"], params["prompts"]) == ("scrub.look", 60, ["What does --all do?"])


def _shown(app: TutorApp) -> str:
    return str(app.screen.query_one("#answers").render())
