"""How long each stage of a forward pass takes, by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(frozen=True)
class Span:
    """One stage from its begin to its end. Names are those of `tutor.engine.forward`."""

    name: str
    layer: int | None
    begin: float
    """Seconds since the pass began."""
    seconds: float


@dataclass
class Pass:
    """A forward pass. What `spans` do not cover is Python between the stages, the mask and the angles of RoPE."""

    spans: list[Span] = field(default_factory=list)
    wall: float = 0.0
    """Seconds from call to result."""

    @property
    def covered(self) -> float:
        """Σ spans as a share of `wall`."""
        return sum(span.seconds for span in self.spans) / self.wall


@torch.inference_mode()
def time_stages(model: Any, ids: list[int]) -> Pass:
    """Run `ids` through a model of the Llama and Qwen families with a clock at every stage."""
    timed = Pass()
    inputs = torch.tensor([ids], device=model.device)
    clock = _Clock(model.device)
    with _watched(model, timed, clock):
        clock.start()
        model(inputs, use_cache=False, logits_to_keep=1)
        timed.wall = clock()
    return timed


class _Clock:
    """Seconds since `start`, after everything that was sent to a GPU is done."""

    def __init__(self, device: torch.device) -> None:
        backends = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}
        self._wait: Callable[[], None] = backends.get(device.type, lambda: None)
        self._zero = 0.0

    def start(self) -> None:
        self._wait()
        self._zero = time.perf_counter()

    def __call__(self) -> float:
        self._wait()
        return time.perf_counter() - self._zero


@contextmanager
def _watched(model: Any, timed: Pass, clock: _Clock) -> Iterator[None]:
    """Marks the time before and after every stage."""
    last = [0.0]

    def mark(*_arguments: Any) -> None:
        last[0] = clock()

    def span(name: str, layer: int | None) -> Callable[..., None]:
        def end(*_arguments: Any) -> None:
            begin, last[0] = last[0], clock()
            timed.spans.append(Span(name, layer, begin, last[0] - begin))

        return end

    with ExitStack() as stack:

        def stage(module: Any, name: str, layer: int | None = None) -> None:
            stack.callback(module.register_forward_pre_hook(mark).remove)
            stack.callback(module.register_forward_hook(span(name, layer)).remove)

        stage(model.get_input_embeddings(), "embed")
        for number, layer in enumerate(model.model.layers):
            stage(layer.input_layernorm, "norm", number)
            stage(layer.self_attn, "attention", number)
            # The sum is computed between the modules: from the end of one to the beginning of the next.
            norm = layer.post_attention_layernorm
            stack.callback(norm.register_forward_pre_hook(span("residual", number)).remove)
            stage(norm, "norm", number)
            stage(layer.mlp, "mlp", number)
            stack.callback(layer.register_forward_hook(span("residual", number)).remove)
        stage(model.model.norm, "final norm")
        stage(model.get_output_embeddings(), "LM head")
        yield
