"""The one line that a learner sees, for each way of being wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.course.exercise_toy import SOLUTION, START, make_toy, verdict_on, verdict_on_body
from tutor.course.exercises.runner import check
from tutor.errors import TutorError


def test_right_code_passes_every_test(tmp_path: Path) -> None:
    result = verdict_on(SOLUTION, tmp_path)
    assert result.passed
    assert result.failure is None
    assert [(test.title, test.passed) for test in result.tests] == [("small numbers", True), ("large numbers", True)]


def test_the_skeleton_says_what_is_to_be_written(tmp_path: Path) -> None:
    result = verdict_on(START, tmp_path)
    assert not result.passed
    assert result.failure is not None
    assert result.failure.message == "double is still to be written."
    assert result.failure.line == 6


def test_a_wrong_answer_is_told_with_its_input(tmp_path: Path) -> None:
    result = verdict_on("def double(number):\n    return number + 1\n", tmp_path)
    assert result.failure is not None
    # double(1) is right by accident; what fails first is the second test, not the first test's second round
    assert result.failure.message == "double(1000) should be 2000, but your code returned 1001."
    assert result.failure.line is None


def test_answers_fitted_to_the_first_inputs_fail_on_others(tmp_path: Path) -> None:
    result = verdict_on("def double(number):\n    return {1: 2, 1000: 2000}.get(number, 0)\n", tmp_path)
    assert result.failure is not None
    assert result.failure.message.startswith("It passed once, but not on other inputs. double(2) should be 4")


@pytest.mark.parametrize(
    ("body", "line", "source", "message"),
    [
        ("return number + 'x'", 2, "return number + 'x'", "TypeError: unsupported operand"),
        ("values = [1]\nvalues[number + 5]", 3, "values[number + 5]", "IndexError: list index out of range"),
        ("import numpy as np\nnp.ones(3) @ np.ones(4)", 3, "np.ones(3) @ np.ones(4)", "ValueError: matmul"),
        ("assert number > 9000, 'too small'", 2, "assert number > 9000, 'too small'", "AssertionError: too small"),
        ("def deeper(): deeper()\ndeeper()", 2, "def deeper(): deeper()", "RecursionError: maximum recursion"),
        ("raise KeyboardInterrupt", 2, "raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_an_exception_is_told_with_its_line(body: str, line: int, source: str, message: str, tmp_path: Path) -> None:
    failure = verdict_on_body(body, tmp_path).failure
    assert failure is not None
    assert (failure.line, failure.source) == (line, source)
    assert message in failure.message
    assert "\n" not in failure.message


def test_a_syntax_error_is_told_with_line_and_caret(tmp_path: Path) -> None:
    result = verdict_on("def double(number):\n    return 2 * * number\n", tmp_path)
    assert result.tests == ()
    assert result.failure is not None
    assert (result.failure.line, result.failure.source) == (2, "return 2 * * number")
    assert result.failure.message == "SyntaxError: invalid syntax"
    assert result.failure.column == len("return 2 * ")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def twice(number):\n    return 2 * number\n", "does not define 'double'"),
        ("double = 4\n", "does not define 'double'"),
        ("def double(number):\n    2 * number\n", "returned None. Does your function end with `return …`?"),
        ("def double():\n    return 2\n", "takes 0 positional arguments but 1 was given"),
        ("\x00", "null bytes"),
    ],
)
def test_slips_have_a_sentence(code: str, message: str, tmp_path: Path) -> None:
    failure = verdict_on(code, tmp_path).failure
    assert failure is not None
    assert message in failure.message


def test_what_the_code_prints_is_kept_and_capped(tmp_path: Path) -> None:
    result = verdict_on_body("print('x' * 10_000)\nprint('number is', number)", tmp_path)
    assert result.passed
    assert result.output.endswith("number is 2000\n")
    assert len(result.output) == 4000


def test_a_missing_file_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="tutor exercise reset toy"):
        check(make_toy(tmp_path), tmp_path / "absent.py")


@pytest.mark.parametrize("broken", ["def test_(:\n", "import nonsense\n"])
def test_a_check_that_cannot_start_is_no_verdict(broken: str, tmp_path: Path) -> None:
    exercise = make_toy(tmp_path)
    (exercise.folder / "check.py").write_text(broken)
    with pytest.raises(TutorError, match="could not be started"):
        check(exercise, exercise.folder / "solution.py")
