"""Signs by which one tells, from outside, which stage of a model is broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from tutor.engine.loaded import Loaded
from tutor.engine.sampling import entropy, softmax

TOP = 5
LEAK = 1e-3
"""Scores that change less were only rounded otherwise."""
ORDER = 1e-4
"""Relative changes below it, too."""

Tensor = torch.Tensor


@dataclass(frozen=True)
class Signs:
    """What can be seen of a pass without knowing what is wrong with it."""

    ids: list[int]
    read_back: str
    """The ids as text, by the model's own tokenizer."""
    error: str = ""
    """What torch said, where the pass could not be made; then there is nothing below."""
    top: list[tuple[int, str, float]] = field(default_factory=list)
    """The likeliest next tokens: id, piece, probability."""
    entropy: float = 0.0
    """Of the next token, in nats."""
    size: float = 0.0
    """Root mean square of the vector that reaches the LM head."""
    leak: float = 0.0
    """By how much the scores at the last position but one change when the last token is another."""
    order: float | None = None
    """By how much the first layer's attention at the last position changes when the tokens before it are reversed,
    relative to its length; None where reversing changes nothing."""


def signs(loaded: Loaded, ids: list[int]) -> Signs:
    """Send three texts through at once: as it is, with another last token, and with the tokens before it reversed."""
    vocab = loaded.architecture.vocab
    read_back = str(loaded.tokenizer.decode([token for token in ids if token < vocab]))
    changed, turned = [*ids[:-1], (ids[-1] + 1000) % vocab], [*reversed(ids[:-1]), ids[-1]]
    try:
        logits, sizes, attention = _pass(loaded.model, [ids, changed, turned])
    except IndexError as error:
        return Signs(ids, read_back, f"IndexError: {error}")
    moved = (attention[0] - attention[2]).norm() / attention[0].norm()
    probabilities = softmax(logits[0, -1].double().numpy())
    best = torch.from_numpy(probabilities).topk(TOP)
    pieces = loaded.pieces(best.indices.tolist())
    return Signs(
        ids, read_back,
        top=list(zip(best.indices.tolist(), pieces, best.values.tolist(), strict=True)),
        entropy=entropy(probabilities),
        size=sizes[0].item(),
        leak=(logits[0, 0] - logits[1, 0]).abs().max().item() if len(ids) > 1 else 0.0,
        order=moved.item() if turned != ids else None,
    )  # fmt: skip


@torch.inference_mode()
def _pass(model: Any, batch: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Logits `[batch, 2, vocab]` of the last two positions, sizes `[batch]`, the first attention `[batch, hidden]`."""
    seen: dict[str, Tensor] = {}
    head, first = model.get_output_embeddings(), model.model.layers[0].self_attn
    hooks = [
        head.register_forward_pre_hook(lambda _m, inputs: seen.update(head=inputs[0][:, -1].float())),
        first.register_forward_hook(lambda _m, _i, output: seen.update(attention=output[0][:, -1].float())),
    ]
    try:
        output = model(torch.tensor(batch, device=model.device), use_cache=False, logits_to_keep=2)
    finally:
        for hook in hooks:
            hook.remove()
    return output.logits.float().cpu(), seen["head"].square().mean(-1).sqrt(), seen["attention"].cpu()
