"""The real app on the screen of a run whose steps keep coming: what `bench.train --beside` puts next to the training.

python -m bench.train --beside "python -m bench.livescreen"
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time

from tutor.app import TutorApp
from tutor.runs import config, store
from tutor.runs.events import EventWriter
from tutor.screens.run import RunScreen

STEPS = 2000
STEP_S = 0.25
"""More often than the embedded model makes a step on two cores."""


def keep_stepping(events: EventWriter) -> None:
    """A step every `STEP_S`, as the training beside it would say."""
    for step in range(1, STEPS):
        events.emit(
            "step", step=step, total=STEPS, loss=3 / step**0.3, lr=1e-3, grad_norm=1.0, tokens=step * 500,
            tokens_per_s=480.0 + step % 7, eta_s=60.0, rss_bytes=900_000_000,
        )  # fmt: skip
        time.sleep(STEP_S)


class OnTheRun(TutorApp):
    """The app, opened on one run."""

    run_directory: store.RunDir

    def on_ready(self) -> None:
        """Go to the run's screen."""
        self.push_screen(RunScreen(self.run_directory))


def main() -> None:
    """Open the app on a run that is going."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["TUTOR_HOME"] = home
        lab = config.load_lab("lab-lora-cli-help")
        run = store.create(lab, lab.defaults())
        fcntl.flock(os.open(run.lock, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)
        events = EventWriter(run.events)
        events.emit("started", run=run.id, lab=lab.name, mode="run", config=run.config)
        events.emit("stage", name="train", title="Train the adapter", state="started")
        threading.Thread(target=keep_stepping, args=(events,), daemon=True).start()
        app = OnTheRun()
        app.run_directory = run
        app.run()


if __name__ == "__main__":
    main()
