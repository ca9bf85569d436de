"""Counting the sums over whole vectors that a pass needs: norms and softmaxes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from tutor.engine.attention import eager


@dataclass(frozen=True)
class Reductions:
    """How many of each a pass needs. The softmax over the vocabulary comes after it, when a token is drawn."""

    norms: int
    softmaxes: int

    @property
    def total(self) -> int:
        """With the one of the draw."""
        return self.norms + self.softmaxes + 1


class _SoftmaxCounter(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += func is torch.nn.functional.softmax
        return func(*args, **(kwargs or {}))


@torch.inference_mode()
def count_reductions(model: Any) -> Reductions:
    """Watch one pass of one token, on the meta device too. Attention is written out, so that its softmax is seen."""
    norms = [0]

    def count(*_arguments: Any) -> None:
        norms[0] += 1

    with ExitStack() as stack:
        stack.enter_context(eager(model))
        for module in model.modules():
            if type(module).__name__.endswith("RMSNorm"):
                stack.callback(module.register_forward_hook(count).remove)
        softmaxes = stack.enter_context(_SoftmaxCounter())
        one = torch.ones(1, 1, dtype=torch.long, device=model.device)
        model(one, attention_mask=one, use_cache=False)  # without a mask it would look at values, which meta has not
    return Reductions(norms[0], softmaxes.calls)
