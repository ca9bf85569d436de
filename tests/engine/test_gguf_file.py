"""The GGUF header reader: agrees with the library on good files, and turns any bad one into a sentence."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from tutor.engine.gguf_file import read_header
from tutor.engine.origins import embedded
from tutor.errors import TutorError


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A valid GGUF of some hundred bytes."""
    path = tmp_path / "small.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint32("llama.block_count", 2)
    writer.add_array("tokenizer.ggml.tokens", ["a", "ü", "<|im_end|>"])
    writer.add_array("tokenizer.ggml.scores", [0.5, -1.0])
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    writer.add_tensor("token_embd.weight", np.zeros((3, 4), dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.zeros(4, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_reads_what_was_written(small: Path) -> None:
    header = read_header(small)
    assert header.architecture == "llama"
    assert header.metadata["tokenizer.ggml.tokens"] == ["a", "ü", "<|im_end|>"]
    assert header.metadata["tokenizer.ggml.scores"] == [0.5, -1.0]
    assert header.metadata["tokenizer.ggml.add_bos_token"] is False
    assert header.tensors["token_embd.weight"].shape == (4, 3)
    assert header.parameters == 16


def test_agrees_with_the_gguf_library_on_the_embedded_model() -> None:
    path = embedded().path
    header = read_header(path)
    reader = gguf.GGUFReader(path)
    theirs = {tensor.name: (int(tensor.data_offset), int(tensor.n_bytes)) for tensor in reader.tensors}
    assert {name: (info.offset, info.size) for name, info in header.tensors.items()} == theirs
    assert header.parameters == 134_515_008


def test_every_shorter_file_is_cut_off(small: Path, tmp_path: Path) -> None:
    whole = small.read_bytes()
    ends = max(info.offset + info.size for info in read_header(small).tensors.values())
    for length in range(ends):
        path = tmp_path / "short.gguf"
        path.write_bytes(whole[:length])
        with pytest.raises(TutorError):
            read_header(path)


def test_damage_is_a_sentence_or_harmless(small: Path, tmp_path: Path) -> None:
    """Whatever the bytes, nothing but `TutorError` is raised, and no tensor lies outside the file."""
    whole, path, rng = small.read_bytes(), tmp_path / "damaged.gguf", random.Random(0)
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        path.write_bytes(damaged)
        try:
            header = read_header(path)
        except TutorError:
            continue
        assert all(info.offset + info.size <= len(damaged) for info in header.tensors.values())


@pytest.mark.parametrize("at", [8, 16], ids=["tensors", "values"])
def test_an_absurd_count_is_not_believed(small: Path, at: int) -> None:
    data = bytearray(small.read_bytes())
    data[at : at + 8] = struct.pack("<Q", 2**63)
    small.write_bytes(data)
    with pytest.raises(TutorError, match="cut off"):
        read_header(small)


def test_an_array_longer_than_the_file_is_not_allocated(small: Path) -> None:
    data = small.read_bytes()
    at = data.index(b"tokenizer.ggml.scores") + len(b"tokenizer.ggml.scores") + 8
    small.write_bytes(data[:at] + struct.pack("<Q", 2**61) + data[at + 8 :])
    with pytest.raises(TutorError, match="cut off"):
        read_header(small)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"PK\x03\x04" + bytes(100), bytes(4096)])
def test_what_is_no_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(TutorError, match="not a GGUF file"):
        read_header(path)
