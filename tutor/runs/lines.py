"""Events as lines of text, for logs, pipes and dumb terminals."""

from __future__ import annotations

import sys

from tutor.runs.context import Throttle
from tutor.runs.events import Event
from tutor.text import clean_text

STEP_EVERY_S = 5.0
"""Training steps closer together than this are not worth a line each."""


def describe(event: Event) -> str | None:
    """The event as text without a line's end, or None where it is not worth a line."""
    teller = _TELLERS.get(event["kind"])
    return clean_text(teller(event)) if teller else None


def _started(event: Event) -> str:
    options = "  ".join(f"{name}={_value(value)}" for name, value in event["config"].items())
    return f"{event['run']}\n  {options}"


def _value(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _stage(event: Event) -> str:
    return f"▸ {event['title']}" if event["state"] == "started" else f"✓ {event['title']}"


def _plan(event: Event) -> str:
    width = max(len(row["name"]) for row in event["rows"])
    return "\n".join(
        f"  {row['name']:{width}}  {number(row['value'], row['unit'])}  {row['note']}".rstrip() for row in event["rows"]
    )


def _step(event: Event) -> str:
    return f"  step {event['step']}/{event['total']}  {step_numbers(event)}"


def step_numbers(event: Event) -> str:
    """Loss, speed and time left of a training step."""
    return f"loss {float(event['loss']):.3f}  {event['tokens_per_s']:.0f} tokens/s  {duration(event['eta_s'])} left"


def _eval(event: Event) -> str:
    return (
        f"  {event['split']} loss {float(event['loss']):.3f} nats/token "
        f"[{float(event['low']):.3f}, {float(event['high']):.3f}]  ({event['n']} examples, step {event['step']})"
    )


def _sample(event: Event) -> str:
    return f"  ? {event['prompt']}\n  base:  {event['base']}\n  tuned: {event['tuned']}"


def _result(event: Event) -> str:
    return f"  {event['name']}: {number(event['value'], event['unit'])}  {event['note']}".rstrip()


def _check(event: Event) -> str:
    mark = "✓" if event["passed"] else "✗"
    return f"  {mark} {event['name']}: {number(event['value'], '')} (wanted: {event['wanted']})"


def _message(event: Event) -> str:
    return f"  {'! ' if event['level'] == 'warning' else ''}{event['text']}"


def _finished(event: Event) -> str:
    return f"{event['what']} {event['todo']}".strip()


_TELLERS = {
    "started": _started,
    "stage": _stage,
    "plan": _plan,
    "step": _step,
    "eval": _eval,
    "sample": _sample,
    "result": _result,
    "check": _check,
    "message": _message,
    "finished": _finished,
}


def number(value: object, unit: str) -> str:
    """A value with its unit: `921,600`, `2.4 GB`, `3 min 20 s`."""
    if unit == "bytes" and isinstance(value, int | float):
        return size(value)
    if unit == "s" and isinstance(value, int | float):
        return duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{value:.4g}"
    return f"{text} {unit}".rstrip()


def size(count: float) -> str:
    """Bytes in the largest decimal unit below them: `269 MB`."""
    for unit in ("B", "kB", "MB"):
        if abs(count) < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `4.2 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


class Plain:
    """Plain lines on stderr; the last ones, what the run came to, on stdout."""

    def __init__(self) -> None:
        self._steps = Throttle(STEP_EVERY_S)

    def show(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        if event["kind"] == "step" and event["step"] != event["total"] and not self._steps.ready():
            return
        if (line := describe(event)) is not None:
            print(line, file=sys.stdout if event["kind"] in ON_STDOUT else sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing to undo."""


ON_STDOUT = frozenset({"plan", "result", "check"})
"""What a run measured is data; everything else is narration."""
