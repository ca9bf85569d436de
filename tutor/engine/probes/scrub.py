"""What a model would have answered at every checkpoint of a run: its answers and its next token, stop by stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import kl_div

from tutor.engine import checkpoint
from tutor.engine.chatdata import prompt_ids
from tutor.engine.decoding import generate
from tutor.engine.loaded import Loaded
from tutor.engine.lora import ADAPTER, load_adapter
from tutor.engine.protocol import Call, Message

__all__ = ["look"]

TOP = 5


def look(call: Call, loaded: Loaded, run: str, prompts: list[str], last: int, tokens: int = 24) -> Message:
    """Greedy answers to `prompts` of the base, of every adapter that was kept, and of the finished one.

    Args:
        run: the run's directory.
        last: the step that the finished adapter belongs to.
        tokens: the most that an answer may have.

    Returns:
        `stops`, in order, each with its `step` and `answers`: `text`, the likeliest `top` next tokens `{piece, p}`, and
        `kl` in nats from the base's distribution at that place to this one's. Streams them answer by answer.
    """
    directory = Path(run)
    files = {step: file for step, file in checkpoint.adapters(directory / "checkpoints").items() if step < last}
    asked = [prompt_ids(loaded.tokenizer, [{"role": "user", "content": prompt}]) for prompt in prompts]
    answer: Message = {"stops": [], "source": loaded.source}
    base: list[Tensor] = []
    with _wearing(loaded.model, directory / "adapter") as adapted:
        weights = {name: parameter for name, parameter in adapted.named_parameters() if f".{ADAPTER}." in name}
        final = {name: weight.detach().clone() for name, weight in weights.items()}
        for step in (0, *files, last):
            _put_on(weights, load_file(files[step]) if step in files else final)
            stop: dict[str, Any] = {"step": step, "answers": []}
            answer["stops"].append(stop)
            with adapted.disable_adapter() if step == 0 else nullcontext():
                for ids in asked:
                    call.check()
                    logits = _next(loaded.model, ids)
                    base += [logits] if step == 0 else []
                    stop["answers"].append(_answer(loaded, ids, logits, base[len(stop["answers"])], tokens))
                    call.part(**answer)
    return answer


@contextmanager
def _wearing(model: Any, adapter: Path) -> Iterator[PeftModel]:
    """`model` with the adapter in place; it is taken off again, whatever happens."""
    before = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    whole = load_adapter(model, adapter)
    try:
        yield whole
    finally:
        whole.unload()
        for parameter, wanted in before:
            parameter.requires_grad_(wanted)


@torch.no_grad()
def _put_on(weights: dict[str, Tensor], others: dict[str, Tensor]) -> None:
    for name, weight in weights.items():
        weight.copy_(others[name])


@torch.inference_mode()
def _next(model: Any, ids: Sequence[int]) -> Tensor:
    """Log-probabilities of the next token, `[vocab]`."""
    inputs = torch.tensor([list(ids)], device=model.device)
    logits: Tensor = model(inputs, use_cache=False, logits_to_keep=1).logits[0, -1].float().cpu()
    return logits.log_softmax(-1)


def _answer(loaded: Loaded, ids: Sequence[int], logits: Tensor, base: Tensor, tokens: int) -> dict[str, Any]:
    said = generate(loaded.model, ids, tokens)
    end = said.index(loaded.tokenizer.eos_token_id) if loaded.tokenizer.eos_token_id in said else len(said)
    best = logits.topk(TOP)
    pieces = loaded.pieces(best.indices.tolist())
    return {
        "text": loaded.tokenizer.decode(said[:end]),
        "ended": end < len(said),
        "top": [{"piece": piece, "p": p} for piece, p in zip(pieces, best.values.exp().tolist(), strict=True)],
        "kl": kl_div(logits, base, reduction="sum", log_target=True).item(),
    }
