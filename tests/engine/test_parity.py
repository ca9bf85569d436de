"""Comparing models by their logits: what counts as the same, and a llama.cpp that dies."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from tutor.engine import parity
from tutor.engine.parity import Transcript
from tutor.errors import TutorError

LOGITS = torch.tensor([[0.0, 2.0, 1.0], [3.0, 0.0, 1.0], [0.0, 0.0, 5.0]])
TALK = Transcript(ids=(2, 1, 0), start=1)  # after 2 comes 1, after 1 comes 0


def test_a_model_agrees_with_itself() -> None:
    found = parity.compare([LOGITS], [LOGITS], [TALK])
    assert (found.positions, found.max_logit_difference, found.mean_kl, found.top1) == (3, 0, 0, 1)
    assert found.same_answers == 1


def test_a_different_prediction_inside_the_answer_is_another_answer() -> None:
    other = LOGITS.clone()
    other[1] = torch.tensor([0.0, 0.0, 9.0])
    found = parity.compare([LOGITS], [other], [TALK])
    assert (found.same_answers, found.max_logit_difference) == (0, 8)
    assert found.top1 == pytest.approx(2 / 3)


def test_a_different_prediction_after_the_answer_is_not() -> None:
    other = LOGITS.clone()
    other[2] = torch.tensor([9.0, 0.0, 0.0])
    assert parity.compare([LOGITS], [other], [TALK]).same_answers == 1


def test_kl_is_that_of_the_definition() -> None:
    other = LOGITS.flip(-1)
    p, q = LOGITS.softmax(-1), other.softmax(-1)
    expected = (p * (p / q).log()).sum(-1).mean().item()
    assert parity.compare([LOGITS], [other], []).mean_kl == pytest.approx(expected, rel=1e-5)


def test_an_output_matrix_padded_with_rows_is_compared_on_the_common_ones() -> None:
    padded = torch.cat([LOGITS, torch.full((3, 2), -100.0)], dim=1)
    assert parity.compare([LOGITS], [padded], [TALK]).max_logit_difference == 0


def test_a_broken_gguf_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(TutorError, match=r"broken\.gguf"):
        parity.gguf_logits(path, [[1, 2]], [])


def test_a_llama_cpp_that_dies_of_a_signal_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, -signal.SIGSEGV, "", "")

    monkeypatch.setattr(subprocess, "run", dies)
    with pytest.raises(TutorError, match="SIGSEGV"):
        parity.gguf_logits(tmp_path / "model.gguf", [[1, 2]], [])
