"""What the loaded model pays for each token of a text, beside a twin that has learned nothing, for lesson 1.2.1."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from tutor.engine.loaded import Loaded
from tutor.engine.protocol import Call
from tutor.errors import UsageError

__all__ = ["losses"]

MAX_TOKENS = 64
TWIN = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "tie_word_embeddings": False,
}  # fmt: skip
"""A small model of the same family and vocabulary, with an output matrix of its own."""


def losses(call: Call, loaded: Loaded, prompt: str) -> dict[str, Any]:
    """Cross-entropy of every token of `prompt` after those before it, of the model and of its untrained twin.

    Returns:
        `tokens`: per predicted token its `piece`, and the model's `p` and `loss` in nats; `loss` and `perplexity` of
        the model, `twin_loss` and `twin_perplexity`, and `uniform` = ln(vocab).

    Raises:
        UsageError: there are fewer than two tokens, so that nothing is predicted.
    """
    ids = loaded.tokenizer(prompt, add_special_tokens=False)["input_ids"][:MAX_TOKENS]
    if len(ids) < 2:
        raise UsageError("There is nothing to predict in a single token.", "Type a longer text.")
    model = loaded.model
    trained = token_losses(model, ids)
    call.check()
    twin = token_losses(_twin(model), ids)
    rows = zip(loaded.pieces(ids[1:]), trained.tolist(), strict=True)
    return {
        "first": loaded.pieces(ids[:1])[0],
        "tokens": [{"piece": piece, "p": math.exp(-loss), "loss": loss} for piece, loss in rows],
        "loss": trained.mean().item(),
        "perplexity": trained.mean().exp().item(),
        "twin_loss": twin.mean().item(),
        "twin_perplexity": twin.mean().exp().item(),
        "uniform": math.log(model.config.vocab_size),
        "vocab": model.config.vocab_size,
        "source": f"{loaded.source}; its twin has 2 layers of width 64 and fresh weights",
    }


@torch.inference_mode()
def token_losses(model: Any, ids: list[int]) -> Tensor:
    """Nats of every token but the first, `[seq - 1]`."""
    inputs = torch.tensor([ids], device=model.device)
    logits = model(inputs, use_cache=False).logits[0, :-1]  # [seq - 1, vocab]
    return cross_entropy(logits.float(), inputs[0, 1:], reduction="none").cpu()


def _twin(model: Any) -> Any:
    """A fresh model with the vocabulary of `model`, the same at every call."""
    torch.manual_seed(0)
    config = type(model.config)(**(model.config.to_dict() | TWIN))
    return type(model)(config).to(model.device).eval()
