"""`report.md` of lab-rank-ablation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tutor.engine.plots import TradeOff
from tutor.engine.trials import Spread, spread
from tutor.insight.ranks_found import ARMS, RANKS, RULES, Found, Trial
from tutor.insight.ranks_quiz import ENDS
from tutor.markdown import table
from tutor.text import human_bytes

CHART_WIDTH = 44
"""Characters between the least and the greatest loss."""


def trade_offs(found: Found) -> list[TradeOff]:
    """Every setup as a point of the picture."""
    return [
        TradeOff(name, trials[0].parameters, found.spread(name).mean, found.spread(name).sd, name in found.frontier)
        for name, trials in found.by_setup.items()
    ]


def findings(found: Found, options: Mapping[str, Any]) -> list[str]:
    """Everything between title and checks."""
    return [
        _summary(found),
        "![Parameters against held-out loss](trade-off.png)",
        *_chart(found),
        *_table(found, options),
        *_comparisons(found),
        *_hypotheses(found),
        *_files(),
    ]


def _summary(found: Found) -> str:
    rank, shares = found.recommendation
    smallest, *_, largest = found.ranks
    gap = found.ends
    return (
        f"**Take r={rank}**: the smallest rank whose mean held-out loss is within one standard deviation of the "
        f"best, which r={found.best} has. In {shares[rank]:.0%} of resamples of seeds and held-out examples the rule "
        f"names the same rank ({', '.join(f'r={each}: {share:.0%}' for each, share in shares.items())}).\n\n"
        f"r={smallest} against r={largest}: {gap.value:+.4f} nats/token [{gap.low:+.4f}, {gap.high:+.4f}], so "
        f"{ENDS[found.conclusion]}. Not worse than the best by more than chance: "
        f"{', '.join(f'r={each}' for each in found.as_good)}."
    )


def _chart(found: Found) -> Iterator[str]:
    yield "Mean held-out loss of every setup, with one standard deviation to either side:"
    yield "```\n" + "\n".join(chart({name: found.spread(name) for name in found.by_setup})) + "\n```"


def chart(rows: Mapping[str, Spread]) -> list[str]:
    """Dots with whiskers as lines of text, on one scale."""
    low = min(each.mean - each.sd for each in rows.values())
    high = max(each.mean + each.sd for each in rows.values())
    width = max(map(len, rows))

    def column(value: float) -> int:
        return round((value - low) / ((high - low) or 1) * (CHART_WIDTH - 1))

    lines = []
    for name, each in rows.items():
        cells = [" "] * CHART_WIDTH
        first, last = column(each.mean - each.sd), column(each.mean + each.sd)
        cells[first : last + 1] = ["─"] * (last - first + 1)
        cells[column(each.mean)] = "●"
        lines.append(f"{name:{width}}  {''.join(cells)}  {each}")
    return lines


def _table(found: Found, options: Mapping[str, Any]) -> Iterator[str]:
    yield "## Every setup"
    seeds = len(found.design["seeds"])
    yield (
        f"Each was trained {seeds} times, with seeds that decide first weights, order and dropout; with the same "
        f"seed all see the same examples in the same order. The rule for alpha is {RULES[options['alpha_rule']]} "
        f"where nothing else is said; the learning rate is the same for all ({options['lr']:g}), not tuned for each. "
        "Losses in nats/token, mean ± standard deviation over seeds."
    )
    head = (
        "setup",
        "r",
        "parameters",
        "of the model",
        "adapter",
        "train",
        "held out",
        "time",
        "peak",
        "ΔW uses",
        "stopped",
    )
    yield table(head, [_row(found, name, trials) for name, trials in found.by_setup.items()])
    yield (
        "*ΔW uses* is its effective rank: how many singular values hold 95 % of its energy, mean over layers. The base "
        f"without an adapter has {found.base.loss()} nats/token on the held-out examples."
    )


def _row(found: Found, name: str, trials: Sequence[Trial]) -> tuple[object, ...]:
    first = trials[0]
    train = Spread.of([trial.train.loss().value for trial in trials])
    return (
        f"**{name}**",
        first.setup.r,
        f"{first.parameters:,}",
        f"{first.parameters / found.design['total']:.2%}",
        human_bytes(first.adapter_bytes),
        train,
        found.spread(name),
        f"{_mean([trial.seconds for trial in trials]):.0f} s",
        human_bytes(_mean([trial.peak for trial in trials])),
        f"{_mean([trial.effective_rank for trial in trials]):.1f}",
        f"after all {len(first.seen)} steps",
    )


def _comparisons(found: Found) -> Iterator[str]:
    for arm, title in ARMS.items():
        names = [name for name, trials in found.by_setup.items() if trials[0].setup.arm == arm]
        if arm == RANKS or not names:
            continue
        yield f"## {title.capitalize()}"
        rows = []
        for name in names:
            gap = found.against(name)
            says = {"better": "worse", "worse": "better", "inconclusive": "no significant difference"}[gap.verdict]
            rows.append((f"**{name}**", f"{gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]", says))
        yield table(("setup", f"loss above **{found.reference(arm)}**, nats/token", ""), rows)


def _hypotheses(found: Found) -> Iterator[str]:
    yield "## Two hypotheses"
    ranks = list(found.ranks)
    means = {rank: spread(found.ranks[rank]).mean for rank in ranks}
    worst = max(means[high] / means[low] for index, low in enumerate(ranks) for high in ranks[index + 1 :]) - 1
    errors = {name: found.memory_error(name) for name in found.by_setup}
    off = max(errors.values(), key=abs)
    rows = [
        (
            "a higher rank is never more than 10 % worse",
            f"at most {worst:+.1%}",
            "holds" if worst <= 0.1 else "refuted",
        ),
        ("memory is predicted within 20 %", f"at most {off:+.0%} off", "holds" if abs(off) <= 0.2 else "refuted"),
    ]
    yield table(("hypothesis", "measured", ""), rows)


def _files() -> Iterator[str]:
    yield "## Files"
    rows = [
        ("`trials/SETUP-seedN/`", "one trial: `trial.json` with everything measured, and its adapter in PEFT's format"),
        ("`trade-off.svg`, `trade-off.png`", "parameters against held-out loss"),
        ("`design.json`", "what was to be tried, and the base's loss"),
    ]
    yield table(("file", "what it is"), rows)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
