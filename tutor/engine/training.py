"""The training loop: an iterator of optimizer steps. Whoever iterates reports, evaluates, saves and stops."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator

from tutor.engine.batches import collate, epoch_batches, pack
from tutor.engine.chatdata import Example
from tutor.engine.lora import trainable
from tutor.engine.loss import supervised_losses
from tutor.engine.optimizers import OPTIMIZERS, make_optimizer
from tutor.engine.schedules import SCHEDULES, share_of_lr
from tutor.engine.stopping import EarlyStopping
from tutor.errors import TutorError, UsageError


@dataclass(frozen=True)
class Settings:
    """How to train. One step sees `batch_size` × `grad_accumulation` examples."""

    epochs: int
    batch_size: int
    grad_accumulation: int
    lr: float
    """The highest learning rate, after warm-up."""
    warmup: float
    """Share of all steps in which the learning rate grows from 0."""
    schedule: str
    """How it falls afterwards: one of `SCHEDULES`."""
    weight_decay: float
    clip: float
    """Gradients with a larger norm are scaled down to this one; 0 switches it off."""
    seed: int
    packing: bool = False
    """Put short examples of a batch behind one another instead of padding them; the loss stays the same."""
    optimizer: str = "adamw"
    """One of `OPTIMIZERS`."""
    lora_plus_ratio: float = 1.0
    """How many times as fast as A the adapter's B learns (LoRA+)."""
    patience: int = 0
    """Held-out losses without a new best one, after which training ends; 0: never."""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Settings:
        """The fields among the options of a lab; those that it does not have are off.

        Raises:
            UsageError: a value makes no sense.
        """
        return cls(**{field.name: options[field.name] for field in fields(cls) if field.name in options})

    def __post_init__(self) -> None:
        for name, known in (("schedule", SCHEDULES), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in known:
                raise UsageError(f"{name} cannot be {getattr(self, name)!r}.", f"It can be: {', '.join(known)}.")
        for name in ("epochs", "batch_size", "grad_accumulation", "lr", "lora_plus_ratio"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be more than 0.", f"It is {getattr(self, name)}.")
        if self.patience < 0:
            raise UsageError("patience cannot be negative.", "0 switches early stopping off.")

    def steps_per_epoch(self, examples: int) -> int:
        """Optimizer steps for so many examples; the last one of an epoch can be smaller."""
        return math.ceil(math.ceil(examples / self.batch_size) / self.grad_accumulation)

    def total_steps(self, examples: int) -> int:
        """Optimizer steps of the whole training."""
        return self.epochs * self.steps_per_epoch(examples)


@dataclass(frozen=True)
class Step:
    """What one optimizer step measured."""

    number: int
    """From 1."""
    loss: float
    """nats/token over the step's supervised tokens, before the update."""
    lr: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    """Tokens read in this step, without padding."""
    tokens_so_far: int
    supervised: int
    """Tokens the loss saw."""
    seconds: float
    ends_epoch: bool


class Training:
    """A model being trained on `examples`; iterate over it to train.

    Batches, learning rate and dropout of a step are functions of its number, so adapter, optimizer and the number of
    finished steps are all that `tutor.engine.checkpoint` has to keep.
    """

    def __init__(self, model: Any, examples: Sequence[Example], settings: Settings, pad_id: int) -> None:
        self.settings = settings
        self.accelerator = Accelerator()
        self.parameters = trainable(model)
        self.done = 0
        self.tokens = 0  # read so far
        self.examples = len(examples)
        self._examples = examples
        self._pad_id = pad_id
        self.stopping = EarlyStopping(settings.patience)
        optimizer = make_optimizer(
            self.parameters,
            settings.optimizer,
            lr=settings.lr,
            weight_decay=settings.weight_decay,
            lora_plus_ratio=settings.lora_plus_ratio,
        )
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self._order: list[list[int]] = []
        self._order_of = -1  # the epoch that `_order` belongs to
        self.steps_per_epoch = settings.steps_per_epoch(len(examples))
        self.total = settings.total_steps(len(examples))

    def __iter__(self) -> Iterator[Step]:
        while self.done < self.total and not self.stopping.exhausted:
            yield self.step()

    def observe(self, heldout_loss: float) -> None:
        """Take the held-out loss after the last step, for early stopping."""
        self.stopping.observe(self.done, heldout_loss, self.parameters)

    def step(self, lr: float | None = None) -> Step:
        """Forward, backward, clip, update, with the schedule's learning rate where none is given.

        Raises:
            TutorError: the loss or the gradient is not finite; the weights are then as before the step.
        """
        started = time.perf_counter()
        self.model.train()
        torch.manual_seed(int(np.random.SeedSequence((self.settings.seed, self.done)).generate_state(1)[0]))
        batches = self._next_batches()
        supervised = sum(example.supervised for batch in batches for example in batch)
        loss = sum(self._backward(batch, supervised) for batch in batches)
        norm = float(self.accelerator.clip_grad_norm_(self.parameters.values(), self.settings.clip or math.inf))
        self._refuse_divergence(loss, norm)
        if lr is None:
            lr = learning_rate(self.settings, self.done, self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group["factor"]
        self.optimizer.step()
        self.optimizer.zero_grad()
        tokens = sum(len(example.ids) for batch in batches for example in batch)
        self.done += 1
        self.tokens += tokens
        return Step(
            number=self.done,
            loss=loss,
            lr=lr,
            grad_norm=norm,
            tokens=tokens,
            tokens_so_far=self.tokens,
            supervised=supervised,
            seconds=time.perf_counter() - started,
            ends_epoch=self.done % self.steps_per_epoch == 0,
        )

    def _next_batches(self) -> list[list[Example]]:
        """The batches of the next step. Gradients are summed over them, so that they act like one large batch."""
        settings = self.settings
        epoch, position = divmod(self.done, self.steps_per_epoch)
        if self._order_of != epoch:
            lengths = [len(example.ids) for example in self._examples]
            self._order = epoch_batches(lengths, settings.batch_size, settings.seed, epoch)
            self._order_of = epoch
        first = position * settings.grad_accumulation
        return [[self._examples[i] for i in batch] for batch in self._order[first : first + settings.grad_accumulation]]

    def _backward(self, batch: Sequence[Example], supervised: int) -> float:
        """Add a batch's gradients; returns its part of the step's mean loss."""
        tensors = (pack if self.settings.packing else collate)(batch, self._pad_id)
        losses = supervised_losses(self.model, *(tensor.to(self.accelerator.device) for tensor in tensors))
        loss = losses.sum() / supervised
        self.accelerator.backward(loss)
        return float(loss.detach())

    def _refuse_divergence(self, loss: float, norm: float) -> None:
        for name, value in (("loss", loss), ("gradient", norm)):
            if not math.isfinite(value):
                raise TutorError(
                    f"The {name} became {value} at step {self.done + 1} of {self.total}: training diverged.",
                    f"Lower lr (it is {self.settings.lr:g}) and start again; the last good checkpoint is kept.",
                )


def learning_rate(settings: Settings, step: int, total: int) -> float:
    """The learning rate of step `step` (from 0) of `total`."""
    return settings.lr * share_of_lr(settings.schedule, settings.warmup, step, total)
