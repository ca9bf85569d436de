"""A grid that fills up as short trainings end: what each rank, or each place for an adapter, costs and brings."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.engine.lora_scale import FIXED_RATIO, RULES
from tutor.text import clean_text
from tutor.widgets.chart import Axes, Series, chart_content
from tutor.widgets.figures.base import Answer, Cells, Control, Figure, Number, Pick, Values, View
from tutor.widgets.plot import Bounds

RANKS = ("4 8 16 32", "1 2 4 8", "4 8 16 32 64")
NO_GUESS = "none yet"
RATES = (1e-3, 2e-3, 5e-3, 1e-2, 2e-2)
SEEDS = (3, 4, 5)


class RankGrid(Figure):
    """A row an adapter, its Pareto chart with error bars, and what the runs can tell apart."""

    ASK = ("trace", "rank_ablation.grid")
    START = "Train them"
    BUSY = "Training …"

    def __init__(self, rule: str = FIXED_RATIO) -> None:
        """Args: rule: how the strength goes with the rank, to begin with."""
        self._rule = rule

    def controls(self) -> Sequence[Control]:
        """Which ranks, how strong, how fast, how often; and the learner's guess at the elbow."""
        guesses = (NO_GUESS, *sorted({rank for ranks in RANKS for rank in ranks.split()}, key=int))
        return (
            Pick("guess", "your guess: enough is", guesses, NO_GUESS, asks=False),
            Pick("ranks", "ranks", RANKS, RANKS[0]),
            Pick("rule", "strength", RULES, self._rule),
            *training_controls(),
        )

    def params(self, values: Values) -> Values:
        """The number of seeds is whole."""
        return super().params(values) | {"seeds": int(values["seeds"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The grid, the chart, the verdict."""
        parts = [*_table(answer, view.width), Content(), *_chart(answer, view), *_verdict(answer)]
        if "elbow" in answer and (guess := values.get("guess", NO_GUESS)) != NO_GUESS:
            right = guess == str(answer["elbow"])
            says = "as you guessed" if right else f"you guessed {guess}"
            enough = (f"Rank {answer['elbow']} is enough here", "bold")
            parts.append(Content.assemble(enough, (f": {says}.", "$trainable" if right else "$muted")))
        parts.append(Content.styled(_conditions(answer), "$muted"))
        return Content("\n").join(line for part in parts for line in part.wrap(view.width))

    def cells(self, answer: Answer, values: Values) -> Cells | None:
        """The held-out loss of every trial."""
        rows = answer["rows"]
        if not rows:
            return None
        lowest = min(loss for row in rows for loss in row["held_out"])
        missing = [[None] * (answer["seeds"] - len(row["held_out"])) for row in rows]
        return Cells(
            [row["name"] for row in rows],
            [f"seed {seed}" for seed in range(answer["seeds"])],
            [[loss - lowest for loss in row["held_out"]] + rest for row, rest in zip(rows, missing, strict=True)],
            lambda row, column: _trial(rows[row], column),
            scale="share", form="+.3f", title=f"every trial: held-out loss above the lowest, {lowest:.3f} nats/token",
        )  # fmt: skip


def training_controls() -> tuple[Control, ...]:
    """How fast and how often."""
    return Number("lr", "learning rate", RATES, 1e-2), Number("seeds", "seeds", SEEDS, 3)


def _table(answer: Answer, width: int) -> list[Content]:
    """A line an adapter; the time is left out where there is no room."""
    wide = width >= 70
    head = f"{'':<10}{'numbers':>9}{'MB':>6}{'train':>8}{'held-out':>18}" + f"{'used':>7}" + f"{'time':>8}" * wide
    lines = [Content.styled(head.rstrip(), "$muted")]
    train, held_out = answer["untrained"]["train"], answer["untrained"]["held_out"]
    if held_out is not None:
        lines.append(Content.styled(f"{'untrained':<10}{0:>9}{0:>6.1f}{train:>8.3f}{held_out:>10.3f}", "$frozen"))
    best = answer.get("best")
    for row in answer["rows"]:
        style = "bold $trainable" if row["name"] == best else "$foreground"
        spread = f" ± {row['sd']:.3f}" if row["sd"] is not None else ""
        lines.append(
            Content.assemble(
                (f"{row['name']:<10}", style),
                f"{row['parameters']:>9,}{row['megabytes']:>6.1f}{_mean(row['train']):>8.3f}",
                (f"{row['mean']:>10.3f}{spread:<8}", style),
                (f"{_mean(row['effective']):>7.1f}", "$foreground"),
                (f"{_mean(row['seconds']):>6.1f} s" if wide else "", "$muted"),
            )
        )
    return lines


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _chart(answer: Answer, view: View) -> list[Content]:
    """Loss against size. A whisker is one standard deviation over seeds to each side."""
    rows = answer["rows"]
    if len(rows) < 2:
        return []
    whiskers = [
        Series("", [(row["parameters"], row["mean"] - sd), (row["parameters"], row["mean"] + sd)], "$muted")
        for row in rows
        if (sd := row["sd"])
    ]
    front = [row for row in rows if not _beaten(row, rows)]
    rest = [row for row in rows if row not in front]
    dots = [
        Series("smaller or better than every other", _points(front), "$trainable", dots=True),
        *([Series("another is smaller and better", _points(rest), "$problem", dots=True)] if rest else []),
    ]
    sizes, ends = [row["parameters"] for row in rows], [y for line in (*whiskers, *dots) for _, y in line.points]
    air = (max(ends) - min(ends)) / 20 or 0.1
    bounds = Bounds(min(sizes) / 1.2, max(sizes) * 1.2, min(ends) - air, max(ends) + air)
    axes = Axes("numbers trained", "held-out loss", log_x=True, bounds=bounds)
    height = 10 if view.tall else 6
    # Whiskers lie below the dots; the legend names those that come first.
    drawn = chart_content([*whiskers, *dots], view.width, height, axes, colours=view.colours)
    return [drawn, Content()]


def _points(rows: Sequence[Answer]) -> list[tuple[float, float]]:
    return [(row["parameters"], row["mean"]) for row in rows]


def _beaten(row: Answer, rows: Sequence[Answer]) -> bool:
    return any(other["parameters"] < row["parameters"] and other["mean"] < row["mean"] for other in rows)


def _verdict(answer: Answer) -> list[Content]:
    if "best" not in answer:
        return [Content.styled(f"{answer['done']} of {answer['all']} trained", "$operation")]
    lines = [Content.assemble((answer["best"].capitalize(), "bold $trainable"), " has the lowest mean. Above it:")]
    for pair in answer["pairs"]:
        tied = pair["name"] in answer["ties"]
        lines.append(
            Content.assemble(
                f"  {pair['name']:<10}{pair['difference']:+.3f}",
                (f"  95 % from {pair['low']:+.3f} to {pair['high']:+.3f}  ", "$muted"),
                ("no significant difference" if tied else "worse", "bold $operation" if tied else "$problem"),
            )
        )
    return lines


def _conditions(answer: Answer) -> str:
    """On what, how long, where."""
    first = answer["layers"] - answer["blocks"]
    return (
        f"{answer['texts']} one-line answers, {answer['steps']} steps of {answer['batch']}, layers {first} to "
        f"{answer['layers'] - 1} of {answer['layers']}; held out: {answer['held_out_texts']} about other commands. "
        f"± is one standard deviation over seeds; “used” are the directions that hold 95 % of ΔW."
    )


def _trial(row: Answer, seed: int) -> Content:
    if seed >= len(row["held_out"]):
        return Content.styled("not trained yet", "$muted")
    says = (
        f"  after training; {row['train'][seed]:.3f} on its own texts. {row['seconds'][seed]:.1f} s. Scale "
        f"{row['scale']:.3g}. {row['parameters']:,} numbers, r × (in + out) = {row['closed_form']:,}; on all layers "
        f"{row['everywhere']:,}. {row['effective'][seed]:.1f} directions used."
    )
    return Content.assemble((f"{row['held_out'][seed]:.4f}", "bold $trainable"), (clean_text(says), "$muted"))
