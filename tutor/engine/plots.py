"""Pictures for reports, each as SVG and as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from tutor.engine.pieces import visible
from tutor.files import whole_file

CELL = 0.28
"""Inches."""
FAINTEST = 1e-4
"""Where a logarithmic scale begins."""
DOTS_PER_INCH = 110


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


def save(figure: Figure, path: Path) -> None:
    """Write `path`.svg and `path`.png; the same figure gives the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}):
        for kind, facts in (("svg", {"Date": None}), ("png", {})):
            with whole_file(path.with_name(f"{path.name}.{kind}")) as file:
                figure.savefig(file, format=kind, dpi=DOTS_PER_INCH, metadata=facts, bbox_inches="tight")
