"""A small course of our own, and a learner who is half-way through it: content may change without changing these."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.conftest import LAB, RECIPE
from tests.course.exercise_toy import make_toy
from tutor import paths
from tutor.course.exercises.desk import Desk
from tutor.course.exercises.exercise import find_exercise
from tutor.course.progress import Attempt, Place, Progress

NOW = 1_780_000_000.0
"""The time on the clock of `tests.app.app_fakes.fake_services`: 28 May 2026."""
DAY = 86_400.0

OUTLINE = """
format = 1

[[module]]
id = "1"
title = "How a language model works"

[[module.lesson]]
id = "1.1"
title = "Core concepts"
folder = "1.1-core-concepts"
topics = [
    { id = "1.1.1", title = "Parameters and memory", minutes = 12 },
    { id = "1.1.2", title = "Data shapes", minutes = 10, needs = ["1.1.1"] },
]

[[module.lesson]]
id = "1.2"
title = "The transformer"
folder = "1.2-transformer"
topics = [
    { id = "1.2.1", title = "From text to next token", minutes = 100, needs = ["1.1.1", "1.1.2"] },
    { id = "1.2.2", title = "Attention", minutes = 15, needs = ["1.2.1"] },
]
labs = [{ name = "lab-lora-cli-help", title = "Fine-tune on command-line help", minutes = 15, needs = ["1.2.1"] }]

[[module]]
id = "2"
title = "Teaching a model something new, step by step"

[[module.lesson]]
id = "2.1"
title = "LoRA"
folder = "2.1-lora"
topics = [{ id = "2.1.1", title = "Learning the diff", minutes = 12, needs = ["1.2.1"] }]
labs = [{ name = "lab-rank-ablation", title = "Compare ranks 4 to 32", minutes = 40, needs = ["2.1.1"] }]
"""

FRONT = """+++
id = "{id}"
title = "{title}"
minutes = {minutes}
objectives = [
    "Count the parameters of a model, and say what each of them needs in memory while it is trained",
    "Tell a scalar from a vector",
    "Say what nobody asks",
]
glossary = []
sources = []
+++

## A beginning

Words.

"""

QUIZ = """```quiz
id = "{id}"
question = "Which of these is {id}?"
options = ["a", "b"]
answer = 2
why = "Because."
objective = {objective}
```

"""

PREDICTION = """## A guess

```predict
id = "vocabulary"
question = "How many pieces does it know?"
value = "vocab"
after = "That many."
objective = 1
```

"""

LESSONS = {
    "1.1-core-concepts/1.1.1-parameters.md": ("1.1.1", "Parameters and memory", 12),
    "1.1-core-concepts/1.1.2-shapes.md": ("1.1.2", "Data shapes", 10),
    "1.2-transformer/1.2.1-pipeline.md": ("1.2.1", "From text to next token", 100),
}


@pytest.fixture
def toy_course(tmp_path: Path) -> Iterator[Path]:
    """Topics and labs, some of them not written, and an exercise; days are those of Greenwich."""
    folder = tmp_path / "lessons"
    make_toy(folder)
    (folder / "course.toml").write_text(OUTLINE)
    labs = tmp_path / "toy-labs"
    labs.mkdir()
    (labs / "lora_cli_help.toml").write_text(LAB)
    (labs / "lora_cli_help.py").write_text(RECIPE)
    for name, (topic, title, minutes) in LESSONS.items():
        checks = [QUIZ.format(id="weights", objective=1), PREDICTION, QUIZ.format(id="vector", objective=2)]
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(FRONT.format(id=topic, title=title, minutes=minutes) + "".join(checks))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "lessons_dir", lambda: folder)
        patch.setenv("TUTOR_LABS", str(labs))
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield folder
    time.tzset()


def answer(topic: str, check: str, objective: int, right: bool, kind: str = "quiz", score: float = -1) -> Attempt:
    """An attempt at one of the toy course's checks."""
    said: dict[str, object] = {"asked": f"Which of these is {check}?", "said": "a", "true": "b"}
    return Attempt(topic, check, kind, objective, right, float(right) if score < 0 else score, said)


def half_way() -> None:
    """A passed topic with a check that is due, a started one, and an exercise that was given up."""
    clock = [NOW - 30 * DAY]
    progress = Progress(paths.progress_db(), lambda: clock[0])
    progress.start("1.1.1")
    progress.record(answer("1.1.1", "weights", 1, False))
    progress.record(answer("1.1.1", "vocabulary", 1, False, "predict", 0.75))
    progress.record(answer("1.1.1", "vector", 2, True))
    clock[0] += DAY
    progress.record(answer("1.1.1", "weights", 1, True))
    progress.finish("1.1.1")
    clock[0] = NOW - DAY / 2
    progress.start("1.1.2")
    progress.record(answer("1.1.2", "vector", 2, False))
    progress.keep_place(Place("1.1.2", 1))
    progress.close()
    desk = Desk(find_exercise("toy"), lambda: clock[0])
    desk.start()
    desk.next_hint()
    desk.solution(give_up=True)
