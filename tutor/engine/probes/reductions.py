"""Norms and softmaxes of a real forward pass: how many, and what share of the time they take; lesson 1.2.3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from tutor.engine.architecture import reductions_of
from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.engine.stopwatch import pinned
from tutor.engine.tiers import TIERS

__all__ = ["shares"]

NORM, SOFTMAX, MATMUL, REST = "norms", "softmax", "matrix products", "everything else"
PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::mv", "aten::addmv")
REPEATS = 2
LONGEST = 64
"""Tokens of the learner's text that are taken."""
LARGE = 0.5
"""From this share of the time on, something may be called the bottleneck."""


def shares(call: Call, loaded: Loaded, prompt: str) -> dict[str, Any]:
    """Profile a pass over `prompt`, and one for a single new token behind it, each with one thread.

    Attention is written out for it (`eager`), so that its softmax is a step of its own.

    Returns:
        `tiers`: per tier how many `norms` and `softmaxes` one token takes, and their `total`; `counted`: the same of
        the loaded model, counted while it ran; `passes`: for `prompt` and `one token` the `share` of time of norms,
        softmax, matrix products and everything else; `percent` of norms and softmax for one token; `cases`: whether
        the reductions are most of the time in each.
    """
    ids = loaded.tokenizer(prompt, add_special_tokens=False)["input_ids"][:LONGEST] or [0]
    answer: dict[str, Any] = {
        "tiers": [{"tier": name} | reductions_of(tier.architecture) for name, tier in TIERS.items()],
        "counted": None, "passes": {}, "cases": [], "tokens": len(ids),
        "source": f"PyTorch's profiler, {loaded.source}, one thread",
    }  # fmt: skip
    call.part(**answer)
    with _eager(loaded.model), torch.inference_mode(), pinned(1):
        for name, run in _passes(loaded.model, ids):
            profiles = []
            for _ in range(REPEATS):
                call.check()
                profiles.append(_profile(loaded.model, run))
            quickest = min(profiles, key=lambda found: sum(found.seconds.values()))
            answer["counted"] = answer["counted"] or quickest.counted()
            answer["passes"][name] = quickest.shares()
            answer["cases"].append(_case(name, quickest.shares()))
            call.part(**answer)
    share = answer["passes"]["one token"]
    return answer | {"percent": 100 * (share[NORM] + share[SOFTMAX])}


def _passes(model: Any, ids: list[int]) -> Iterator[tuple[str, Callable[[], object]]]:
    """The whole prompt at once, and one more token with everything before it in the cache (which grows by it)."""
    inputs = torch.tensor([ids], device=model.device)

    def prompt() -> object:
        return model(inputs, use_cache=False, logits_to_keep=1).logits.softmax(-1)

    yield "prompt", prompt
    cache = model(inputs, use_cache=True).past_key_values

    def one_token() -> object:
        return model(inputs[:, -1:], past_key_values=cache, use_cache=True).logits.softmax(-1)

    yield "one token", one_token


@dataclass(frozen=True)
class _Profile:
    """What a pass spent its time with, and how often it did what."""

    seconds: dict[str, float]
    norms: int
    softmaxes: int

    def counted(self) -> dict[str, int]:
        return {"norms": self.norms, "softmaxes": self.softmaxes, "total": self.norms + self.softmaxes}

    def shares(self) -> dict[str, float]:
        return {part: seconds / sum(self.seconds.values()) for part, seconds in self.seconds.items()}


def _profile(model: Any, run: Callable[[], object]) -> _Profile:
    with _named_norms(model), profile(activities=[ProfilerActivity.CPU]) as found:
        run()
    events = {event.key: event for event in found.key_averages()}
    everything = sum(event.self_cpu_time_total for event in events.values())
    norms, softmaxes = events[NORM], events["aten::softmax"]
    seconds = {
        NORM: norms.cpu_time_total,
        SOFTMAX: softmaxes.cpu_time_total,
        MATMUL: sum(events[key].self_cpu_time_total for key in PRODUCTS if key in events),
    }
    return _Profile(seconds | {REST: everything - sum(seconds.values())}, norms.count, softmaxes.count)


@contextmanager
def _named_norms(model: Any) -> Iterator[None]:
    """The profiler sees each norm as one span."""
    span = ExitStack()

    def begin(*_: object) -> None:
        span.enter_context(record_function(NORM))

    def end(*_: object) -> None:
        span.close()

    with ExitStack() as stack:
        for norm in (module for module in model.modules() if type(module).__name__.endswith("RMSNorm")):
            stack.callback(norm.register_forward_pre_hook(begin).remove)
            stack.callback(norm.register_forward_hook(end).remove)
        yield


@contextmanager
def _eager(model: Any) -> Iterator[None]:
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def _case(name: str, share: dict[str, float]) -> dict[str, Any]:
    reductions = share[NORM] + share[SOFTMAX]
    value = f"{100 * reductions:.0f} % of the time, matrix products {100 * share[MATMUL]:.0f} %"
    return {"name": name, "value": value, "holds": reductions > LARGE}
