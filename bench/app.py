"""The app against its budget, line by line, driven through a pseudo-terminal: `python -m bench.app`.

Times on a busy machine are noise; the ratio to a bare Textual app, measured in turn with ours, is not.
"""

from __future__ import annotations

import fcntl
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.ptyapp import PtyApp
from tutor import paths
from tutor.childprocess import quiet_environment
from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.course.progress import Place, Progress
from tutor.runs import config, store
from tutor.runs.events import EventWriter

TUTOR = [sys.executable, "-m", "tutor"]
ROUNDS = 7
KEYS = 60
PAGE_UP, PAGE_DOWN = "\x1b[5~", "\x1b[6~"
LESSON, HEAT = "1.3.2", "stream"
"""A lesson with heat cells, and the name of the picture that has them."""

BARE = """
from textual.app import App
from textual.widgets import Footer, Header
class Bare(App):
    def compose(self):
        yield Header()
        yield Footer()
Bare().run()
"""

TRAIN = """
import os, torch
os.nice(5)
model = torch.nn.Sequential(*(torch.nn.Linear(512, 512) for _ in range(12)))
optimizer = torch.optim.AdamW(model.parameters())
print("training", flush=True)
while True:
    model(torch.randn(256, 512)).square().mean().backward()
    optimizer.step()
    optimizer.zero_grad()
"""


def main() -> None:
    """Print every line of the budget with what was measured."""
    models = paths.models_dir()
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "TUTOR_HOME": home}
        os.environ["TUTOR_HOME"] = home
        commands(env)
        first_frame(env)
        at_rest(env)
        with training():
            app = open_app(env)
            line("key to first paint while both cores train, p95", 1000 * p95(latencies(app)), "ms", 50)
            line("quit while both cores train", app.end("q"), "s", 0.5)
        dashboard(env)
    with_a_model(models)


def line(name: str, value: float, unit: str, budget: float) -> None:
    """One line of the table."""
    print(f"{'ok  ' if value <= budget else 'OVER'}  {name:<52} {value:>9.2f} {unit:<4}  budget {budget:g}", flush=True)


def p95(values: list[float]) -> float:
    """The value below which 95 % lie."""
    return sorted(values)[int(len(values) * 0.95)]


def commands(env: dict[str, str]) -> None:
    """Commands that must not import anything heavy."""
    for flag in ("--help", "--version"):
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            subprocess.run([*TUTOR, flag], env=env, stdout=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - began)
        line(f"tutor {flag}", statistics.median(times), "s", 0.15)


def first_frame(env: dict[str, str]) -> None:
    """Ours and a bare app in turn. The quickest of each is the one that other processes disturbed least."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        for times, command, text in ((bare, [sys.executable, "-c", BARE], b"Bare"), (ours, TUTOR, b"Course")):
            app = PtyApp(command, env)
            times.append(app.wait_for(text))
            app.settle()
            app.end("\x11")
    line("first frame", min(ours), "s", 0.6)
    line(
        "first frame, times a bare app with Header and Footer",
        min(ours) / min(bare),
        "x",
        1.5,
    )


def open_app(env: dict[str, str], command: Sequence[str] = TUTOR) -> PtyApp:
    """The app with its first screen settled."""
    app = PtyApp(command, env)
    app.wait_for(b"Course")
    app.settle(0.5)
    return app


def latencies(app: PtyApp) -> list[float]:
    """Seconds to the first byte of many cursor moves."""
    return [app.latency("j" if number % 20 < 10 else "k") for number in range(KEYS)]


def at_rest(env: dict[str, str]) -> None:
    """Memory, idleness, latency, and bytes of a quiet app."""
    app = open_app(env)
    process = psutil.Process(app.pid)
    line("memory of the app's process", process.memory_info().rss / 1e6, "MB", 80)
    before, began = process.cpu_times(), time.perf_counter()
    idle_bytes = app.count(5)
    after, took = process.cpu_times(), time.perf_counter() - began
    line("idle output", idle_bytes / took, "B/s", 0)
    line("idle processor time", 100 * (after.user + after.system - before.user - before.system) / took, "%", 0.5)
    line("key to first paint, p95", 1000 * p95(latencies(app)), "ms", 20)
    bytes_of_moves(app)
    line("memory after three screens", process.memory_info().rss / 1e6, "MB", 80)
    line("quit from the lab screen", app.end("\x11"), "s", 0.5)


def bytes_of_moves(app: PtyApp) -> None:
    """From the map to a lab's screen: what moves of the cursor and of the focus send."""
    app.press("j")
    line("bytes of a cursor move on the map", app.settle(), "B", 4096)
    open_lab(app)
    moves = []
    for _ in range(6):
        app.press("\t")
        moves.append(app.settle())
    line("bytes of a focus move (lab screen, worst of 6)", max(moves), "B", 4096)


def open_lab(app: PtyApp) -> None:
    """Through the command palette to the first lab."""
    app.press("\x10")
    app.settle()
    app.press("Lab: Collect")
    app.settle(0.5)
    app.press("\r")
    app.settle(0.5)


def with_a_model(models: Path) -> None:
    """Leaving while the engine reads a model, and heat cells that change. Needs `nano` in the store `models`."""
    if not (models / "nano" / "manifest.json").is_file():
        print("skip  pictures of a lesson: `tutor import nano` first")
        return
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "models").symlink_to(models)
        env = {**os.environ, "TUTOR_HOME": home}
        Progress(Path(home) / "progress.db").keep_place(Place(LESSON, 0))
        app = open_app(env)
        app.press("\r")
        app.wait_for(b"Reading the model")
        line("quit while the engine reads a model", app.end("\x11"), "s", 0.5)
        heat(env)


def heat_page() -> int:
    """Which page of the lesson has the heat cells, counted from 0."""
    topic = load_outline().topic(LESSON)
    assert topic is not None
    assert topic.file is not None
    pages = load_lesson(topic.file).pages
    return next(n for n, page in enumerate(pages) if HEAT in [getattr(block, "name", "") for block in page.blocks])


def heat(env: dict[str, str], command: Sequence[str] = TUTOR) -> None:
    """Heat cells that change, on a page of a lesson. Needs `nano` in the store of `env`."""
    Progress(Path(env["TUTOR_HOME"]) / "progress.db").keep_place(Place(LESSON, heat_page()))
    app = open_app(env, command)
    app.press("\r")
    end = time.perf_counter() + 60
    while b" embed " not in app.output and time.perf_counter() < end:
        app.press(PAGE_DOWN)
        app.settle(0.5)
    app.press(PAGE_UP)
    app.settle(0.5)
    app.press(PAGE_DOWN)
    line("bytes of scrolling to heat cells, 80 x 24", app.settle(0.5), "B", 12_288)
    app.end("\x11")


@contextmanager
def training() -> Iterator[None]:
    """A process that trains with torch on all cores, as politely as a run does."""
    child = subprocess.Popen([sys.executable, "-c", TRAIN], env=quiet_environment(), stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    try:
        yield
    finally:
        child.kill()
        child.wait()


def dashboard(env: dict[str, str], command: Sequence[str] = TUTOR) -> None:
    """A run's screen while four steps a second come in, which is more than the embedded model makes here."""
    lab = config.load_lab("lab-lora-cli-help")
    run = store.create(lab, lab.defaults())
    lock = os.open(run.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    events = EventWriter(run.events)
    events.emit("started", run=run.id, lab=lab.name, mode="run", config=run.config)
    events.emit("stage", name="train", title="Train the adapter", state="started")
    app = open_app(env, command)
    app.press("\x10")
    app.settle()
    app.press(f"Run {run.id[-4:]}")
    app.settle(0.5)
    app.press("\r")
    app.settle(1)
    seconds, count = 10, 0
    for step in range(1, seconds * 4 + 1):
        events.emit(
            "step", step=step, total=200, loss=3 / step**0.3, lr=1e-3, grad_norm=1.0, tokens=step * 500,
            tokens_per_s=480.0 + step % 7, eta_s=60.0 - step / 4, rss_bytes=900_000_000,
        )  # fmt: skip
        count += app.count(0.25)
    line("live dashboard", count / seconds, "B/s", 10_000)
    line("quit with a run going", app.end("\x11"), "s", 0.5)
    os.close(lock)


if __name__ == "__main__":
    assert Path("pyproject.toml").is_file(), "run it from the repository's root"
    main()
