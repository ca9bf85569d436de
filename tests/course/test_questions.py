"""Checks become questions: live values fill them, a retry differs, and right is what the values say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.course.blocks import Ask, Bug, Fact, Prediction, Quiz
from tutor.course.parse_block import BlockError, parse_block
from tutor.course.questions import (
    NoValue,
    arguments_of,
    bug_question,
    fact_question,
    fill,
    is_right,
    lookup,
    nearness,
    quiz_question,
)

ANSWER = {"parts": {"mlp": 75.25, "attention": 19.5}, "rows": [{"name": "nano", "holds": True}], "n": 1234567}
ASK = {"ask": "desk.x.y"}
SEEDS = range(30)


def quiz(**keys: Any) -> Quiz:
    """A quiz as a lesson file would give it."""
    block = parse_block("quiz", "", {"question": "Which?", "why": "Because.", **keys}, 1)
    assert isinstance(block, Quiz)
    return block


def test_values_are_found_and_formatted() -> None:
    assert fill("{n:,} with {parts.mlp:.1f} % in {rows.0.name}", ANSWER) == "1,234,567 with 75.2 % in nano"
    assert lookup(ANSWER, "rows.0.holds") is True
    for text in ("{absent}", "{rows.7}", "{n.deeper}", "{rows.0.name:.2f}"):
        with pytest.raises(NoValue):
            fill(text, ANSWER)


def test_a_single_quiz_is_shuffled_and_keeps_its_right_option() -> None:
    block = quiz(options=["a", "b", "c"], answer=2)
    made = [quiz_question(block, {}, random.Random(seed)) for seed in SEEDS]
    assert {question.options[question.right[0]] for question in made} == {"b"}
    assert len({question.options for question in made}) == 6
    assert made[0].judge(made[0].right) == 1
    assert made[0].judge([(made[0].right[0] + 1) % 3]) == 0


def test_the_right_option_can_be_the_one_with_the_largest_value() -> None:
    keys = {"options": ["MLP", "attention"], "values": ["parts.mlp", "parts.attention"], **ASK}
    for right, wanted in (("largest", "MLP"), ("smallest", "attention")):
        question = quiz_question(quiz(right=right, **keys), ANSWER, random.Random(1))
        assert question.options[question.right[0]] == wanted


def test_a_number_is_asked_for_among_its_slips() -> None:
    question = quiz_question(quiz(number="n", slips=[0.5, 2.0, 1.0], unit=" B", **ASK), ANSWER, random.Random(0))
    assert sorted(question.options) == ["1,234,567 B", "2,469,134 B", "617,284 B"]
    assert question.options[question.right[0]] == "1,234,567 B"


def test_several_right_options_count_in_part() -> None:
    question = quiz_question(quiz(kind="multiple", options=["a", "b", "c"], answer=[1, 3]), {}, random.Random(3))
    assert {question.options[place] for place in question.right} == {"a", "c"}
    assert question.judge(question.right[:1]) == 0.5
    assert question.judge(range(3)) == pytest.approx(2 / 3)


@given(st.integers())
def test_an_order_is_never_shown_in_its_right_order(seed: int) -> None:
    question = quiz_question(quiz(kind="order", options=["a", "b", "c"]), {}, random.Random(seed))
    assert [question.options[place] for place in question.right] == ["a", "b", "c"]
    assert question.options != ("a", "b", "c")
    assert question.judge(question.right) == 1


def test_an_order_can_follow_live_values() -> None:
    block = quiz(kind="order", options=["MLP", "attention"], values=["parts.mlp", "parts.attention"], **ASK)
    question = quiz_question(block, ANSWER, random.Random(0))
    assert [question.options[place] for place in question.right] == ["attention", "MLP"]


def test_partners_are_matched() -> None:
    block = quiz(kind="match", pairs=[["scalar", "CPU"], ["vector", "SIMD"], ["matrix", "{rows.0.name}"]], **ASK)
    question = quiz_question(block, ANSWER, random.Random(0))
    found = {option: question.partners[n] for option, n in zip(question.options, question.right, strict=True)}
    assert found == {"scalar": "CPU", "vector": "SIMD", "matrix": "nano"}
    swapped = [question.right[1], question.right[0], question.right[2]]
    assert question.judge(swapped) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("holds", "verdict"), [([True, True], "True"), ([True, False], "Partly"), ([False, False], "False")]
)
def test_a_slogan_is_judged_by_its_cases(holds: list[bool], verdict: str) -> None:
    block = parse_block("fact", "", {"slogan": "s", "source": "c", "truth": "n is {n}.", **ASK}, 1)
    assert isinstance(block, Fact)
    cases = [{"name": f"case {n}", "value": (1000, 2 / 3)[n - 1], "holds": value} for n, value in enumerate(holds, 1)]
    question = fact_question(block, {"cases": cases, "n": 3})
    assert question.options[question.right[0]].startswith(verdict)
    assert question.why == "n is 3."
    assert question.cases == ((holds[0], "case 1", "1,000"), (holds[1], "case 2", "0.6667"))


def test_a_bug_is_found_among_all_faults() -> None:
    faults = [["mask", "no mask", "It sees the future."], ["norm", "no norm", "Too large."]]
    block = parse_block("bug", "", {"question": "What is wrong?", "faults": faults, **ASK}, 1)
    assert isinstance(block, Bug)
    for seed in SEEDS:
        question = bug_question(block, "norm", random.Random(seed))
        assert question.options[question.right[0]] == "no norm"
        assert question.why == "Too large."


def test_arguments_vary_with_the_try() -> None:
    ask = Ask("desk", "x.y", {"fixed": 1}, {"tier": ["nano", "tiny", "small"]})
    assert {arguments_of(ask, random.Random(seed))["tier"] for seed in SEEDS} == {"nano", "tiny", "small"}
    assert arguments_of(ask, random.Random(0))["fixed"] == 1


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_nearness_is_bounded_and_one_only_for_the_truth(guess: float, truth: float) -> None:
    assert 0 <= nearness(guess, truth) <= 1
    assert nearness(truth, truth) == 1


def test_a_guess_within_its_share_is_right() -> None:
    block = parse_block("predict", "", {"question": "q", "value": "v", "after": "a", "within": 0.1, **ASK}, 1)
    assert isinstance(block, Prediction)
    assert is_right(block, 109, 100)
    assert not is_right(block, 111, 100)


@pytest.mark.parametrize(
    ("kind", "keys", "says"),
    [
        ("quiz", {"kind": "riddle"}, "not 'riddle'"),
        ("quiz", {"options": ["a", "a"], "answer": 1}, "each another"),
        ("quiz", {"options": ["a", "b"], "answer": [1, 2]}, "one answer"),
        ("quiz", {"options": ["a", "b"], "values": ["x"], **ASK}, "one path for each"),
        ("quiz", {"options": ["a", "b"], "values": ["x", "y"]}, "'values' needs 'ask'"),
        ("quiz", {"number": "n"}, "'number' needs 'ask'"),
        ("quiz", {"kind": "match", "pairs": [["a", "b"]]}, "two 'pairs'"),
        ("quiz", {"kind": "match", "pairs": [["a"], ["b"]]}, "list of 2 texts"),
        ("quiz", {"options": ["a", "b"], "answer": 1, "ask": "cloud.x"}, "ROLE.METHOD"),
        ("quiz", {"options": ["a", "b"], "answer": 1, "with": {"a": 1}}, "need 'ask'"),
        ("quiz", {"options": ["a", "b"], "answer": 1, "ask": "desk.x", "vary": {"a": 1}}, "list of values"),
        ("fact", {"slogan": "s", "source": "c", "truth": "t"}, "'verdict'"),
        ("bug", {"faults": [["a", "b", "c"]], **ASK}, "two 'faults'"),
        ("widget", {"steps": [{"set": {}}]}, "'say'"),
    ],
)
def test_what_a_block_may_not_say(kind: str, keys: dict[str, Any], says: str) -> None:
    given = {"question": "q", "why": "w"} if kind == "quiz" else {"question": "q"} if kind == "bug" else {}
    with pytest.raises(BlockError, match=says):
        parse_block(kind, "some", given | keys, 1)
