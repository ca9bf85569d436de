"""`report.md` of lab-attention-viz."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.engine.attention_maps import HEADS, MAPS
from tutor.engine.bootstrap import Estimate
from tutor.engine.head_table import HABITS, HeadRow
from tutor.insight.attention_found import Found
from tutor.markdown import table

SHOWN = 5
"""Heads of each habit in the report; `heads.csv` has all."""
MOVED_SHOWN = 10
HABIT_NAMES = {
    "previous": "the token before",
    "induction": "what followed last time (induction)",
    "first": "the first token",
}


def findings(found: Found) -> list[str]:
    """Everything between title and checks."""
    return [
        _summary(found),
        "## Heads with a habit",
        "Scores are mean weights: the share of a row's attention, over all rows of all texts.",
        *(part for habit in HABIT_NAMES for part in _ranking(found, habit)),
        *_silenced(found),
        *_groups(found),
        *_adapter(found),
        *_files(found),
    ]


def _summary(found: Found) -> str:
    maps = found.maps
    counted = {name: sum(row.habit == name for row in found.table) for name in (*HABIT_NAMES, "other")}
    sink = sum(row.first for row in found.table) / len(found.table)
    return (
        f"{maps.layers} layers of {maps.heads} heads make {len(found.table)} maps of every text. "
        f"{counted['previous']} of them look at the token before, {counted['induction']} continue patterns, "
        f"{counted['first']} do little but look at the first token, and {counted['other']} do something else. The mean "
        f"head gives {sink:.0%} of its attention to the first token.\n\n"
        + table(("text", "tokens", ""), [(text.name, len(text.ids), f"`{text.text}`") for text in maps.texts])
        + f"\n\nComputed with {maps.model} in {maps.dtype}."
    )


def _ranking(found: Found, habit: str) -> Iterator[str]:
    ranked = sorted(found.table, key=lambda row: -float(getattr(row, habit)))[:SHOWN]
    yield f"### They look at {HABIT_NAMES[habit]}"
    yield table(("head", "key/value head", "before", "first", "induction", "entropy, nats"), map(_head_row, ranked))
    yield f"From {HABITS[habit]:g} on it is called a habit."


def _head_row(row: HeadRow) -> tuple[object, ...]:
    scores = (f"{value:.3f}" for value in (row.previous, row.first, row.induction, row.entropy))
    return (f"**{row.name}**", row.kv_head, *scores)


def _silenced(found: Found) -> Iterator[str]:
    yield "## What the model loses without them"
    yield (
        f"The whole model's loss on a passage of {found.loss.n} predicted tokens is {found.loss.value:.3f} nats/token. "
        "A silenced head puts out zeros. In brackets: the 95 % interval over tokens; where it includes 0, nothing is "
        "proved."
    )
    ranked = sorted(found.harm.items(), key=lambda item: -item[1].value)
    rows = [(f"**{head}**", found.row(head).habit, _change(harm), _verdict(harm)) for head, harm in ranked]
    yield table(("without head", "habit", "Δ loss, nats/token", ""), rows)


def _change(change: Estimate) -> str:
    return f"{change.value:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"


def _verdict(change: Estimate) -> str:
    return {"better": "missed", "worse": "better without it", "inconclusive": "no difference proved"}[change.verdict]


def _groups(found: Found) -> Iterator[str]:
    """One layer, seen by its groups: the same keys, different habits."""
    layer = max(found.table, key=lambda row: row.previous).layer
    rows = [row for row in found.table if row.layer == layer]
    yield f"## One layer by groups: layer {layer}"
    yield f"{found.maps.heads // found.maps.kv_heads} query heads share the keys and values of one key/value head."
    yield table(("head", "key/value head", "before", "first", "induction", "entropy, nats"), map(_head_row, rows))


def _adapter(found: Found) -> Iterator[str]:
    if found.adapted is None:
        return
    ranked = sorted(found.moved.items(), key=lambda item: -item[1])
    mean = sum(found.moved.values()) / len(found.moved)
    yield "## What the adapter changed"
    yield (
        f"The loss on the passage changed by {_change(found.adapted_change)} nats/token. On average a head moved "
        f"{mean:.1%} of its attention to other tokens (½ Σ |after - before| of a row). Those that moved most:"
    )
    rows = [(f"**{head}**", found.row(head).habit, f"{share:.1%}") for head, share in ranked[:MOVED_SHOWN]]
    yield table(("head", "habit before", "moved"), rows)


def _files(found: Found) -> Iterator[str]:
    yield "## Files"
    rows = [
        (f"`{MAPS}`", "every map: `[layers][heads][query][key]`"),
        ("`heads.csv`, `heads.json`", "the scores of every head"),
        (f"`{HEADS}/`", "the drawn heads as SVG, PNG and JSON (with queries, keys and scores)"),
        ("`silenced.json`", "the loss of every token of the passage"),
    ]
    yield table(("file", "what it is"), rows)
