"""`tutor runs`: list, show, attach, stop, resume, rm, and the verbs of `compare` and `grade`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tutor.commands import compare, grade
from tutor.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from tutor.runs.store import RunDir

STOP_PATIENCE_S = 60.0
"""How long `tutor runs stop` waits for the checkpoint before it says that the run is still at work."""


def add(subparsers: Any) -> None:
    """Add `runs` and its verbs."""
    parser = subparsers.add_parser(
        "runs",
        help="list, show, compare, attach, stop, resume, grade or delete lab runs",
        epilog="example: tutor runs attach last",
    )
    parser.set_defaults(run=_list, json=False)
    verbs = parser.add_subparsers(metavar="VERB")
    listing = verbs.add_parser("list", help="every run, newest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)
    for name, action, text in (
        ("show", _show, "what a run was asked, measured and checked"),
        ("attach", _attach, "follow a run as if it had been started here"),
        ("stop", _stop, "save a checkpoint and stop"),
        ("resume", _resume, "go on from the last checkpoint"),
        ("rm", _remove, "delete a run and everything it made"),
    ):
        verb = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        verb.add_argument("name", metavar="RUN", help="a run's id, the beginning of one, or `last`")
        verb.add_argument("--json", action="store_true", help="events or facts as JSON")
        verb.set_defaults(run=_on_run(action))
    compare.add(verbs)
    grade.add(verbs)


def _on_run(action: Callable[[RunDir, bool], int]) -> Callable[[argparse.Namespace], int]:
    def call(args: argparse.Namespace) -> int:
        from tutor.runs.store import find

        return action(find(args.name), args.json)

    return call


def _list(args: argparse.Namespace) -> int:
    from tutor.runs.store import all_runs

    runs = all_runs()
    if not runs and not args.json:
        print("There is no run yet. Start one: tutor --lab lab-lora-cli-help", file=sys.stderr)
    for run in runs:
        row = {"run": run.id, "lab": run.lab, "status": run.status(), "created": run.facts["created"]}
        print(
            json.dumps(row)
            if args.json
            else f"{row['run']:48} {row['status']:13} {row['created'][:16].replace('T', ' ')}"
        )
    return EXIT_DONE


def _show(run: RunDir, as_json: bool) -> int:
    from tutor.runs.events import read_all
    from tutor.runs.replay import recorded_on

    events = list(read_all(run.events))
    latest = {(event["kind"], event["name"]): event for event in events if event["kind"] in ("result", "check")}
    measured = [event for event in latest.values() if event["kind"] == "result"]
    checks = [event for event in latest.values() if event["kind"] == "check"]
    if as_json:
        facts = dict(run.facts) | {"run": run.id, "status": run.status(), "results": measured, "checks": checks}
        facts |= {"recorded_on": recorded_on(run)}
        print(json.dumps(facts, ensure_ascii=False))
        return EXIT_DONE
    print(f"{run.id}   {run.status()}\n")
    if recorded := recorded_on(run):
        print(f"  recorded on {recorded}\n")
    print("\n".join(f"  {name} = {value!r}" for name, value in run.config.items()))
    print("".join(f"\n  {event['name']}: {event['value']} {event['unit']}" for event in measured))
    print("".join(f"\n  {'✓' if event['passed'] else '✗'} {event['name']}: {event['value']}" for event in checks))
    print(f"\n  {run.path}")
    return EXIT_DONE


def _attach(run: RunDir, as_json: bool) -> int:
    from tutor.runs.watch import follow

    return follow(run, as_json=as_json)


def _stop(run: RunDir, _as_json: bool) -> int:
    from tutor.runs.launch import stop

    if not run.is_running():
        raise UsageError(f"The run {run.id} is not going.", f"It is {run.status()}.")
    stop(run)
    until = time.monotonic() + STOP_PATIENCE_S
    while run.is_running() and time.monotonic() < until:
        time.sleep(0.1)
    if run.is_running():
        print(f"tutor: {run.id} was told to stop and is finishing what it does.", file=sys.stderr)
    else:
        print(f"tutor: stopped; go on with: tutor runs resume {run.id}", file=sys.stderr)
    return EXIT_DONE


def _resume(run: RunDir, as_json: bool) -> int:
    from tutor.runs.launch import start
    from tutor.runs.watch import follow

    start(run)
    return follow(run, as_json=as_json)


def _remove(run: RunDir, _as_json: bool) -> int:
    from tutor.runs.store import remove

    remove(run)
    print(f"tutor: deleted {run.id}", file=sys.stderr)
    return EXIT_DONE
