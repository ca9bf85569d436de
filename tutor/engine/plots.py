"""Pictures for reports, each as SVG and as PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from tutor.engine.lr_finder import Point, suggested
from tutor.engine.merge import Change
from tutor.engine.pieces import visible
from tutor.files import whole_file

CELL = 0.28
"""Inches."""
FAINTEST = 1e-4
"""Where a logarithmic scale begins."""
DOTS_PER_INCH = 110


@dataclass(frozen=True)
class TradeOff:
    """One setup in a picture of cost against loss."""

    name: str
    cost: float
    loss: float
    spread: float
    """Half the length of its error bar."""
    best: bool
    """Whether no other one has both less cost and less loss."""


def heat_map(
    path: Path,
    matrix: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    *,
    log: bool = False,
) -> None:
    """Draw weights between 0 and 1 as `path`.svg and `path`.png; cells that are NaN stay grey."""
    figure = Figure(figsize=(CELL * len(columns) + 2.2, CELL * len(rows) + 1.2))
    axes = figure.add_subplot()
    colours = matplotlib.colormaps["Oranges"].with_extremes(bad="#e6e8ee")
    scale = LogNorm(FAINTEST, 1, clip=True) if log else Normalize(0, 1)
    image = axes.imshow(np.array(matrix, dtype=float), cmap=colours, norm=scale)
    # Tokens are data: `$` must not begin a formula.
    axes.set_xticks(range(len(columns)), map(visible, columns), rotation=90, parse_math=False, fontsize=8)
    axes.set_yticks(range(len(rows)), map(visible, rows), parse_math=False, fontsize=8)
    axes.set_title(title, fontsize=9, parse_math=False)
    figure.colorbar(image, ax=axes, shrink=0.8)
    save(figure, path)


def draw_changes(path: Path, changes: Sequence[Change]) -> None:
    """Draw how far each layer moved, `path`.svg and `path`.png: blocks down, kinds of layer across."""
    share = {(int(parts[2]), parts[-1]): change.relative for change in changes if (parts := change.layer.split("."))}
    kinds = sorted({kind for _, kind in share})
    blocks = sorted({block for block, _ in share})
    most = max(share.values())
    matrix = [[share.get((block, kind), math.nan) / most for kind in kinds] for block in blocks]
    title = f"ΔW as a share of W; 1 is {most:.2%}"
    heat_map(path, matrix, [str(block) for block in blocks], kinds, title)


def lr_curve(path: Path, points: Sequence[Point]) -> None:
    """Draw the loss over the learning rate as `path`.svg and `path`.png, with what it suggests."""
    figure = Figure(figsize=(6, 3.5))
    axes = figure.add_subplot()
    rates = [point.lr for point in points]
    axes.plot(rates, [point.loss for point in points], ".", color="#b0b6c2", label="single batches")
    axes.plot(rates, [point.smooth for point in points], color="#c4560b", label="smoothed")
    axes.axvline(suggested(list(points)), color="#2a7f3f", linestyle="--", label="suggested")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss, nats/token")
    axes.legend(fontsize=8)
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write `path`.svg and `path`.png; the same figure gives the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}):
        for kind, facts in (("svg", {"Date": None}), ("png", {})):
            with whole_file(path.with_name(f"{path.name}.{kind}")) as file:
                figure.savefig(file, format=kind, dpi=DOTS_PER_INCH, metadata=facts, bbox_inches="tight")


def trade_off(path: Path, points: Sequence[TradeOff], cost: str, loss: str, title: str) -> None:
    """Draw what each setup costs against its loss as `path`.svg and `path`.png; those that nothing beats are joined."""
    figure = Figure(figsize=(7.5, 4.5))
    axes = figure.add_subplot()
    for best, colour in ((True, "#c2410c"), (False, "#8a90a0")):
        shown = [point for point in points if point.best == best]
        columns = [[getattr(point, name) for point in shown] for name in ("cost", "loss", "spread")]
        axes.errorbar(columns[0], columns[1], yerr=columns[2], fmt="o", color=colour, capsize=3)
    frontier = sorted((point.cost, point.loss) for point in points if point.best)
    axes.plot([x for x, _ in frontier], [y for _, y in frontier], color="#c2410c", linewidth=1)
    for point in points:
        at = (point.cost, point.loss)
        axes.annotate(point.name, at, xytext=(6, 5), textcoords="offset points", fontsize=8, parse_math=False)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.1)
    axes.set(xlabel=cost, ylabel=loss)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    save(figure, path)
