"""`tutor inspect`, as typed: what it says is what is in the files, and a damaged file is one sentence."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from tests.engine import tiny_llama
from tutor.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model in three shards."""
    directory = tmp_path_factory.mktemp("inspected") / "model"
    tiny_llama.model().save_pretrained(directory, max_shard_size="40KB")
    tiny_llama.tokenizer().save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def small_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF with a tensor in blocks of 32, and one escape sequence that wants to reach the terminal."""
    path = tmp_path_factory.mktemp("inspected") / "anything.bin"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.name", "\x1b[31mred")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    writer.add_uint32("tokenizer.ggml.eos_token_id", 7)
    numbers = np.linspace(-1, 1, 256, dtype=np.float32).reshape(4, 64)
    packed = gguf.quants.quantize(numbers, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blk.0.attn_q.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def asked(words: list[str], capsys: Capture) -> Any:
    """What the command says as JSON."""
    assert main(["inspect", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_shards_are_one_model_with_the_numbers_torch_sees(model: Path, capsys: Capture) -> None:
    facts = asked([str(model), "--tensors"], capsys)
    weights = tiny_llama.model().state_dict()
    rows = {row["name"]: row for row in facts["tensors"]}
    assert len(facts["files"]) > 1
    assert set(rows) == set(weights)
    for name, weight in weights.items():
        assert rows[name]["shape"] == list(weight.shape)
        assert rows[name]["std"] == pytest.approx(float(weight.double().std(correction=0)), rel=1e-6)
        assert rows[name]["max"] == pytest.approx(float(weight.max()))
        assert rows[name]["mean"] == pytest.approx(float(weight.double().mean()), abs=1e-9)


def test_equal_layers_are_one_branch(model: Path, capsys: Capture) -> None:
    assert main(["inspect", str(model)]) == 0
    said = capsys.readouterr().out
    assert said.count("q_proj.weight  32×32  F32") == 1
    assert "2 layers" in said
    assert "chat_template" in said


def test_a_gguf_is_known_by_its_first_bytes_and_unpacked(small_gguf: Path, capsys: Capture) -> None:
    facts = asked([str(small_gguf), "--tensors"], capsys)
    (row,) = facts["tensors"]
    assert facts["kind"] == "GGUF"
    assert row["shape"] == [4, 64]
    assert (row["min"], row["max"]) == (pytest.approx(-1, abs=0.01), pytest.approx(1, abs=0.01))
    assert main(["inspect", str(small_gguf)]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "7, which is no token" in said


def test_numbers_that_are_not_finite_are_counted_apart(tmp_path: Path, capsys: Capture) -> None:
    numbers = torch.tensor([1.0, float("nan"), 0.0, float("-inf"), 3.0], dtype=torch.bfloat16)
    save_file({"x.weight": numbers, "y.weight": torch.full((2,), float("nan"))}, tmp_path / "x")
    rows = {row["name"]: row for row in asked([str(tmp_path / "x"), "--tensors"], capsys)["tensors"]}
    first, second = rows["x.weight"], rows["y.weight"]
    assert (first["not_finite"], first["zeros"], first["max"]) == (2, 1, 3.0)
    assert (second["not_finite"], second["max"]) == (2, None)


def test_pickles_are_refused(tmp_path: Path, capsys: Capture) -> None:
    torch.save({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert main(["inspect", str(tmp_path / "model.safetensors")]) == 3
    assert "pickle" in capsys.readouterr().err


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), which=st.sampled_from(["gguf", "safetensors"]), cut=st.booleans())
def test_damage_is_one_sentence(
    model: Path, small_gguf: Path, tmp_path: Path, capsys: Capture, seed: int, which: str, cut: bool
) -> None:
    """Files that are cut off or of which some bytes of the header are others: exit 3 with a sentence, or harmless."""
    chance = random.Random(seed)
    whole = bytearray((small_gguf if which == "gguf" else sorted(model.glob("*.safetensors"))[0]).read_bytes())
    if cut:
        del whole[chance.randrange(len(whole)) :]
    else:
        for _ in range(chance.randrange(1, 6)):
            whole[chance.randrange(min(len(whole), 600))] = chance.randrange(256)
    path = tmp_path / "damaged"
    path.write_bytes(whole)
    code = main(["inspect", str(path), "--tensors"])
    said = capsys.readouterr()
    assert code in (0, 3)
    assert "\x1b" not in said.out
    if code:
        assert said.err.startswith("tutor: ")
        assert said.err.count("\n") == 1
