"""Which tasks are trained on: whole families are held out, and of the others some members."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.codetasks.task import CodeTask

UNSEEN_FAMILIES = 3
SEEN_SHARE = 6
"""Of a family that is trained on, one task in so many is held out."""

TRAIN, SEEN, UNSEEN = "train", "heldout_in", "heldout_out"
HELD_OUT = (SEEN, UNSEEN)
"""Tasks of families that were trained on, and of families that were not."""


@dataclass(frozen=True)
class Split:
    """Tasks by what they are for."""

    tasks: dict[str, list[CodeTask]]

    def leaked(self) -> list[str]:
        """Names of held-out tasks whose question or solution is also trained on."""
        known = {text for task in self.tasks[TRAIN] for text in (task.prompt, task.chosen)}
        held = [task for name in HELD_OUT for task in self.tasks[name]]
        return [task.name for task in held if task.prompt in known or task.chosen in known]


def split_tasks(tasks: Sequence[CodeTask], seed: int) -> Split:
    """A function of tasks and seed."""
    chance = random.Random(seed)
    families: dict[str, list[CodeTask]] = {}
    for task in tasks:
        families.setdefault(task.family, []).append(task)
    unseen = set(chance.sample(sorted(families), UNSEEN_FAMILIES))
    parts: dict[str, list[CodeTask]] = {TRAIN: [], SEEN: [], UNSEEN: []}
    for family, members in sorted(families.items()):
        if family in unseen:
            parts[UNSEEN] += members
            continue
        held = -(-len(members) // SEEN_SHARE)
        shuffled = chance.sample(members, len(members))
        parts[SEEN] += shuffled[:held]
        parts[TRAIN] += shuffled[held:]
    for part in parts.values():
        chance.shuffle(part)
    return Split(parts)
