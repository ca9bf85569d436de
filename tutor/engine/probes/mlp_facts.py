"""What is true of four slogans about the feed-forward block, computed with a layer of the loaded model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from tutor.engine.architecture import ATTENTION_TARGETS, MLP_TARGETS
from tutor.engine.loaded import Loaded
from tutor.engine.lora import add_adapter, trainable
from tutor.engine.loss import supervised_losses
from tutor.engine.memory import lora_parameters
from tutor.engine.protocol import Call

__all__ = ["gathers", "linear", "target"]

TEXT = "Stir lemon juice and sugar into cold water until nothing is left."
SAMPLES = 64
RANK, STEPS, RATE = 8, 4, 2e-3


@torch.inference_mode()
def linear(call: Call, loaded: Loaded) -> dict[str, Any]:
    """The up and down projections of the middle layer, with nothing between them and with the gate.

    Returns:
        `cases`; `two`, `one`: numbers in the two matrices, and in the one that does the same.
    """
    mlp = _middle(loaded).mlp
    torch.manual_seed(0)
    x = torch.randn(SAMPLES, loaded.architecture.hidden).to(loaded.model.device, loaded.model.dtype)
    up, down = mlp.up_proj.weight, mlp.down_proj.weight
    apart = _apart((x @ up.T) @ down.T, x @ (down @ up).T)
    bent = _apart(mlp(2 * x), 2 * mlp(x))
    return {
        "cases": [
            {"name": "up, down: as one matrix, off by", "value": f"{apart:.0e}", "holds": apart < 1e-2},
            {"name": "with SiLU: twice in, not twice out, off by", "value": f"{100 * bent:.0f} %", "holds": bent > 0.1},
        ],
        "two": up.numel() + down.numel(),
        "one": loaded.architecture.hidden**2,
        "source": f"layer {_place(loaded)} of {loaded.source}, {SAMPLES} random vectors",
    }


@torch.inference_mode()
def gathers(call: Call, loaded: Loaded) -> dict[str, Any]:
    """What reaches the last position of a text when the first position's vector becomes another.

    Returns:
        `cases`: attention takes from other positions, the MLP does not, and attention is a linear mixture.
    """
    ids = [int(token) for token in loaded.tokenizer(TEXT)["input_ids"]]
    plain = _parts(loaded, ids, lambda x: x)
    other = _parts(loaded, ids, _other_first)
    twice = _parts(loaded, ids, lambda x: 2 * x)
    mlp, x = _middle(loaded).mlp, plain["normed"]
    brought = _apart(other["attention"][:, -1], plain["attention"][:, -1])
    seen = _apart(mlp(_other_first(x))[:, -1], mlp(x)[:, -1])
    bent = _apart(twice["attention"], 2 * plain["attention"])
    return {
        "cases": [
            {"name": "attention brings in other positions", "value": _percent(brought), "holds": brought > 1e-6},
            {"name": "the MLP sees its own position only", "value": _percent(seen), "holds": seen < 1e-6},
            {"name": "attention only mixes: twice in, twice out", "value": _percent(bent), "holds": bent < 1e-3},
        ],
        "source": f"layer {_place(loaded)} of {loaded.source}",
    }  # fmt: skip


def target(call: Call, loaded: Loaded) -> dict[str, Any]:
    """Two adapters of about the same size learn one sentence: one on the attention, one on the MLP.

    Returns:
        `cases`; `before`, `attention`, `mlp`: loss in nats per token; `counts`: trained parameters of each.
    """
    architecture = loaded.architecture
    budget = lora_parameters(architecture, RANK, ATTENTION_TARGETS)
    rank = round(budget / lora_parameters(architecture, 1, MLP_TARGETS))
    before, attention = _adapted(call, loaded, ATTENTION_TARGETS, RANK)
    _, mlp = _adapted(call, loaded, MLP_TARGETS, rank)
    count = architecture.parameters()
    share = 100 * count.mlp / count.body
    return {
        "cases": [
            {"name": "most parameters of the layers are in the MLP", "value": f"{share:.1f} %", "holds": share > 50},
            {"name": "adapting attention alone learns little", "value": f"loss {before:.2f} → {attention:.2f}",
             "holds": attention > 0.9 * before},
            {"name": "adapting the MLP alone learns more", "value": f"loss {before:.2f} → {mlp:.2f}",
             "holds": mlp < attention},
        ],
        "before": before, "attention": attention, "mlp": mlp,
        "counts": {"attention": budget, "mlp": lora_parameters(architecture, rank, MLP_TARGETS)},
        "steps": STEPS,
        "source": f"{loaded.source}, {STEPS} steps of AdamW on one sentence",
    }  # fmt: skip


def _adapted(call: Call, loaded: Loaded, targets: tuple[str, ...], rank: int) -> tuple[float, float]:
    """Loss before and after some steps with an adapter on `targets`; the model is as it was in the end."""
    ids = torch.tensor([loaded.tokenizer(TEXT)["input_ids"]], device=loaded.model.device)
    model = add_adapter(loaded.model, r=rank, alpha=2 * rank, dropout=0, targets=targets, seed=0)
    try:
        optimizer = torch.optim.AdamW(trainable(model).values(), lr=RATE)
        losses = []
        for _ in range(STEPS):
            call.check()
            loss = supervised_losses(model, ids, ids).mean()
            losses.append(loss.item())
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
        with torch.inference_mode():
            return losses[0], supervised_losses(model, ids, ids).mean().item()
    finally:
        model.unload()


def _parts(loaded: Loaded, ids: list[int], change: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    """Input (`normed`) and output of the middle layer's attention, when its input is changed."""
    layer, seen = _middle(loaded), dict[str, Tensor]()

    def enter(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
        seen["normed"] = change(output)
        return seen["normed"]

    with ExitStack() as stack:
        stack.callback(layer.input_layernorm.register_forward_hook(enter).remove)
        stack.callback(layer.self_attn.register_forward_hook(lambda _m, _i, o: seen.update(attention=o[0])).remove)
        loaded.model(torch.tensor([ids], device=loaded.model.device), use_cache=False, logits_to_keep=1)
    return seen


def _other_first(x: Tensor) -> Tensor:
    """The same vectors `[batch, seq, hidden]`, the first one reversed."""
    return torch.cat([x[:, :1].flip(-1), x[:, 1:]], 1)


def _apart(a: Tensor, b: Tensor) -> float:
    """|a - b| / |b|."""
    return ((a - b).float().norm() / b.float().norm()).item()


def _percent(share: float) -> str:
    return f"changed by {100 * share:.0f} %"


def _place(loaded: Loaded) -> int:
    return loaded.architecture.layers // 2


def _middle(loaded: Loaded) -> Any:
    return loaded.model.model.layers[_place(loaded)]
