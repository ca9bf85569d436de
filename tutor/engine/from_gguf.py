"""GGUF to safetensors: dequantize a file into a model that can be trained, and hold the copy against llama.cpp.

Imports torch: only processes that load models come here.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from tutor.engine.llama import load_llama
from tutor.errors import TutorError
from tutor.files import disk_errors

CHECK_TEXT = (
    "The quick brown fox jumps over the lazy dog. Water boils at 100 degrees Celsius.\n"
    "def add(a, b):\n    return a + b\n\nusage: tool [OPTIONS] <FILE>...\n"
)
"""Prose, code and punctuation: what a wrong tokenizer or a permuted matrix cannot get right."""

LEAST_AGREEMENT = 0.8
"""Positions at which the copy must predict the same token as llama.cpp.

llama.cpp rounds the activations of a quantized file to 8 bits, so close calls differ: on the embedded model the copy
agrees on 91 %, with logits up to 2.3 off, and llama.cpp fed token by token is up to 1.7 off llama.cpp fed at once.
A copy with swapped or permuted matrices agrees on next to none.
"""


def convert(gguf: Path, directory: Path, step: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Write the model in `gguf` to `directory` as bf16 safetensors with its tokenizer and chat template.

    Returns what the manifest keeps: which output matrix the file had, and how far the copy is from llama.cpp.

    Raises:
        TutorError: the file cannot be converted, or the copy computes something else than the file.
    """
    with _conversion_errors(gguf):
        step(0, 4, "Unpacking the weights")
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
        )
        step(1, 4, "Rebuilding the tokenizer")
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    step(2, 4, "Checking the copy")
    output = _tie_again(model)
    difference = _compare(gguf, model.eval(), tokenizer)
    step(3, 4, "Writing the copy")
    with _conversion_errors(gguf):
        model.save_pretrained(directory)
        tokenizer.save_pretrained(directory)
    step(4, 4, "Writing the copy")
    return {"output_matrix": output, "against_llama_cpp": difference}


@torch.no_grad()
def _tie_again(model: Any) -> str:
    """Tie the output matrix to the embedding where the file stores the same numbers twice; say what was found.

    Converters write an `output.weight` although the architecture has none of its own, and transformers then unties it.
    """
    if model.config.tie_word_embeddings:
        return "tied"
    embedding, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    if not torch.equal(embedding, head):
        return "its own"
    model.config.tie_word_embeddings = True
    model.tie_weights()
    return "tied again: the file stored the embedding twice"


@torch.no_grad()
def _compare(gguf: Path, model: Any, tokenizer: Any) -> dict[str, Any]:
    """`max |Δlogit|`, mean KL(llama.cpp ‖ copy) in nats and top-1 agreement over the positions of `CHECK_TEXT`."""
    ids: list[int] = tokenizer.encode(CHECK_TEXT, add_special_tokens=False)
    llama = load_llama(gguf, n_ctx=len(ids), logits_all=True)
    try:
        theirs_ids = llama.tokenize(CHECK_TEXT.encode(), add_bos=False, special=False)
        if theirs_ids != ids:
            raise TutorError(
                f"The tokenizer rebuilt from {gguf.name} splits text otherwise than llama.cpp does.", _REPORT
            )
        llama.eval(ids)
        theirs = torch.from_numpy(np.array(llama.scores[: len(ids)], dtype=np.float32))  # [seq, vocab]
    finally:
        llama.close()
    ours = model(torch.tensor([ids])).logits[0].float()  # [seq, vocab]
    rows = min(ours.shape[1], theirs.shape[1])
    ours, theirs = ours[:, :rows], theirs[:, :rows]
    agreement = (ours.argmax(-1) == theirs.argmax(-1)).float().mean().item()
    divergence = torch.nn.functional.kl_div(
        ours.log_softmax(-1), theirs.log_softmax(-1), log_target=True, reduction="sum"
    )
    if agreement < LEAST_AGREEMENT:
        raise TutorError(
            f"The copy made of {gguf.name} predicts the same token as llama.cpp at only {agreement:.0%} of positions.",
            _REPORT,
        )
    return {
        "positions": len(ids),
        "max_logit_difference": round((ours - theirs).abs().max().item(), 4),
        "mean_kl_nats": round(divergence.item() / len(ids), 6),
        "top1_agreement": round(agreement, 4),
    }


_REPORT = "This kind of file cannot be imported yet; import the original model instead."


@contextmanager
def _conversion_errors(gguf: Path) -> Iterator[None]:
    """Turn what transformers and safetensors raise about a strange file or a full disk into a sentence."""
    try:
        yield
    except SafetensorError as error:
        # It wraps the operating system's error in text.
        if number := re.search(r"os error (\d+)", str(error)):
            raise OSError(int(number.group(1)), os.strerror(int(number.group(1)))) from error
        raise TutorError(
            f"The copy of {gguf.name} could not be written: {error}.", "Check the disk and try again."
        ) from error
    except (ValueError, KeyError, NotImplementedError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise TutorError(f"{gguf.name} cannot be converted: {reason}", _REPORT) from error


def main() -> None:
    """`python -m tutor.engine.from_gguf GGUF DIRECTORY`: a JSON line for each step, and one for the result."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log
    gguf, directory = Path(sys.argv[1]), Path(sys.argv[2])

    def step(number: int, of: int, title: str) -> None:
        print(json.dumps({"step": number, "of": of, "title": title}), file=replies)

    try:
        with disk_errors(str(directory)):
            reply = {"done": convert(gguf, directory, step)}
    except TutorError as error:
        reply = {"error": {"what": error.what, "todo": error.todo}}
    print(json.dumps(reply), file=replies)


if __name__ == "__main__":
    main()
