"""One short training after another on the last blocks of a loaded model, which is afterwards as it was before.

The blocks below are frozen in every trial, so what comes out of them is computed once. That, and texts of one line,
make a trial a matter of seconds on two cores.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from tutor.engine.batches import collate, epoch_batches
from tutor.engine.chatdata import IGNORED
from tutor.engine.heldout import HeldOut
from tutor.engine.lora import ADAPTER, add_adapter, lora_layers, trainable
from tutor.engine.loss import split_by_row
from tutor.engine.rank_texts import HELD_OUT, TRAIN, examples
from tutor.engine.spectrum import effective_rank
from tutor.engine.stopwatch import pinned, quicker

BLOCKS = 4
"""Blocks, from the last, that get an adapter."""
STEPS, BATCH = 8, 4
ENERGY = 0.95
"""The share of the energy of ΔW that its effective rank keeps."""


@dataclass(frozen=True)
class Trial:
    """One adapter, and how it is trained."""

    rank: int
    alpha: float
    targets: tuple[str, ...]
    lr: float
    seed: int
    """Decides the adapter's first weights and the order of the texts."""


@dataclass(frozen=True)
class Outcome:
    """What a trial came to. Losses are in nats/token, after training."""

    train: float
    held_out: HeldOut
    seconds: float
    """Of its steps, without measuring."""
    parameters: int
    effective: float
    """Directions that hold `ENERGY` of ΔW, the mean over its matrices."""

    @property
    def loss(self) -> float:
        """The held-out one."""
        return sum(self.held_out.nats) / sum(self.held_out.tokens)


class Bench:
    """The last blocks of a model, with what comes out of those below for every text."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        texts = examples(tokenizer, TRAIN), examples(tokenizer, HELD_OUT)
        self._lengths = [len(example.ids) for example in texts[0]]
        self.train = list(range(len(texts[0])))
        self.held_out = list(range(len(texts[0]), len(texts[0]) + len(texts[1])))
        ids, self._labels = collate([*texts[0], *texts[1]], tokenizer.eos_token_id)
        self._labels = self._labels.to(model.device)
        self.top, below = last_blocks(model, BLOCKS)
        with torch.no_grad():
            states = model.model(ids.to(model.device), use_cache=False, output_hidden_states=True).hidden_states
            self._below = states[below]  # [texts, seq, hidden]
            self._threads = quicker(lambda: self.losses(self.train[:1]))

    def run(self, trial: Trial, check: Callable[[], None]) -> Outcome:
        """Train and measure; `check` is called between steps, and may raise."""
        with pinned(self._threads), adapted(self.top, trial) as parameters:
            optimizer = torch.optim.AdamW(parameters, trial.lr)
            began = time.perf_counter()
            for rows in self._batches(trial.seed):
                check()
                loss = self.losses(rows).mean()
                for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                    parameter.grad = gradient
                optimizer.step()
            seconds = time.perf_counter() - began
            with torch.no_grad():
                train, held_out = self.losses(self.train).mean().item(), self.losses(self.held_out)
            used = [effective_rank(b, a, ENERGY) for b, a in _factors(self.top)]
        each = split_by_row(held_out, self._labels[self.held_out])
        kept = HeldOut([losses.sum().item() for losses in each], [len(losses) for losses in each])
        return Outcome(train, kept, seconds, sum(parameter.numel() for parameter in parameters), mean(used))

    def losses(self, rows: Sequence[int]) -> Tensor:
        """Nats of every supervised token of some texts, `[supervised]`."""
        labels = self._labels[rows]
        states = self.top.model(inputs_embeds=self._below[rows], use_cache=False).last_hidden_state
        wanted = labels[:, 1:] != IGNORED
        logits = self.top.get_output_embeddings()(states[:, :-1][wanted]).float()
        return cross_entropy(logits, labels[:, 1:][wanted], reduction="none")

    def _batches(self, seed: int) -> Iterator[list[int]]:
        """The same for every trial of a seed."""
        for step in range(STEPS):
            epoch, place = divmod(step, -(-len(self.train) // BATCH))
            yield epoch_batches(self._lengths, BATCH, seed, epoch)[place]


def last_blocks(model: Any, blocks: int) -> tuple[Any, int]:
    """The last blocks of a causal model, its norm and its head as a model of their own, sharing all weights.

    It takes the hidden states before its first block as `inputs_embeds`; also returned is how many blocks are below.
    """
    below = max(0, len(model.model.layers) - blocks)
    config = copy.deepcopy(model.config)
    config.num_hidden_layers = len(model.model.layers) - below
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[below:]
    with torch.device("meta"):  # every module that computes is replaced
        top = type(model)(config)
    top.model.layers = nn.ModuleList(model.model.layers[below:])
    top.model.embed_tokens, top.model.norm = model.model.embed_tokens, model.model.norm
    top.model.rotary_emb, top.lm_head = model.model.rotary_emb, model.lm_head
    return top.eval(), below


@contextmanager
def adapted(model: Any, trial: Trial) -> Iterator[list[nn.Parameter]]:
    """`model` with a fresh adapter, whose weights are given; it is taken off again, whatever happens."""
    before = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    whole = add_adapter(model, r=trial.rank, alpha=trial.alpha, dropout=0.0, targets=trial.targets, seed=trial.seed)
    try:
        yield list(trainable(whole).values())
    finally:
        whole.unload()
        for parameter, wanted in before:
            parameter.requires_grad_(wanted)


def _factors(model: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    """B and A of every adapted matrix; their scale changes no share of the energy."""
    for layer in lora_layers(model).values():
        yield layer.lora_B[ADAPTER].weight, layer.lora_A[ADAPTER].weight
