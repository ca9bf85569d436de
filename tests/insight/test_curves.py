"""The rules on curves, on real trainings of a tiny model in which one thing was done wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tutor.course.outline import load_outline
from tutor.engine.batches import collate
from tutor.engine.chatdata import IGNORED, Example
from tutor.engine.loss import supervised_losses
from tutor.engine.training import Training
from tutor.errors import TutorError
from tutor.insight.curves import RULES, Curves, findings, read
from tutor.runs.events import Event, make

LENGTH = 12


def counting(count: int, seed: int) -> list[Example]:
    """Sequences that go up by one or two: there is a rule to learn."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        start, stride = chance.randrange(60), chance.choice((1, 2))
        made.append(example([3 + (start + stride * place) % 60 for place in range(LENGTH)]))
    return made


def noise(count: int, seed: int, tokens: Sequence[int] = range(3, 64)) -> list[Example]:
    """Tokens without a rule: they can only be learned by heart."""
    chance = random.Random(seed)
    return [example([chance.choice(tokens) for _ in range(LENGTH)]) for _ in range(count)]


def example(ids: list[int]) -> Example:
    """All of it is supervised."""
    return Example(tuple(ids), tuple(ids))


def train(train_on: list[Example], held_out: list[Example] = (), **changes: Any) -> list[Event]:  # type: ignore[assignment]
    """The events of training all weights of the tiny model; held-out losses eight times on the way."""
    settings = tiny_llama.settings(**({"lr": 3e-3, "batch_size": 8, "schedule": "constant"} | changes))
    training = Training(tiny_llama.model(), train_on, settings, pad_id=1)
    events = [make("started", run="r", lab="l", mode="run", config={"epochs": settings.epochs, "lr": settings.lr})]
    rest = {"tokens": 1, "tokens_per_s": 1.0, "eta_s": 0.0, "rss_bytes": 1}
    try:
        for step in training:
            found = {"loss": step.loss, "lr": step.lr, "grad_norm": step.grad_norm}
            events.append(make("step", step=step.number, total=training.total, **found, **rest))
            if held_out and step.number % max(1, training.total // 8) == 0:
                with torch.no_grad():
                    loss = supervised_losses(training.model, *collate(held_out, 1)).mean().item()
                events.append(
                    make("eval", step=step.number, split="new", loss=loss, low=loss, high=loss, n=len(held_out))
                )
    except TutorError as error:
        events.append(make("finished", status="error", exit_code=3, what=error.what, todo=error.todo))
        return events
    return [*events, make("finished", status="passed", exit_code=0, what="Done.", todo="")]


def planted(name: str) -> list[Event]:
    """A training with a fault."""
    if name == "nothing supervised":
        return train([replace(each, labels=(IGNORED,) * LENGTH) for each in counting(16, 0)])
    if name == "learning rate too high":
        return train(counting(64, 0), counting(16, 1), lr=1.0, clip=0.0, epochs=8)
    if name == "learning rate too low":
        return train(counting(64, 0), counting(16, 1), lr=3e-6, epochs=8)
    if name == "overfitting":
        return train(noise(16, 0), noise(16, 1), lr=1e-2, epochs=40)
    if name == "leak between splits":
        return train(noise(16, 0), noise(16, 0), lr=1e-2, epochs=40)
    return train(noise(640, 0, (5, 9, 30, 41)), noise(32, 1, (5, 9, 30, 41)), lr=1e-2, epochs=1)


@pytest.fixture(scope="module")
def planted_events() -> dict[str, list[Event]]:
    """The events of every planted fault."""
    return {name: planted(name) for name in RULES}


@pytest.mark.parametrize("name", RULES)
def test_a_planted_fault_is_named_and_no_other(name: str, planted_events: dict[str, list[Event]]) -> None:
    found = read(planted_events[name])
    assert [finding.name for finding in found] == [name]
    assert found[0].todo


def test_of_a_good_training_nothing_is_said() -> None:
    events = train(counting(96, 0), counting(16, 1), epochs=6)
    losses = [event["loss"] for event in events if event["kind"] == "eval"]
    assert losses[-1] < 0.7 * losses[0]
    assert read(events) == []


def test_divergence_is_named_by_its_error() -> None:
    events = train(counting(64, 0), lr=1e38, clip=0.0, epochs=4, warmup=0.3)
    assert events[-1]["status"] == "error"
    assert [finding.name for finding in read(events)] == ["learning rate too high"]
    assert "1e+38" in read(events)[0].todo or "diverged" in read(events)[0].says


def test_faults_are_seen_while_it_runs(planted_events: dict[str, list[Event]]) -> None:
    """Overfitting is named before the end; what only the end can show is not."""
    events = planted_events["overfitting"]
    assert any(read(events[:place]) for place in range(len(events) // 2, len(events) - 1))
    slow = planted_events["learning rate too low"]
    assert read(slow[: len(slow) // 3]) == []


def test_a_few_steps_say_nothing() -> None:
    assert findings(Curves()) == []
    assert read(train(counting(16, 0), counting(4, 1), epochs=1)) == []


def test_a_resumed_run_is_judged_anew(planted_events: dict[str, list[Event]]) -> None:
    broken = planted_events["nothing supervised"]
    assert read(broken)
    assert read([*broken, make("started", run="r", lab="l", mode="run", config={})]) == []


def test_every_rule_leads_to_a_lesson_that_is_open(planted_events: dict[str, list[Event]]) -> None:
    outline = load_outline()
    for name in RULES:
        topic = outline.topic(read(planted_events[name])[0].topic)
        assert topic is not None
        assert topic.file is not None


def test_a_fault_that_the_learner_is_to_find_is_not_given_away(planted_events: dict[str, list[Event]]) -> None:
    started, *rest = planted_events["overfitting"]
    assert read([started | {"config": {"drill": "mask"}}, *rest])
    assert read([started | {"config": {"drill": "any"}}, *rest]) == []


def test_two_trainings_in_one_run_are_not_taken_for_one_curve(planted_events: dict[str, list[Event]]) -> None:
    started, *rest = planted_events["overfitting"]
    middle = len(rest) // 2
    one, other = (make("stage", name=name, title=name, state="started") for name in ("r4", "r8"))
    assert read([started, one, *rest])
    assert read([started, one, *rest[:middle], other, *rest[middle:]]) == []


def test_a_few_uneven_batches_are_no_rise() -> None:
    """Losses of a real run of twelve steps, whose batches are sorted by length."""
    losses = [1.45, 3.16, 1.60, 2.52, 1.63, 2.14, 1.47, 3.46, 1.75, 2.67, 1.76, 2.27]
    rest = {"lr": 1e-3, "grad_norm": 1.0, "tokens": 1, "tokens_per_s": 1.0, "eta_s": 0.0, "rss_bytes": 1}
    steps = [make("step", step=step, total=12, loss=loss, **rest) for step, loss in enumerate(losses, start=1)]
    assert read(steps) == []
