"""The tasks: as many and as different as is said, every answer what it is called, and splits that leak nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tutor.codetasks.data import own_data
from tutor.codetasks.generate import all_tasks
from tutor.codetasks.split import HELD_OUT, SEEN, TRAIN, UNSEEN, split_tasks
from tutor.codetasks.task import CodeTask, code_of, in_block, in_format
from tutor.codetasks.verify import verify

TASKS = all_tasks()


def test_every_right_answer_passes_and_every_wrong_one_fails() -> None:
    assert len(TASKS) >= 240
    assert verify(TASKS) == []


def test_answers_that_are_not_what_they_are_called_are_found() -> None:
    task = TASKS[0]
    exchanged = replace(task, chosen=task.rejected, rejected=task.chosen)
    assert [problem.split(": ")[1] for problem in verify([exchanged])] == [
        "the right answer fails",
        "the wrong answer passes",
    ]


def test_no_two_tasks_ask_or_answer_the_same() -> None:
    for what in ("name", "prompt", "chosen", "rejected"):
        assert len({getattr(task, what) for task in TASKS}) == len(TASKS), what
    assert max(Counter(task.family for task in TASKS).values()) < len(TASKS) / 10


def test_what_a_task_asks_is_what_its_tests_want() -> None:
    by_name = {task.name: task for task in TASKS}
    assert "keep_even([20, 21, 7, 9, 11, 100, 5]) == [20, 100]" in by_name["keep_even"].tests
    assert "position_palindrome(['tree', 'NOON', 'ice', 'busses', 'a', 'banana']) == 1" in (
        by_name["position_palindrome"].tests
    )
    assert by_name["is_leap_year"].tests[2:] == ("is_leap_year(1900) == False", "is_leap_year(2000) == True")
    assert by_name["fibonacci"].tests[-1] == "fibonacci(10) == 55"


def test_the_same_seed_gives_the_same_split_and_whole_families_are_held_out() -> None:
    tasks = split_tasks(TASKS, 1).tasks
    assert split_tasks(all_tasks(), 1).tasks == tasks
    assert split_tasks(TASKS, 2).tasks != tasks
    families = {name: {task.family for task in part} for name, part in tasks.items()}
    assert families[SEEN] == families[TRAIN]
    assert not families[UNSEEN] & families[TRAIN]
    assert sum(map(len, tasks.values())) == len(TASKS)


def test_a_leak_is_counted() -> None:
    data = own_data(seed=1, train=12, heldout=3)
    assert {name: len(part) for name, part in data.conversations.items()} == {TRAIN: 12, SEEN: 3, UNSEEN: 3}
    assert data.leaked() == 0
    data.conversations[TRAIN].append(data.conversations[UNSEEN][1])
    assert data.leaked() == 1
    assert [message["role"] for message in data.conversations[TRAIN][0]] == [
        *("system", "user", "assistant"),
        *("user", "assistant"),
    ]
    assert data.judged == [task for name in HELD_OUT for task in data.tasks[name]]


@pytest.mark.parametrize(
    ("answer", "code", "formatted"),
    [
        ("```python\ndef f(x):\n    return x\n```", "def f(x):\n    return x\n", True),
        ("Here it is:\n```py\ndef f(x):\n    return x\n```\nIt returns x.", "def f(x):\n    return x\n", False),
        ("```python\ndef f(x):\n    return x", "def f(x):\n    return x", False),
        ("def f(x):\n    return x", "def f(x):\n    return x", False),
        ("```python\ndef f(x):\n    return x\n\nprint(f(1))\n```", "def f(x):\n    return x\n\nprint(f(1))\n", False),
    ],
)
def test_code_is_found_in_answers_and_the_format_is_strict(answer: str, code: str, formatted: bool) -> None:
    assert code_of(answer) == code
    assert in_format(answer) is formatted


def test_right_answers_are_in_the_format() -> None:
    assert all(in_format(in_block(task.chosen)) for task in TASKS)


def test_a_conversation_ends_with_the_function_and_its_follow_up_with_a_value() -> None:
    task = CodeTask("f", "family", "Write f.", "def f():\n    return 1", "def f():\n    return 2", ("f() == 1",))
    assert task.conversation(task.chosen)[-1] == {"role": "assistant", "content": in_block(task.chosen)}
    assert task.with_follow_up()[-1] == {"role": "assistant", "content": "1"}
