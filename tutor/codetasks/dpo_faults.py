"""The faults that lab-dpo-preference plants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tutor.codetasks.data import Data
from tutor.codetasks.pair import Pair
from tutor.codetasks.split import TRAIN
from tutor.engine.preference import PairExample

EXPLANATION = (
    "\n\nThis function does what was asked. It goes through its input step by step, looks at each value in turn, and "
    "returns the result at the end. It works for inputs of any length, and it is easy to read and to change."
)


def spoil_data(data: Data, fault: str) -> None:
    """Change the training pairs in place."""
    pairs = data.pairs[TRAIN]
    if fault == "swapped":
        data.pairs[TRAIN] = [pair.swapped for pair in pairs]
    elif fault == "length":
        data.pairs[TRAIN] = [Pair(pair.name, pair.question, pair.chosen + EXPLANATION, pair.rejected) for pair in pairs]
    elif fault == "leak":
        data.pairs[TRAIN] = [*pairs, *(pair for name in data.held_out for pair in data.pairs[name])]


def spoil_reference(pairs: Sequence[PairExample], fault: str) -> list[PairExample]:
    """Give every pair the reference of the one before it, where that is the fault."""
    if fault != "reference":
        return list(pairs)
    return [replace(pair, reference=pairs[number - 1].reference) for number, pair in enumerate(pairs)]
