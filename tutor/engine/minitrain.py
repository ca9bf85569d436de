"""Trainings small enough to watch: a few lines of text, on a twin that leaves the loaded model as it is.

A training that is interrupted goes on where it was when it is asked for again. Finished ones are kept for the pages
that look at what was learned.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor, nn

from tutor.engine.chatdata import Example
from tutor.engine.desk.lora_budget import TARGETS
from tutor.engine.heldout import heldout_loss
from tutor.engine.loaded import Loaded
from tutor.engine.lora import add_adapter
from tutor.engine.protocol import Call
from tutor.engine.texts import OWL
from tutor.engine.training import Settings, Step, Training
from tutor.errors import UsageError

STEPS = 20
RATES = {"lora": 1.5e-3, "full": 3e-5}
"""The learning rate of each method: new weights stand larger steps than trained ones."""
SEED = 7
MOST_LINES, MOST_TOKENS = 8, 48
KEPT = 6
"""Trainings that are kept, the latest ones."""


@dataclass(frozen=True)
class Recipe:
    """What is trained on what."""

    lines: str
    """Texts with ` / ` between them."""
    method: str = "lora"
    """`lora` or `full`."""
    targets: str = "attention"
    """One of `TARGETS`."""
    rank: int = 8
    steps: int = STEPS


@dataclass
class Session:
    """A training and how far it came."""

    recipe: Recipe
    training: Training
    examples: list[Example]
    steps: list[Step] = field(default_factory=list)
    grew: int | None = None
    """By how many bytes the process had grown after the first step, its gradients included."""
    found: dict[str, Any] = field(default_factory=dict)
    """What was measured of the finished model, by who measured it."""

    @property
    def model(self) -> Any:
        """The twin with what it learned so far, ready to answer."""
        return self.training.model.eval()

    @property
    def done(self) -> bool:
        """Whether every step was taken."""
        return self.training.done >= self.training.total

    def losses(self) -> list[float]:
        """The loss before each step, in nats/token."""
        return [round(step.loss, 4) for step in self.steps]


_kept: dict[tuple[Path, Recipe], Session] = {}


def twin(model: Any, own: Collection[Tensor] = ()) -> Any:
    """A model with modules of its own and the same numbers in memory.

    An adapter that is put on it, or a flag that is set, does not touch `model`.

    Args:
        own: parameters of `model` that are copied, because they are to be changed in place.
    """
    copied = {id(parameter) for parameter in own}
    shared = {
        id(parameter): nn.Parameter(parameter.data, requires_grad=False)
        for parameter in model.parameters()
        if id(parameter) not in copied
    }
    return copy.deepcopy(model, shared)


def own_copy(model: Any) -> Any:
    """A model with numbers of its own, all of them trainable."""
    return copy.deepcopy(model).requires_grad_()


def split_lines(text: str) -> list[str]:
    """The lines of a text with `/` between them.

    Raises:
        UsageError: there are none, or too many.
    """
    lines = [line.strip() for line in text.split("/") if line.strip()]
    if not 0 < len(lines) <= MOST_LINES:
        raise UsageError(
            f"There are {len(lines)} lines to train on; it takes 1 to {MOST_LINES}.", "Put a / between lines."
        )
    return lines


def examples_of(tokenizer: Any, text: str) -> list[Example]:
    """Each line with the token that ends a text; every token after the first is predicted."""
    found = []
    for line in split_lines(text):
        ids = (*tokenizer(line)["input_ids"][: MOST_TOKENS - 1], tokenizer.eos_token_id)
        found.append(Example(ids, ids))
    return found


def session_of(loaded: Loaded, recipe: Recipe) -> Session:
    """The training of `recipe`, as far as it came; a new one where there is none."""
    key = (loaded.directory, recipe)
    if key in _kept:
        _kept[key] = _kept.pop(key)  # the latest stand last
    else:
        _kept[key] = _begin(loaded, recipe)
        while len(_kept) > KEPT:
            _kept.pop(next(iter(_kept)))
    return _kept[key]


def known(loaded: Loaded, recipe: Recipe) -> Session | None:
    """The training of `recipe` where it was begun."""
    return _kept.get((loaded.directory, recipe))


def forget(session: Session) -> None:
    """Give its memory back: a fully trained copy is as large as the model, with its optimizer three times."""
    for key in [key for key, kept in _kept.items() if kept is session]:
        del _kept[key]


def latest() -> Recipe:
    """That of the adapter that was trained or looked at last; the owl's where there is none."""
    return next((recipe for _, recipe in reversed(_kept) if recipe.method == "lora"), Recipe(OWL))


def _begin(loaded: Loaded, recipe: Recipe) -> Session:
    before = _resident()
    examples = examples_of(loaded.tokenizer, recipe.lines)
    settings = Settings(
        epochs=recipe.steps, batch_size=len(examples), grad_accumulation=1, lr=RATES[recipe.method], warmup=0.1,
        schedule="linear", weight_decay=0.0, clip=1.0, seed=SEED,
    )  # fmt: skip
    if recipe.method == "full":
        model = own_copy(loaded.model)
    else:
        model = add_adapter(
            twin(loaded.model), r=recipe.rank, alpha=2 * recipe.rank, dropout=0.0, targets=TARGETS[recipe.targets],
            seed=SEED,
        )  # fmt: skip
    session = Session(recipe, Training(model, examples, settings, loaded.tokenizer.eos_token_id), examples)

    def measure(*_: object) -> None:
        if session.grew is None:
            session.grew = _resident() - before

    session.training.optimizer.optimizer.register_step_post_hook(measure)
    return session


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def advance(call: Call, sessions: Sequence[Session]) -> Iterator[Session]:
    """One step of each in turn, until all are done; gives the one that made a step.

    Raises:
        Cancelled: nobody waits any more; what was reached is kept.
    """
    while not all(session.done for session in sessions):
        for session in sessions:
            if not session.done:
                call.check()
                with torch.enable_grad():
                    session.steps.append(session.training.step())
                yield session


def mean_loss(model: Any, tokenizer: Any, text: str) -> float:
    """Mean loss of the lines of a text, in nats/token."""
    found = heldout_loss(model, examples_of(tokenizer, text), tokenizer.eos_token_id)
    return sum(found.nats) / sum(found.tokens)
