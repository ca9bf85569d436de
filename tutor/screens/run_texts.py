"""The texts of the run dashboard: stages, metrics, messages, samples, results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from textual.content import Content

from tutor.insight import curves
from tutor.runs.events import Event
from tutor.screens.run_state import RunState, Stage
from tutor.text import clean_text, human_bytes


def seconds(count: float) -> str:
    """A stretch of time in two units at most."""
    whole = max(0, round(count))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def number(value: Any) -> str:
    """A measured value as people read it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean_text(str(value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}"


def legend() -> Content:
    """What line and dots of the chart are."""
    return Content.assemble(
        ("─ ", "$trainable bold"), ("train", "$muted"), ("   ● ", "$frozen bold"), ("held-out", "$muted"),
        ("   loss in nats per token, by step", "$muted"),
    )  # fmt: skip


def stages(state: RunState, running: bool) -> Content:
    """One line per stage that has begun."""
    lines = []
    for name, stage in state.stages.items():
        active = running and not stage.done
        glyph, style = ("●", "$trainable") if stage.done else ("▶", "$operation") if active else ("○", "$muted")
        how_far = _how_far(state, name, stage) if not stage.done else ""
        lines.append(Content.assemble((glyph, style), f" {clean_text(stage.title)}", (f"  {how_far}", "$muted")))
    return Content("\n").join(lines) if lines else Content.styled("Getting ready …", "$muted")


def _how_far(state: RunState, name: str, stage: Stage) -> str:
    if stage.progress:
        return f"{stage.progress['done']}/{stage.progress['total']} {clean_text(stage.progress['unit'])}".strip()
    last = state.last_step
    return f"{last['step']}/{last['total']}" if name == "train" and last else ""


def metrics(state: RunState) -> Content:
    """The latest numbers, a line each."""
    rows: list[tuple[str, str, str]] = []
    last = state.last_step
    if last:
        points = state.train_points()
        rows.append(("step", f"{last['step']} of {last['total']}", "$foreground"))
        rows.append(("train loss", f"{points[-1][1]:.3f}  from {points[0][1]:.3f}", "$trainable"))
    held_out = state.eval_points()
    if held_out:
        came_from = f"  from {held_out[0][1]:.3f}" if len(held_out) > 1 else ""
        rows.append(("held-out", f"{held_out[-1][1]:.3f}{came_from}", "$frozen"))
    if last:
        rows.append(("speed", f"{last['tokens_per_s']:,.0f} tokens/s", "$foreground"))
        rows.append(("tokens", f"{last['tokens']:,}", "$foreground"))
        if not state.finished and last["step"] < last["total"]:
            rows.append(("time left", seconds(last["eta_s"]), "$foreground"))
        if not state.memory:  # else the meter says it, beside what was predicted
            rows.append(("memory", f"{human_bytes(last['rss_bytes'])} peak", "$foreground"))
        rows.append(("rate", f"{last['lr']:.2e}", "$foreground"))
    width = max((len(name) for name, _, _ in rows), default=0)
    return Content("\n").join(
        Content.assemble((name.ljust(width) + "  ", "$muted"), (value, style)) for name, value, style in rows
    )


def messages(state: RunState) -> Content:
    """What the run said, oldest first, and how it ended."""
    lines = [Content.styled(f"Recorded on {clean_text(state.recorded_on)}.", "bold")] if state.recorded_on else []
    lines += [
        Content.styled(clean_text(event["text"]), "$operation" if event["level"] == "warning" else "$foreground")
        for event in state.messages
    ]
    if state.finished:
        good = state.finished["status"] == "passed"
        lines.append(Content.styled(clean_text(state.finished["what"]), "$trainable" if good else "$problem"))
        if state.finished["todo"]:
            lines.append(Content(clean_text(state.finished["todo"])))
    lines += advice(state)
    return Content("\n").join(lines) if lines else Content.styled("Nothing yet.", "$muted")


def advice(state: RunState) -> list[Content]:
    """What the curves say so far, and which lesson explains it."""
    lines: list[Content] = []
    for finding in curves.findings(state.curves):
        lines += [
            Content.assemble(("! ", "bold $operation"), (finding.name, "bold"), f"  {clean_text(finding.says)}"),
            Content.assemble(f"  {clean_text(finding.todo)}", (f"  Lesson {finding.topic} explains it.", "$muted")),
        ]
    return lines


def samples(state: RunState) -> Content:
    """Held-out questions with the answers of base and tuned model."""
    lines: list[Content] = []
    for event in state.samples.values():
        lines.append(Content.styled(clean_text(event["prompt"]).strip(), "bold"))
        for name, style in (("reference", "$muted"), ("base", "$frozen"), ("tuned", "$trainable")):
            if event[name]:
                text = clean_text(event[name]).strip()
                lines.append(Content.assemble((f"{name}\n", f"{style} bold"), (text, "$foreground")))
        lines.append(Content())
    return Content("\n").join(lines) if lines else Content.styled("No samples yet.", "$muted")


def pairs(state: RunState) -> Content:
    """How far each pair of answers is held apart, the worst first."""
    if not state.pairs:
        return Content.styled("No pair has been seen yet.", "$muted")
    rows = sorted(state.pairs.items(), key=lambda item: item[1][1] - item[1][2])
    right = sum(chosen > rejected for _, chosen, rejected in state.pairs.values())
    width = min(40, max(len(name) for name in state.pairs))
    lines = [
        Content(f"{right} of {len(rows)} pairs prefer the right answer more than the reference did."),
        Content.styled("Nats by which the log-probability of each answer has moved from the reference:", "$muted"),
        Content.styled(f"{'':<{width}}{'step':>6}{'chosen':>10}{'rejected':>10}{'margin':>10}", "$muted"),
    ]
    for name, (step, chosen, rejected) in rows:
        margin = chosen - rejected
        lines.append(
            Content.assemble(
                f"{clean_text(name)[:width]:<{width}}",
                (f"{step:>6}", "$muted"),
                f"{chosen:>+10.2f}{rejected:>+10.2f}",
                (f"{margin:>+10.2f}", "$trainable" if margin > 0 else "$problem"),
            )
        )
    return Content("\n").join(lines)


def results(state: RunState) -> Content:
    """Measured values, then the checks."""
    lines = [
        Content.assemble(
            (clean_text(event["name"]).ljust(28), "$muted"),
            f" {number(event['value'])} {clean_text(event['unit'])}",
            (f"  {clean_text(event['note'])}" if event["note"] else "", "$muted"),
        )
        for event in state.results.values()
    ]
    lines.extend(_check(event) for event in state.checks.values())
    return Content("\n").join(lines) if lines else Content.styled("No results yet.", "$muted")


def _check(event: Event) -> Content:
    glyph, style = ("✓", "$trainable") if event["passed"] else ("✗", "$problem")
    says = f" {clean_text(event['name'])}: {number(event['value'])}, wanted {clean_text(str(event['wanted']))}"
    return Content.assemble((glyph, f"{style} bold"), says)


def plan(rows: Iterable[Mapping[str, Any]]) -> Content:
    """The rows of a dry run; a note has a line of its own."""
    shown = [(clean_text(str(row["name"])), _with_unit(row), clean_text(str(row["note"]))) for row in rows]
    width = max((len(name) for name, _, _ in shown), default=0)
    return Content("\n").join(
        Content.assemble(
            (name.ljust(width) + "  ", "$muted"), (value, "bold"), (f"\n  {note}" if note else "", "$muted")
        )
        for name, value, note in shown
    )


def _with_unit(row: Mapping[str, Any]) -> str:
    unit = clean_text(str(row["unit"]))
    if unit == "bytes":
        return human_bytes(float(row["value"]))
    return f"{number(row['value'])} {unit}".rstrip()
