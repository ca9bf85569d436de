"""The safetensors header reader: right on good files, a sentence on bad ones, pickle refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tutor.engine.safetensors_file import INDEX, SINGLE, count_parameters, main_dtype, read_header, read_model
from tutor.errors import TutorError


def write_raw(path: Path, header: object, data: bytes = b"", length: int | None = None) -> None:
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)


def test_reads_what_the_library_wrote(tmp_path: Path) -> None:
    tensors = {
        "a.weight": torch.zeros(3, 4, dtype=torch.bfloat16),
        "b.bias": torch.zeros(5),
        "c.inv_freq": torch.zeros(2),
    }
    save_file(tensors, tmp_path / SINGLE, metadata={"format": "pt"})
    found = read_model(tmp_path)
    assert {name: info.shape for name, info in found.items()} == {
        "a.weight": (3, 4),
        "b.bias": (5,),
        "c.inv_freq": (2,),
    }
    assert count_parameters(found, tied=False) == 17
    assert main_dtype(found) == "bfloat16"


def test_a_tied_head_that_is_stored_is_counted_once(tmp_path: Path) -> None:
    save_file({"model.embed_tokens.weight": torch.zeros(7, 2), "lm_head.weight": torch.zeros(7, 2)}, tmp_path / SINGLE)
    found = read_model(tmp_path)
    assert count_parameters(found, tied=True) == 14
    assert count_parameters(found, tied=False) == 28


@pytest.mark.parametrize("length", [2**40, 2**64 - 1, 0])
def test_a_header_length_is_not_believed(tmp_path: Path, length: int) -> None:
    write_raw(tmp_path / "x.safetensors", {}, length=length)
    with pytest.raises(TutorError):
        read_header(tmp_path / "x.safetensors")


def test_a_header_longer_than_the_file_is_cut_off(tmp_path: Path) -> None:
    write_raw(tmp_path / "x.safetensors", {"a": 1}, length=5000)
    with pytest.raises(TutorError, match="cut off"):
        read_header(tmp_path / "x.safetensors")


def test_tensors_beyond_the_end_are_cut_off(tmp_path: Path) -> None:
    save_file({"a.weight": torch.zeros(100)}, tmp_path / SINGLE)
    whole = (tmp_path / SINGLE).read_bytes()
    (tmp_path / SINGLE).write_bytes(whole[:-1])
    with pytest.raises(TutorError, match="cut off"):
        read_model(tmp_path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, -8]},
        {"dtype": "X9", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": "no", "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1]},
        [],
        None,
    ],
)
def test_a_header_that_contradicts_itself_is_damaged(tmp_path: Path, entry: object) -> None:
    write_raw(tmp_path / "x.safetensors", {"a": entry}, bytes(64))
    with pytest.raises(TutorError, match="damaged"):
        read_header(tmp_path / "x.safetensors")


@pytest.mark.parametrize("header", [[], 3, "x", None])
def test_a_header_that_is_no_object_is_damaged(tmp_path: Path, header: object) -> None:
    write_raw(tmp_path / "x.safetensors", header)
    with pytest.raises(TutorError, match=r"damaged|not a safetensors"):
        read_header(tmp_path / "x.safetensors")


def test_pickle_only_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK\x03\x04")
    with pytest.raises(TutorError, match="can run any program"):
        read_model(tmp_path)


@pytest.mark.parametrize("name", ["../outside.safetensors", "/etc/passwd", "missing.safetensors", 7])
def test_an_index_cannot_lead_out_of_the_directory(tmp_path: Path, name: object) -> None:
    (tmp_path / "outside.safetensors").touch()
    model = tmp_path / "model"
    model.mkdir()
    (model / INDEX).write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(TutorError, match=r"lacks|damaged"):
        read_model(model)


def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    save_file({"a.weight": torch.zeros(4, dtype=torch.uint8)}, tmp_path / SINGLE)
    with pytest.raises(TutorError, match="quantized"):
        read_model(tmp_path)
