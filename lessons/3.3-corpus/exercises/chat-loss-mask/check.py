"""The check writes the conversations itself, so it knows of every id whose it is."""

import random
from typing import Any

from tutor.course.exercises.expect import expect, same, show

START, END, NEWLINE = 1, 2, 3
SYSTEM, USER, ASSISTANT = 11, 12, 13
IGNORE = -100
NAMES = {START: "start", END: "end", NEWLINE: "newline", ASSISTANT: "the id of the assistant's role"}
Turn = tuple[int, list[int]]


def _conversation(turns: list[Turn]) -> tuple[list[int], list[int]]:
    """The ids of `turns` and the labels they should get."""
    ids: list[int] = []
    labels: list[int] = []
    for role, said in turns:
        learned = [*said, END] if role == ASSISTANT else [IGNORE] * (len(said) + 1)
        ids += [START, role, *said, END, NEWLINE]
        labels += [IGNORE, IGNORE, *learned, IGNORE]
    return ids, labels


def _judge(work: Any, ids: list[int], wanted: list[int]) -> None:
    got = work.loss_labels(list(ids), START, END, ASSISTANT)
    call = f"loss_labels({show(ids)}, start=1, end=2, assistant=13)"
    expect(isinstance(got, list), f"{call} should be a list; your code returned {show(got)}.")
    same(len(got), len(ids), f"the length of {call}")
    for i, (label, right) in enumerate(zip(got, wanted, strict=True)):
        what = f"{call}: position {i} ({NAMES.get(ids[i], 'text')}, id {ids[i]})"
        expect(label == right, f"{what} should be {right}, but your label is {label}.")


def _text(pick: random.Random, longest: int = 5) -> list[int]:
    return [pick.randint(100, 999) for _ in range(pick.randint(1, longest))]


def test_one_exchange(work: Any, seed: int) -> None:
    """one question, one answer"""
    pick = random.Random(seed)
    _judge(work, *_conversation([(USER, _text(pick)), (ASSISTANT, _text(pick))]))


def test_learns_to_stop(work: Any, seed: int) -> None:
    """the end of an answer is learned, that of a question is not"""
    ids, wanted = _conversation([(USER, [501]), (ASSISTANT, [502])])
    got = work.loss_labels(list(ids), START, END, ASSISTANT)
    ends = [i for i, token in enumerate(ids) if token == END]
    same([got[i] for i in ends], [wanted[i] for i in ends], f"the labels of the two end ids in {ids}")


def test_many_turns(work: Any, seed: int) -> None:
    """long conversations with a system prompt"""
    pick = random.Random(seed)
    for _ in range(10):
        turns: list[Turn] = [(SYSTEM, _text(pick))]
        for _ in range(pick.randint(1, 4)):
            turns += [(USER, _text(pick)), (ASSISTANT, _text(pick))]
        _judge(work, *_conversation(turns))


def test_role_in_the_text(work: Any, seed: int) -> None:
    """the id of the role in running text does not open an answer"""
    _judge(work, *_conversation([(USER, [501, ASSISTANT, 502]), (ASSISTANT, [503])]))
    _judge(work, *_conversation([(USER, [ASSISTANT]), (ASSISTANT, [503, ASSISTANT, USER, 504])]))


def test_two_answers_in_a_row(work: Any, seed: int) -> None:
    """two answers in a row are both learned, with nothing between them"""
    pick = random.Random(seed)
    _judge(work, *_conversation([(USER, _text(pick)), (ASSISTANT, _text(pick)), (ASSISTANT, _text(pick))]))


def test_cut_off(work: Any, seed: int) -> None:
    """a chat that was cut off at any place"""
    pick = random.Random(seed)
    ids, labels = _conversation([(USER, _text(pick)), (ASSISTANT, _text(pick)), (USER, _text(pick))])
    for length in range(len(ids)):
        _judge(work, ids[:length], labels[:length])


def test_nothing_to_learn(work: Any, seed: int) -> None:
    """a chat without an answer teaches nothing"""
    _judge(work, *_conversation([(SYSTEM, [500]), (USER, [501, 502])]))
    _judge(work, [], [])
