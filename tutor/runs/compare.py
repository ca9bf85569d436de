"""Runs side by side: the options in which they differ, what each measured, and their curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutor.runs.events import Event, read_all
from tutor.runs.store import RunDir

Point = tuple[int, float]


@dataclass(frozen=True)
class Compared:
    """Runs in the order in which they were named; every list has an entry for each, None where a run has no value."""

    runs: list[dict[str, Any]]
    """`run`, `lab`, `status`, `created` and `cpu`."""
    options: dict[str, list[Any]]
    """Those that are not the same in all."""
    results: dict[str, dict[str, Any]]
    """By name: `unit`, `values` and `intervals`; the last held-out losses as `loss SPLIT` first."""
    checks: dict[str, list[bool | None]]
    train: list[list[Point]]
    """Training loss over steps, in nats/token."""
    held_out: list[dict[str, list[Point]]]
    """Held-out loss over steps, by split."""


def compare(runs: Sequence[RunDir]) -> Compared:
    """Read the runs' configurations and events."""
    events = [list(read_all(run.events)) for run in runs]
    latest = [{(event["kind"], event["name"]): event for event in each if "name" in event} for each in events]
    return Compared(
        runs=[_about(run) for run in runs],
        options=differences([run.config for run in runs]),
        results=_last_losses(events) | _results(latest),
        checks={
            name: [found[key]["passed"] if (key := ("check", name)) in found else None for found in latest]
            for name in _names(latest, "check")
        },
        train=[sorted({e["step"]: float(e["loss"]) for e in each if e["kind"] == "step"}.items()) for each in events],
        held_out=[_held_out(each) for each in events],
    )


def differences(configs: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Options of which not all have the same value; None where there is no such option."""
    names = list(dict.fromkeys(name for config in configs for name in config))
    rows = {name: [config.get(name) for config in configs] for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}


def _about(run: RunDir) -> dict[str, Any]:
    cpu = run.facts.get("machine", {}).get("cpu", "")
    return {"run": run.id, "lab": run.lab, "status": run.status(), "created": run.facts["created"], "cpu": cpu}


def _names(latest: Sequence[dict[tuple[str, str], Event]], kind: str) -> list[str]:
    return list(dict.fromkeys(name for found in latest for of, name in found if of == kind))


def _results(latest: Sequence[dict[tuple[str, str], Event]]) -> dict[str, dict[str, Any]]:
    rows = {}
    for name in _names(latest, "result"):
        found = [each.get(("result", name)) for each in latest]
        unit = next(event["unit"] for event in found if event)
        rows[name] = {
            "unit": unit,
            "values": [event["value"] if event else None for event in found],
            "intervals": [[event["low"], event["high"]] if event and "low" in event else None for event in found],
        }
    return rows


def _last_losses(events: Sequence[Sequence[Event]]) -> dict[str, dict[str, Any]]:
    last = [{event["split"]: event for event in each if event["kind"] == "eval"} for each in events]
    rows = {}
    for split in dict.fromkeys(split for found in last for split in found):
        found = [each.get(split) for each in last]
        rows[f"loss {split}"] = {
            "unit": "nats/token",
            "values": [event["loss"] if event else None for event in found],
            "intervals": [[event["low"], event["high"]] if event else None for event in found],
        }
    return rows


def _held_out(events: Sequence[Event]) -> dict[str, list[Point]]:
    found: dict[str, dict[int, float]] = {}
    for event in events:
        if event["kind"] == "eval":
            found.setdefault(event["split"], {})[event["step"]] = float(event["loss"])
    return {split: sorted(losses.items()) for split, losses in found.items()}
