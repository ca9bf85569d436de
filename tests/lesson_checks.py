"""What the checks of every lesson are held to: the engines answer them, whatever the try."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tutor.course.blocks import Ask, Bug, Fact, Prediction, Quiz
from tutor.course.lesson import LessonText, load_lesson
from tutor.course.outline import load_outline
from tutor.course.questions import Question, bug_question, fact_question, fill, lookup, quiz_question
from tutor.engine.protocol import Role

Answers = Callable[[Role, str, dict[str, Any]], Any]


def lesson(topic: str) -> LessonText:
    """The lesson of a topic, such as `2.1.1`."""
    found = load_outline().topic(topic)
    assert found is not None and found.file is not None
    return load_lesson(found.file)


def tries(ask: Ask) -> Iterator[dict[str, Any]]:
    """The arguments of every try there can be."""
    names = list(ask.vary)
    for values in itertools.product(*(ask.vary[name] for name in names)):
        yield ask.arguments | dict(zip(names, values, strict=True))


def assert_checks_work(topic: str, answers: Answers) -> None:
    """Every check of a lesson becomes a question with one right answer, from what the engines say."""
    for check in lesson(topic).checks():
        if check.ask is None:
            if isinstance(check, Quiz):
                assert_sound(quiz_question(check, {}, random.Random(0)))
            continue
        for arguments in tries(check.ask):
            for fault in [fault for fault, _, _ in check.faults] if isinstance(check, Bug) else [None]:
                params = arguments | ({"fault": fault} if fault else {})
                answer = json.loads(json.dumps(answers(check.ask.role, check.ask.method, params)))
                assert_question(check, params, answer)


def assert_question(check: Prediction | Quiz | Fact | Bug, params: dict[str, Any], answer: dict[str, Any]) -> None:
    """`answer` has all that `check` wants of it."""
    if isinstance(check, Prediction):
        assert "{" not in fill(check.question, params)
        truth = lookup(answer, check.value)
        assert str(truth) in check.options if check.options else isinstance(truth, int | float)
        assert fill(check.after, answer)
    elif isinstance(check, Quiz):
        assert_sound(quiz_question(check, answer, random.Random(0)))
    elif isinstance(check, Fact):
        assert_sound(fact_question(check, answer))
    else:
        assert_sound(bug_question(check, params["fault"], random.Random(0)))
        assert answer["evidence"]


def assert_sound(question: Question) -> None:
    """The options differ, and there is a right answer that can be given."""
    assert len(set(question.options)) == len(question.options) >= 2
    assert question.why
    assert question.judge(question.right) == 1
    if question.kind == "single":
        assert len(question.right) == 1
    if question.kind == "match":
        assert len(question.partners) >= 2
