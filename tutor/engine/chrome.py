"""Chrome's trace event format, which chrome://tracing and ui.perfetto.dev open.

Source: "Trace Event Format" (Google, 2016): complete events, `"ph": "X"`, with times in microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Event = dict[str, Any]
PROCESS = 1


def complete(name: str, category: str, thread: int, begin: float, seconds: float, **args: Any) -> Event:
    """An event with a duration; `begin` and `seconds` are seconds."""
    times = {"ts": round(begin * 1e6, 3), "dur": round(seconds * 1e6, 3)}
    return {"name": name, "cat": category, "ph": "X", "pid": PROCESS, "tid": thread, **times, "args": args}


def trace_file(process: str, threads: Mapping[int, str], events: Iterable[Event]) -> dict[str, Any]:
    """The whole file: names first, then the events in the order of their begin."""
    names = [_name("process_name", 0, process), *(_name("thread_name", tid, text) for tid, text in threads.items())]
    ordered = sorted(events, key=lambda event: (event["tid"], event["ts"], -event["dur"]))
    return {"traceEvents": [*names, *ordered], "displayTimeUnit": "ms"}


def _name(kind: str, thread: int, text: str) -> Event:
    return {"name": kind, "ph": "M", "pid": PROCESS, "tid": thread, "args": {"name": text}}


def stage_events(spans: Sequence[Mapping[str, Any]], facts: Sequence[Mapping[str, Any]], thread: int) -> list[Event]:
    """The spans of a forward pass, inside one event per layer. `facts` says something about each span."""
    events = [
        complete(span["name"], "stage", thread, span["begin"], span["seconds"], **fact)
        for span, fact in zip(spans, facts, strict=True)
    ]
    layers = sorted({span["layer"] for span in spans if span["layer"] is not None})
    for layer in layers:
        inside = [span for span in spans if span["layer"] == layer]
        begin = min(span["begin"] for span in inside)
        end = max(span["begin"] + span["seconds"] for span in inside)
        events.append(complete(f"layer {layer}", "layer", thread, begin, end - begin))
    return events


def step_events(steps: Sequence[Mapping[str, Any]], thread: int) -> list[Event]:
    """Tokens one after the other."""
    events, now = [], 0.0
    for step in steps:
        events.append(complete(step["piece"], "token", thread, now, step["seconds"], id=step["id"]))
        now += step["seconds"]
    return events
