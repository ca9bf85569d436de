"""Do two models that should be the same say the same? Compared by their logits on given token ids."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tutor.childprocess import quiet_environment
from tutor.engine.answering import generate_greedily
from tutor.engine.chatdata import Message
from tutor.errors import TutorError

COPIES = "copies.json"
"""Where a run keeps how near its copies of the tuned model are to each other."""


@dataclass(frozen=True)
class Transcript:
    """A question and the answer a model gives greedily."""

    ids: tuple[int, ...]
    start: int
    """Where the answer begins."""


@dataclass(frozen=True)
class Agreement:
    """How far another model is from the one it should equal, over all positions of some texts."""

    positions: int
    max_logit_difference: float
    mean_kl: float
    """KL(reference ‖ other) in nats, the mean over positions."""
    top1: float
    """Share of positions at which both predict the same token."""
    same_answers: int
    """Transcripts that the other model continues greedily with the very same text."""
    transcripts: int


@torch.inference_mode()
def logits_of(model: Any, texts: Sequence[Sequence[int]]) -> list[Tensor]:
    """Logits `[seq, vocab]` in float32 for every text."""
    return [model(torch.tensor([list(ids)], device=model.device)).logits[0].float().cpu() for ids in texts]


def transcribe(model: Any, prompts: Sequence[list[int]], end: int, max_new_tokens: int) -> list[Transcript]:
    """The greedy answers of `model`."""
    answers = generate_greedily(model, prompts, end, max_new_tokens)
    return [Transcript((*prompt, *answer), len(prompt)) for prompt, answer in zip(prompts, answers, strict=True)]


def compare(reference: Sequence[Tensor], other: Sequence[Tensor], transcripts: Sequence[Transcript]) -> Agreement:
    """Hold the logits of `other` against those of `reference`.

    The last `len(transcripts)` texts are the reference's own greedy answers. The other model writes the same text if
    and only if its most likely token is the next one at every position of the answer: nothing needs to be generated.
    """
    rows = min(reference[0].shape[1], other[0].shape[1])  # a GGUF's output matrix can be padded
    pairs = [(ours[:, :rows], theirs[:, :rows]) for ours, theirs in zip(reference, other, strict=True)]
    positions = sum(len(ours) for ours, _ in pairs)
    same_top = sum(int((ours.argmax(-1) == theirs.argmax(-1)).sum()) for ours, theirs in pairs)
    answered = zip(other[len(other) - len(transcripts) :], transcripts, strict=True)
    return Agreement(
        positions=positions,
        max_logit_difference=max(float((ours - theirs).abs().max()) for ours, theirs in pairs),
        mean_kl=sum(_kl(ours, theirs) for ours, theirs in pairs) / positions,
        top1=same_top / positions,
        same_answers=sum(_writes(logits, transcript) for logits, transcript in answered),
        transcripts=len(transcripts),
    )


def _kl(ours: Tensor, theirs: Tensor) -> float:
    """KL divergence summed over positions."""
    p, q = ours.log_softmax(-1), theirs.log_softmax(-1)
    return float(torch.nn.functional.kl_div(q, p, log_target=True, reduction="sum"))


def _writes(logits: Tensor, transcript: Transcript) -> bool:
    predicted = logits[transcript.start - 1 : len(transcript.ids) - 1].argmax(-1)
    return tuple(predicted.tolist()) == transcript.ids[transcript.start :]


def gguf_logits(
    gguf: Path,
    texts: Sequence[Sequence[int]],
    conversations: Sequence[Sequence[Message]],
    adapter: Path | None = None,
) -> tuple[list[Tensor], list[list[int]]]:
    """llama.cpp's logits for every text, and its prompt ids for every conversation, computed in a process of its own.

    Args:
        adapter: an adapter's file to add to the model, in full strength.

    Raises:
        TutorError: llama.cpp cannot load the file, or its process died.
    """
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        request = {"gguf": str(gguf), "texts": [list(text) for text in texts], "conversations": conversations}
        request |= {"adapter": str(adapter)} if adapter else {}
        (folder / "request.json").write_text(json.dumps(request))
        child = subprocess.run(
            [sys.executable, "-m", "tutor.engine.gguf_logits", directory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=quiet_environment(),
            text=True,
        )
        if child.returncode != 0:
            raise _died(gguf, child.returncode, child.stderr)
        prompts = json.loads((folder / "prompts.json").read_text())
        return list(_read(folder, len(texts))), prompts


def _read(folder: Path, count: int) -> Iterator[Tensor]:
    for number in range(count):
        yield torch.from_numpy(np.load(folder / f"{number}.npy", allow_pickle=False))


def _died(gguf: Path, code: int, stderr: str) -> TutorError:
    if code < 0:
        reason = f"died of {signal.Signals(-code).name}"
    else:
        reason = f"failed: {stderr.strip().splitlines()[-1] if stderr.strip() else f'exit code {code}'}"
    return TutorError(
        f"llama.cpp {reason} while it read {gguf}.",
        "Reinstall llama-cpp-python so that it is compiled for this machine, then resume the run.",
    )
