"""What the chat and the preference lab train and are judged on, kept in the run as `data.json`."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from pathlib import Path

from tutor.codetasks.generate import all_tasks
from tutor.codetasks.pair import Pair
from tutor.codetasks.rows import Row, conversation, preference, read_rows
from tutor.codetasks.split import HELD_OUT, SEEN, TRAIN, split_tasks
from tutor.codetasks.task import CodeTask
from tutor.codetasks.verify import verify
from tutor.engine.chatdata import Message
from tutor.errors import TutorError
from tutor.files import read_json, write_json

OWN = "tasks"
"""The option `data` for the tasks that come with the course."""
FOLLOW_UP = 4
"""One of so many conversations to train on has a second turn."""
HELD_SHARE = 10
"""One of so many rows of other data is held out."""


@dataclass(frozen=True)
class Data:
    """Conversations and pairs by split, and the tasks behind the held-out ones (other data have none)."""

    conversations: dict[str, list[list[Message]]]
    pairs: dict[str, list[Pair]]
    tasks: dict[str, list[CodeTask]]

    @property
    def held_out(self) -> list[str]:
        """The names of the splits that are not trained on."""
        return [name for name in self.conversations if name != TRAIN]

    @property
    def judged(self) -> list[CodeTask]:
        """Every held-out task, in the order of `held_out`."""
        return [task for name in self.held_out for task in self.tasks.get(name, [])]

    def leaked(self) -> int:
        """How many held-out questions are also trained on."""
        known = {message["content"] for messages in self.conversations[TRAIN] for message in messages}
        known |= {pair.question[-1]["content"] for pair in self.pairs[TRAIN]}
        return sum(messages[-2]["content"] in known for name in self.held_out for messages in self.conversations[name])

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> Data:
        """Read what `save` wrote."""
        data = read_json(path)
        pairs = {name: [Pair(**pair) for pair in rows] for name, rows in data["pairs"].items()}
        tasks = {
            name: [CodeTask(**(task | {"tests": tuple(task["tests"])})) for task in rows]
            for name, rows in data["tasks"].items()
        }
        return cls(data["conversations"], pairs, tasks)


def own_data(seed: int, train: int, heldout: int) -> Data:
    """The course's tasks, every answer run and found to be what it is called.

    At most `train` tasks are trained on (0: all), and `heldout` of each held-out split measured on (0: all).

    Raises:
        TutorError: a right answer fails, or a wrong one passes.
    """
    tasks = split_tasks(all_tasks(), seed).tasks
    tasks = {name: each[: (train if name == TRAIN else heldout) or None] for name, each in tasks.items()}
    if problems := verify([task for each in tasks.values() for task in each]):
        raise TutorError(f"{len(problems)} answers of the tasks are not what they are called.", problems[0])
    conversations = {name: [task.conversation(task.chosen) for task in tasks[name]] for name in HELD_OUT}
    learned = [_told(number, task) for number, task in enumerate(tasks[TRAIN])]
    pairs = {name: [Pair.of(task) for task in each] for name, each in tasks.items()}
    return Data({TRAIN: learned, **conversations}, pairs, {name: tasks[name] for name in HELD_OUT})


def other_data(source: str, seed: int, train: int, heldout: int, preferences: bool) -> Data:
    """The learner's rows (`tutor.codetasks.rows`): some are held out, none can be judged by running it.

    Raises:
        TutorError: as `read_rows`, or a row is none of what is known, or there are too few.
    """
    rows = read_rows(source, preferences=preferences, seed=seed)
    random.Random(seed).shuffle(rows)
    held, learned = _divided(rows, heldout)
    parts = {TRAIN: learned[: train or None], SEEN: held}
    if not (held and learned):
        raise TutorError(f"{source} has {len(rows)} rows: too few to hold one out.", "Give more rows.")
    conversations = {name: [conversation(row) for row in part] for name, part in parts.items()}
    pairs = {name: [preference(row) for row in part] if preferences else [] for name, part in parts.items()}
    return Data(conversations, pairs, {})


def _divided(rows: list[Row], heldout: int) -> tuple[list[Row], list[Row]]:
    """(held out, to be trained on): as the rows say themselves, else a tenth of them."""
    if all("split" in row for row in rows):
        held = [row for row in rows if row["split"] != TRAIN]
        return held[: heldout or None], [row for row in rows if row["split"] == TRAIN]
    share = -(-len(rows) // HELD_SHARE)
    count = min(heldout, share) if heldout else share
    return rows[:count], rows[count:]


def _told(number: int, task: CodeTask) -> list[Message]:
    return task.with_follow_up() if number % FOLLOW_UP == 0 else task.conversation(task.chosen)
