"""The same number of parameters in different places of every block."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.widgets.figures.base import Control
from tutor.widgets.figures.rank_grid import RankGrid, training_controls


class RankPlaces(RankGrid):
    """The grid with a row a place: attention, MLP, all seven matrices."""

    ASK = ("trace", "rank_ablation.places")
    START = ""

    def __init__(self) -> None:
        """Nothing to set."""
        super().__init__()

    def controls(self) -> Sequence[Control]:
        """How fast and how often."""
        return training_controls()
