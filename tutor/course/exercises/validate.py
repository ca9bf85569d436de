"""Is every exercise whole, solvable, and impossible to pass unsolved? After the content check of rustlings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tutor import paths
from tutor.course.exercises.exercise import (
    CHECK,
    FACTS,
    FILES,
    HINTS,
    LIBRARIES,
    SOLUTION,
    START,
    TASK,
    Exercise,
    ExerciseError,
    all_folders,
    definitions,
    line_of,
    load_exercise,
)
from tutor.course.exercises.runner import check
from tutor.course.outline import Outline, load_outline

WIDEST = 80
"""Characters in a line of `task.md`, which the command line prints as it is."""
LONGEST_PARAGRAPH = 620
"""Characters. A longer one does not fit a small screen beside the editor."""
FEWEST_TESTS = 2


@dataclass(frozen=True)
class Problem:
    """What is wrong with an exercise, and where."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def validate_all(lessons: Path | None = None, *, run: bool = True) -> list[Problem]:
    """The problems of every exercise under `lessons`, and those between them."""
    root = lessons or paths.lessons_dir()
    outline = load_outline(root)
    problems: list[Problem] = []
    loaded: list[Exercise] = []
    for folder in all_folders(root):
        problems += validate(folder, outline, run=run)
        try:
            loaded.append(load_exercise(folder))
        except ExerciseError:  # `validate` has told
            continue
    return problems + list(_twins(loaded))


def validate(folder: Path, outline: Outline | None = None, *, run: bool = True) -> list[Problem]:
    """What is wrong with the exercise in `folder`.

    Args:
        outline: the course it belongs to; the installed one by default.
        run: also check that the skeleton fails and the solution passes (takes a second or more).
    """
    absent = [Problem(folder / name, 1, "is missing.") for name in FILES if not (folder / name).is_file()]
    if absent:
        return absent
    try:
        exercise = load_exercise(folder)
    except ExerciseError as error:
        return [Problem(error.file, error.line, error.problem)]
    problems = [
        *_facts(exercise, outline or load_outline()),
        *_task(folder / TASK),
        *_code(folder),
    ]
    if run and not problems:
        problems += _runs(exercise)
    return problems


def _facts(exercise: Exercise, outline: Outline) -> Iterator[Problem]:
    file = exercise.folder / FACTS
    text = file.read_text()

    def problem(key: str, what: str) -> Problem:
        return Problem(file, line_of(text, key), what)

    lesson = exercise.folder.parents[1].name
    if exercise.id != exercise.folder.name:
        yield problem("id", f"the id {exercise.id!r} is not the name of the folder, {exercise.folder.name!r}.")
    if outline.topic(exercise.topic) is None:
        yield problem("topic", f"the course has no topic {exercise.topic!r}.")
    elif not lesson.startswith(exercise.topic.rpartition(".")[0] + "-"):
        yield problem("topic", f"topic {exercise.topic} belongs to another lesson than the folder {lesson}.")
    if not 1 <= exercise.minutes <= 60:
        yield problem("minutes", f"{exercise.minutes} minutes: an exercise takes 1 to 60.")
    if len(exercise.hints) != HINTS:
        yield problem("hints", f"there are {len(exercise.hints)} hints, not {HINTS}.")
    for key, texts in (("title", (exercise.title,)), ("objectives", exercise.objectives), ("hints", exercise.hints)):
        if not texts or not all(isinstance(one, str) and one.strip() for one in texts):
            yield problem(key, f"{key!r} says nothing.")
    for library in exercise.uses:
        if library not in LIBRARIES:
            yield problem("uses", f"{library!r} is none of {', '.join(LIBRARIES)}.")
    if exercise.lab and exercise.lab not in {lab.name for lab in outline.labs()}:
        yield problem("lab", f"the course has no lab {exercise.lab!r}.")


def _task(file: Path) -> Iterator[Problem]:
    lines = file.read_text().splitlines()
    if not any(line.strip() for line in lines):
        yield Problem(file, 1, "says nothing.")
    paragraph = 0
    for number, line in enumerate(lines, start=1):
        if len(line) > WIDEST:
            yield Problem(file, number, f"the line has {len(line)} characters, more than {WIDEST}.")
        paragraph = paragraph + len(line) if line.strip() else 0
        if paragraph > LONGEST_PARAGRAPH >= paragraph - len(line):
            yield Problem(file, number, f"the paragraph has more than {LONGEST_PARAGRAPH} characters.")


def _code(folder: Path) -> Iterator[Problem]:
    trees: dict[str, ast.Module] = {}
    for name in (START, SOLUTION, CHECK):
        try:
            trees[name] = ast.parse((folder / name).read_text())
        except SyntaxError as error:
            yield Problem(folder / name, error.lineno or 1, f"is not valid Python: {error.msg}.")
    if len(trees) == 3:
        yield from _skeleton(folder, trees[START], trees[SOLUTION])
        yield from _tests(folder / CHECK, trees[CHECK])


def _skeleton(folder: Path, start: ast.Module, solution: ast.Module) -> Iterator[Problem]:
    """The learner sees types, shapes and the same signatures that the solution has."""
    solved = {function.name: ast.unparse(function.args) for function in _functions(solution)}
    functions = list(_functions(start))
    if not functions:
        yield Problem(folder / START, 1, "defines no function.")
    for function in functions:
        place = folder / START, function.lineno
        if not ast.get_docstring(function) and function.name != "__init__":
            yield Problem(*place, f"{function.name} has no docstring.")
        arguments = [one for one in function.args.args if one.arg != "self"]
        if function.returns is None or any(one.annotation is None for one in arguments):
            yield Problem(*place, f"{function.name} is not fully typed.")
        if solved.get(function.name) != ast.unparse(function.args):
            yield Problem(*place, f"{function.name} has another signature in {SOLUTION}, or is not there.")


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Public functions, and the methods of public classes."""
    for definition in definitions(tree):
        members = definition.body if isinstance(definition, ast.ClassDef) else [definition]
        yield from (member for member in members if isinstance(member, ast.FunctionDef))


def _tests(file: Path, tree: ast.Module) -> Iterator[Problem]:
    tests = [one for one in definitions(tree) if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
    if len(tests) < FEWEST_TESTS:
        yield Problem(file, 1, f"has {len(tests)} tests, fewer than {FEWEST_TESTS}.")
    for test in tests:
        if [argument.arg for argument in test.args.args] != ["work", "seed"]:
            yield Problem(file, test.lineno, f"{test.name} does not take (work, seed).")
        if not ast.get_docstring(test):
            yield Problem(file, test.lineno, f"{test.name} has no docstring, which is its title.")


def _runs(exercise: Exercise) -> Iterator[Problem]:
    """Nobody passes by doing nothing, and there is a way to pass."""
    started = check(exercise, exercise.folder / START)
    for test in started.tests:
        if test.passed:
            yield Problem(
                exercise.folder / CHECK, 1, f"{test.name} passes with the untouched {START}: it tests nothing."
            )
    if not started.tests:
        yield Problem(exercise.folder / START, 1, f"does not even load: {started.failure and started.failure.message}")
    solved = check(exercise, exercise.folder / SOLUTION)
    if not solved.passed:
        failure = solved.failure
        yield Problem(
            exercise.folder / SOLUTION,
            (failure and failure.line) or 1,
            f"does not pass: {failure.message if failure else 'there is no test'}",
        )


def _twins(exercises: Iterable[Exercise]) -> Iterator[Problem]:
    ids: dict[str, Exercise] = {}
    orders: dict[int, Exercise] = {}
    for exercise in exercises:
        file = exercise.folder / FACTS
        if (twin := ids.setdefault(exercise.id, exercise)) and twin is not exercise:
            yield Problem(file, line_of(file.read_text(), "id"), f"the id {exercise.id!r} is that of {twin.folder}.")
        if (twin := orders.setdefault(exercise.order, exercise)) and twin is not exercise:
            yield Problem(file, line_of(file.read_text(), "order"), f"{twin.id} has the place {exercise.order} too.")
