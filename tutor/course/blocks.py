"""The blocks of a lesson page: prose, live widgets, and the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tutor.engine.protocol import Role

Arguments = dict[str, Any]
Texts = tuple[str, ...]

ROLES: tuple[Role, ...] = ("trace", "desk")
"""Engine roles that lessons ask: `trace` has the loaded model, `desk` computes without one."""


@dataclass(frozen=True)
class Ask:
    """Where live values come from: a method of an engine, with its arguments."""

    role: Role
    method: str
    arguments: Arguments
    vary: Mapping[str, list[Any]] = field(default_factory=dict)
    """Arguments that are chosen anew, out of these, at every try."""


@dataclass(frozen=True)
class Prose:
    """A piece of Markdown."""

    text: str


@dataclass(frozen=True)
class Step:
    """One step of a narration: a few words, and the controls of the picture that are moved with them."""

    say: str
    set: Arguments


@dataclass(frozen=True)
class WidgetBlock:
    """A live picture: ```` ```widget NAME ```` with its arguments as TOML inside the fence."""

    name: str
    arguments: Arguments
    line: int
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """A number or a choice to commit to before the live one is shown."""

    id: str
    question: str
    value: str
    """Name of a value of the trace, or, with `ask`, the path of the value in the answer."""
    after: str
    """What to say once it is shown."""
    line: int
    ask: Ask | None = None
    options: Texts = ()
    """Choices, where the value is one of them and not a number."""
    unit: str = ""
    within: float = 0.2
    """A number counts as right when it is off by at most this share of the truth."""
    hides: bool = False
    """Whether the pictures after it on the page stay covered until the learner has committed."""
    objective: int | None = None


@dataclass(frozen=True)
class Quiz:
    """A question about live or fixed values; `tutor.course.questions` makes a question of it at every try."""

    id: str
    kind: str
    """`single`, `multiple`, `order` or `match`."""
    question: str
    why: str
    line: int
    ask: Ask | None = None
    options: Texts = ()
    answer: tuple[int, ...] = ()
    """The right options, counted from 1, where they are not computed."""
    values: Texts = ()
    """Paths of the live value of each option."""
    right: str = ""
    """`largest` or `smallest` of `values`."""
    number: str = ""
    """Path of a live number whose value is asked for; the wrong options are it times `slips`."""
    slips: tuple[float, ...] = (0.1, 0.5, 2.0)
    form: str = ",.0f"
    unit: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    objective: int | None = None


@dataclass(frozen=True)
class Fact:
    """A slogan, what the learner thinks of it, and what is computed on this machine."""

    id: str
    slogan: str
    source: str
    truth: str
    """What is exactly true, with live values in braces."""
    line: int
    ask: Ask | None = None
    cases: str = "cases"
    """Path of a list of `{name, value, holds}`: the slogan is true if it holds in all of them."""
    verdict: str = ""
    """`true`, `partly` or `false`, where no computation can decide it."""
    objective: int | None = None


@dataclass(frozen=True)
class Bug:
    """A pipeline with an injected fault: the learner sees what it does and says which fault it is."""

    id: str
    question: str
    ask: Ask
    """Gets the injected fault as its argument `fault`; its answer has lines of text in `evidence`."""
    faults: tuple[tuple[str, str, str], ...]
    """Name, words, and why of each fault."""
    line: int
    objective: int | None = None


@dataclass(frozen=True)
class ExerciseBlock:
    """A door to an exercise in code."""

    name: str
    line: int


Check = Prediction | Quiz | Fact | Bug
Block = Prose | WidgetBlock | ExerciseBlock | Check

KINDS = ("single", "multiple", "order", "match")
VERDICTS = ("true", "partly", "false")
