"""An engine that gives recorded answers, and a home with one recorded run: what makes snapshots the same every time."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from textual.pilot import Pilot

from tutor.engine.client import Reply
from tutor.engine.memory import CPU, Budget
from tutor.engine.protocol import Role
from tutor.errors import TutorError
from tutor.runs.events import dump, make
from tutor.services import Services

RECORDED = Path(__file__).parent / "recorded"
"""Answers of the real engines with the embedded model."""

MACHINE = Budget(CPU, 8_000_000_000, "bfloat16")
"""What every machine of the tests has for models."""

RUN = "lora-cli-help-20260801-120000-abcd"


async def wait_until(pilot: Pilot[Any], true: Callable[[], object]) -> None:
    """Wait on a condition, not on a time."""
    for _ in range(3000):
        if true():
            await pilot.pause()
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never true: {true}")


def recorded_answer(role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What the real engine once said to a figure's request.

    To record anew: delete `recorded/figures/METHOD.json`, and run the tests with `TUTOR_RECORD=HOME`, a home whose
    store has the embedded model.
    """
    file = RECORDED / "figures" / f"{method}.json"
    known: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    key = json.dumps(params, sort_keys=True)
    if key not in known:
        assert os.environ.get("TUTOR_RECORD"), f"{file.name} has no answer to {key}: see recorded_answer"
        known[key] = ask_real_engine(role, method, params)
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    answer: dict[str, Any] = known[key]
    return answer


def ask_real_engine(role: Role, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The answer of the engine's own method, in this process."""
    from tutor.engine.protocol import Call
    from tutor.engine.server import methods_of

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", os.environ["TUTOR_RECORD"])
        answer = methods_of(role)[method](Call(lambda _part: None, lambda: False), **params)
    plain: dict[str, Any] = json.loads(json.dumps(answer))
    return plain


class FakeEngine:
    """Says what the real engine of its role once said."""

    def __init__(self, role: Role, error: TutorError | None = None) -> None:
        self.role = role
        self.error = error
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.cancelled = self.closed = False
        file = RECORDED / f"{role}.json"
        self._recorded: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The recorded answer to `method`."""
        self.asked.append((method, params))
        if self.error:
            raise self.error
        answer: dict[str, Any] = self._recorded[method]
        return answer

    async def stream(self, method: str, **params: Any) -> AsyncGenerator[Reply, None]:
        """The recorded answer to a lesson's figure; else the recorded parts of a chat, then their end."""
        self.asked.append((method, params))
        if self.error:
            raise self.error
        if "." in method:
            yield Reply(recorded_answer(self.role, method, params), done=True)
            return
        for part in self._recorded["parts"]:
            yield Reply(part)
        yield Reply(self._recorded["done"], done=True)

    def cancel(self) -> None:
        """Noted."""
        self.cancelled = True

    async def close(self) -> None:
        """Noted."""
        self.closed = True


class TokenEngine(FakeEngine):
    """Says what the real engine said when it was asked for probabilities."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self._recorded |= json.loads((RECORDED / "chat_tokens.json").read_text())


def fake_services(error: TutorError | None = None) -> Services:
    """Services with fake engines and a clock that stands still."""
    return Services(
        make_engine=lambda role: FakeEngine(role, error), now=lambda: 1_780_000_000.0, memory=lambda: MACHINE
    )


def store_nano(home: Path) -> None:
    """Make the store look as if it held the embedded model; no test that uses this loads it."""
    directory = home / "models" / "nano"
    directory.mkdir(parents=True)
    manifest = {"format": 1, "model": "SmolLM2-135M-Instruct", "parameters": 134515008, "size_bytes": 269_000_000}
    (directory / "manifest.json").write_text(json.dumps(manifest))


def record_run(home: Path, *, finished: bool = True) -> Path:
    """A run directory as a run of the training lab leaves it."""
    directory = home / "runs" / RUN
    directory.mkdir(parents=True)
    facts = {
        "format": 1,
        "lab": "lab-lora-cli-help",
        "mode": "run",
        "created": "2026-08-01T12:00:00+0000",
        "config": {"model": "nano", "lr": 0.001},
    }
    (directory / "run.toml").write_text(tomlkit.dumps(facts))
    (directory / "log.txt").write_text("a library \x1b[31msaid\x1b[0m something\n")
    (directory / "events.jsonl").write_text("".join(dump({**event, "t": 1.0}) + "\n" for event in _events(finished)))
    (directory / "report.md").write_text(
        "# What changed\n\nThe loss fell.\n\n| model | loss |\n|---|---|\n| base | 3.1 |\n"
    )
    return directory


MEMORY = [
    {"name": name, "bytes": megabytes * 1_000_000}
    for name, megabytes in {
        "weights": 269, "adapter": 4, "gradients": 4, "optimizer": 7, "activations": 160, "logits": 90,
        "allocator": 80, "runtime": 450,
    }.items()
]  # fmt: skip


def _events(finished: bool) -> list[dict[str, Any]]:
    events = [
        make("started", run=RUN, lab="lab-lora-cli-help", mode="run", config={"model": "nano", "lr": 0.001}),
        make("stage", name="data", title="Prepare the data", state="started"),
        make("stage", name="data", title="Prepare the data", state="done"),
        make("message", level="info", text="240 examples to train on, 60 held out."),
        make("stage", name="train", title="Train the adapter", state="started"),
        make("memory", rows=MEMORY, available=8_000_000_000),
    ]
    for step in range(1, 61):
        loss = 1.4 + 1.8 / (1 + step / 8) + 0.12 * ((step * 7919) % 13 - 6) / 6
        events.append(
            make(
                "step",
                step=step,
                total=120,
                loss=loss,
                lr=1e-3,
                grad_norm=1.0,
                tokens=step * 512,
                tokens_per_s=480.0,
                eta_s=(120 - step) * 1.1,
                rss_bytes=912_000_000,
            )
        )
        if step % 20 == 1:
            held_out = 1.6 + 1.6 / (1 + step / 8)
            events.append(
                make("eval", step=step, split="heldout", loss=held_out, low=held_out - 0.1, high=held_out, n=60)
            )
    events.append(
        make("sample", prompt="What does --all do?", reference="Lists all.", base="I do not know.", tuned="Lists all.")
    )
    events.append(make("result", name="heldout loss", value=1.83, unit="nats/token", note="tuned"))
    events.append(make("check", name="loss falls by a third", passed=True, value=0.41, wanted="at least 0.33"))
    if finished:
        events.append(make("stage", name="train", title="Train the adapter", state="done"))
        events.append(make("finished", status="passed", exit_code=0, what="Done.", todo=""))
    return events
