"""The funnel of a source tree, for topic 3.2.2: what every stage leaves, and how moved thresholds change it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from tutor.corpus import config, select
from tutor.corpus.checks import CHECKS
from tutor.corpus.config import Config
from tutor.corpus.measured import Measured, counted_source, measure
from tutor.corpus.schema import CATEGORIES, Record
from tutor.corpus.select import Pool, Rejection, Selection
from tutor.engine.protocol import Call

__all__ = ["funnel", "rejected"]

ALL_CHECKS = [check.name for check in CHECKS] + ["unknown-type", "relevance"]
SHOWN = 60
"""Rejected rows of a stage that are sent."""
LONGEST = 1500
"""Characters of code and documentation that are sent."""


def funnel(
    call: Call,
    sources: str,
    min_score: float = 0.4,
    max_line: int = 100,
    max_tokens: int = 500,
    near: float = 0.7,
    checks: bool = True,
    licence: bool = True,
    balance: bool = True,
) -> dict[str, Any]:
    """What is left after each stage.

    Args:
        sources: as `tutor corpus build` takes them, separated by commas.
        licence: whether a record needs a licence of the list; the learner's own code often has none.

    Returns:
        `stages`: of each its `name`, how many are `left`, how many the program's own thresholds leave (`usual`), and
        its `reasons`, the commonest first; `dropped`: how many each stage drops; `categories`: of each the count in
        what was `found` and `kept`, its `share` (percent), and the shares `low` to `high` that are allowed; `kept`,
        `percent`; the `sources`. Parts say what is read.
    """
    found = measure(call, sources)
    chosen = config.changed(config.load(), {
        "gates.min_score": float(min_score), "gates.max_line": int(max_line), "gates.max_tokens": int(max_tokens),
        "dedup.threshold": float(near), "screens.off": [] if checks else ALL_CHECKS, "balance.enabled": balance,
    })  # fmt: skip
    now = select.select(found.pool if licence else _licensed(found.pool), chosen)
    usual = found.select()
    left = [stage.left for stage in now.stages]
    # Where nothing is balanced, there is one stage less than usual.
    before = {stage.name: stage.left for stage in usual.stages}
    return {
        "stages": [
            {"name": stage.name, "left": stage.left, "usual": before[stage.name],
             "reasons": [list(pair) for pair in stage.reasons.most_common(6)]}
            for stage in now.stages
        ],
        "dropped": dict.fromkeys(before, 0) | {
            stage.name: was - stage.left for was, stage in zip(left, now.stages[1:], strict=False)
        },
        "sources": sources,
        "categories": _categories(found, now, chosen),
        "documented": left[0],
        "undocumented": sum(extraction.undocumented for extraction in found.extractions),
        "kept": left[-1],
        "usual": usual.stages[-1].left,
        "percent": 100 * left[-1] / max(left[0], 1),
        "files": sum(len(extraction.listing.files) for extraction in found.extractions),
        "source": counted_source(found),
    }  # fmt: skip


def _licensed(pool: Pool) -> Pool:
    """The same records, each as if it could be passed on."""
    candidates = [replace(one, record=replace(one.record, license="MIT")) for one in pool.candidates]
    return replace(pool, candidates=candidates)


def _categories(found: Measured, now: Selection, chosen: Config) -> list[dict[str, Any]]:
    everything = Counter(candidate.record.category for candidate in found.pool.candidates)
    kept = Counter(candidate.record.category for candidate in now.kept)
    rows = []
    for name in CATEGORIES:
        low, _, high = chosen.balance.shares[name]
        share = 100 * kept[name] / max(len(now.kept), 1)
        rows.append({"name": name, "found": everything[name], "kept": kept[name], "share": share,
                     "low": 100 * low, "high": 100 * high})  # fmt: skip
    return rows


def rejected(call: Call, sources: str, stage: str) -> dict[str, Any]:
    """Rows that a stage of the usual funnel drops.

    Returns:
        `count`, and the first of them as `rows` `{symbol, where, reasons, input, output}`, sorted by reason;
        `reasons` are pairs of reason and evidence. `stages`: how many each stage drops.
    """
    found = measure(call, sources)
    selection = found.select(config.load())
    dropped = [rejection for rejection in selection.rejected if rejection.stage == stage]
    dropped.sort(key=lambda rejection: (*sorted(rejection.reasons), rejection.candidate.record.id))
    return {
        "stage": stage,
        "count": len(dropped),
        "stages": Counter(rejection.stage for rejection in selection.rejected),
        "rows": [_row(rejection) for rejection in _spread(dropped)],
        "source": counted_source(found),
    }


def _spread(dropped: list[Rejection]) -> list[Rejection]:
    """As many as are shown, from all over the list, so that rare reasons are among them."""
    step = max(1, len(dropped) / SHOWN)
    return [dropped[int(number * step)] for number in range(min(SHOWN, len(dropped)))]


def _row(rejection: Rejection) -> dict[str, Any]:
    record = rejection.candidate.record
    return {
        "symbol": record.symbol,
        "where": place(record),
        "reasons": [list(pair) for pair in rejection.reasons.items()],
        "input": record.input[:LONGEST],
        "output": record.output[:LONGEST],
    }


def place(record: Record) -> str:
    """`repo file:line`."""
    return f"{record.source_repo} {record.source_file}:{record.source_line}"
