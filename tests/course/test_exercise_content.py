"""Every exercise of the course is whole and honest, and the validator would notice if one were not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.course.exercise_toy import make_toy
from tutor.course.exercises import runner
from tutor.course.exercises.exercise import Exercise, all_exercises, find_exercise, load_exercise
from tutor.course.exercises.validate import validate, validate_all
from tutor.errors import UsageError

ASKED_FOR = {
    *("gradient-step", "cross-entropy", "matmul-shapes", "sampler", "bpe-trainer", "bpe-encoder", "causal-attention"),
    *("swiglu-mlp", "lora-linear", "absmax-int8", "nf4-blocks", "chat-loss-mask", "dpo-loss", "stratified-split"),
    "quality-gate",
}


def test_the_course_has_its_exercises() -> None:
    assert {exercise.id for exercise in all_exercises()} >= ASKED_FOR


def test_exercises_come_in_the_order_of_the_topics() -> None:
    topics = [exercise.topic for exercise in all_exercises()]
    assert topics == sorted(topics)


def test_every_exercise_is_whole_fails_unsolved_and_can_be_solved() -> None:
    assert [str(problem) for problem in validate_all()] == []


@pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)
def test_solutions_pass_on_many_inputs(exercise: Exercise) -> None:
    result = runner.check(exercise, exercise.folder / "solution.py", seeds=range(3, 23), limit_s=30)
    assert result.passed, result.failure


def _replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))

    return change


BROKEN = [
    (lambda folder: (folder / "task.md").unlink(), "task.md:1: is missing"),
    (_replace("exercise.toml", 'id = "toy"', 'id = "boy"'), "exercise.toml:1: the id 'boy' is not the name"),
    (_replace("exercise.toml", '"1.1.2"', '"9.9.9"'), "exercise.toml:3: the course has no topic '9.9.9'"),
    (_replace("exercise.toml", '"1.1.2"', '"2.1.1"'), "exercise.toml:3: topic 2.1.1 belongs to another lesson"),
    (_replace("exercise.toml", "minutes = 1", "minutes = 100"), "exercise.toml:4: 100 minutes"),
    (_replace("exercise.toml", "minutes = 1", 'minutes = "1"'), "exercise.toml:4: 'minutes' must be of type int"),
    (_replace("exercise.toml", "minutes = 1", "minutes == 1"), "is not valid TOML"),
    (_replace("exercise.toml", "order = 1\n", ""), "exercise.toml:1: has no 'order'"),
    (_replace("exercise.toml", "order = 1\n", "order = 1\nlevel = 3\n"), "exercise.toml:6: has an unknown key 'level'"),
    (_replace("exercise.toml", '"two", ', ""), "exercise.toml:7: there are 2 hints, not 3"),
    (_replace("exercise.toml", '"two"', '" "'), "exercise.toml:7: 'hints' says nothing"),
    (_replace("exercise.toml", "order = 1\n", 'order = 1\nuses = ["jax"]\n'), "exercise.toml:6: 'jax' is none of"),
    (_replace("exercise.toml", "order = 1\n", 'order = 1\nlab = "lab-x"\n'), "exercise.toml:6: the course has no lab"),
    (_replace("task.md", "Double.", "Double " * 30), "task.md:1: the line has"),
    (_replace("task.md", "Double.", "Double it now.\n" * 60), "the paragraph has more than"),
    (_replace("start.py", "-> int", ""), "start.py:4: double is not fully typed"),
    (_replace("start.py", '    """Twice `number`."""\n', ""), "start.py:4: double has no docstring"),
    (_replace("solution.py", "number: int", "n: int"), "start.py:4: double has another signature in solution.py"),
    (_replace("solution.py", "def double", "def double("), "solution.py:4: is not valid Python"),
    (_replace("check.py", "seed: int", "seeds: int"), "test_small does not take (work, seed)"),
    (_replace("check.py", '    """small numbers"""\n', ""), "test_small has no docstring"),
    (_replace("check.py", "def test_large", "def large"), "check.py:1: has 1 tests, fewer than 2"),
    (_replace("solution.py", "2 * number", "3 * number"), "solution.py:1: does not pass: double(1) should be 2"),
    (_replace("start.py", "raise NotImplementedError", "return 2 * number"), "test_small passes with the untouched"),
    (_replace("start.py", "raise Not", "rise Not"), "start.py:6: is not valid Python"),
]


@pytest.mark.parametrize(("change", "problem"), BROKEN, ids=[problem for _, problem in BROKEN])
def test_the_validator_names_file_and_line(change: Callable[[Path], None], problem: str, tmp_path: Path) -> None:
    folder = make_toy(tmp_path).folder
    change(folder)
    found = [str(one).removeprefix(f"{folder}/") for one in validate(folder)]
    assert any(problem in one for one in found), found


def test_the_validator_is_content_with_the_toy(tmp_path: Path) -> None:
    assert validate(make_toy(tmp_path).folder) == []


def test_two_exercises_do_not_share_a_place(tmp_path: Path) -> None:
    one = make_toy(tmp_path).folder
    other = one.with_name("toy-two")
    other.mkdir()
    for file in one.iterdir():
        (other / file.name).write_text(file.read_text().replace('id = "toy"', 'id = "toy-two"'))
    lessons = tmp_path / "course.toml"
    lessons.write_text((_course() / "course.toml").read_text())
    assert [str(one) for one in validate_all(tmp_path, run=False)] == [
        f"{other}/exercise.toml:5: toy has the place 1 too."
    ]


def _course() -> Path:
    return all_exercises()[0].folder.parents[2]


def test_names_may_be_typed_with_underscores_and_typos_are_helped() -> None:
    assert find_exercise("gradient_step") == load_exercise(find_exercise("gradient-step").folder)
    with pytest.raises(UsageError, match="Did you mean 'gradient-step'"):
        find_exercise("gradient-stp")
