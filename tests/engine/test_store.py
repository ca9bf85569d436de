"""The store: what it lists, how it vouches for files, what it clears away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tutor import paths
from tutor.engine import store
from tutor.errors import TutorError, UsageError


def put(name: str, small_llama: Path) -> store.StoredModel:
    """A small model in this test's own store, under `name`."""
    directory = paths.models_dir() / name
    directory.mkdir(parents=True)
    for path in small_llama.iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    store.write_manifest(directory, {"model": name, "source": "a test", "revision": None, "license": None})
    return store.StoredModel(directory)


def test_lists_tiers_first_and_by_size(small_llama: Path) -> None:
    for name in ("zebra", "small", "aardvark", "nano"):
        put(name, small_llama)
    (paths.models_dir() / ".partial-x-1-00000000").mkdir()
    assert [model.name for model in store.list_models()] == ["nano", "small", "aardvark", "zebra"]


def test_the_manifest_describes_the_files(small_llama: Path) -> None:
    model = put("mine", small_llama)
    assert model.manifest["architecture"] == "llama"
    assert model.manifest["dtype"] == "bfloat16"
    assert model.parameters == model.architecture().parameters().total
    assert set(model.manifest["files"]) == {path.name for path in model.directory.iterdir()} - {store.MANIFEST}
    assert model.size_bytes == sum((model.directory / file).stat().st_size for file in model.manifest["files"])


def test_verify_names_a_file_with_one_flipped_bit(small_llama: Path) -> None:
    model = put("mine", small_llama)
    assert store.verify("mine") == []
    weights = model.directory / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert store.verify("mine") == ["model.safetensors differs from what was imported."]


def test_verify_names_missing_and_added_files(small_llama: Path) -> None:
    model = put("mine", small_llama)
    (model.directory / "tokenizer.json").unlink()
    (model.directory / "extra.bin").touch()
    assert store.verify("mine") == [
        "tokenizer.json is missing.",
        "extra.bin was not there when the model was imported.",
    ]


def test_tensors_that_do_not_fit_the_configuration_make_no_model(small_llama: Path) -> None:
    model = put("mine", small_llama)
    config = json.loads((model.directory / "config.json").read_bytes())
    (model.directory / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(TutorError, match="parameters"):
        store.write_manifest(model.directory, {})


def test_remove_deletes_the_directory(small_llama: Path) -> None:
    model = put("mine", small_llama)
    size = model.size_bytes
    assert store.remove("mine") > size
    assert not model.directory.exists()
    with pytest.raises(UsageError, match="no model called 'mine'"):
        store.find("mine")


@pytest.mark.parametrize("name", ["..", ".", "../models", "/etc", "", ".partial-x"])
def test_a_name_never_leads_out_of_the_store(name: str, small_llama: Path) -> None:
    put("mine", small_llama)
    (paths.home() / store.MANIFEST).write_text("{}")
    with pytest.raises(UsageError):
        store.remove(name)
    assert (paths.models_dir() / "mine").is_dir()


@pytest.mark.parametrize("content", ["", "[]", '{"format": 99}', "{"])
def test_a_damaged_manifest_is_a_sentence(content: str, small_llama: Path) -> None:
    model = put("mine", small_llama)
    (model.directory / store.MANIFEST).write_text(content)
    with pytest.raises(TutorError, match="damaged"):
        store.verify("mine")


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    dead, living, file = (
        tmp_path / f".partial-{name}" for name in ("a-4194304-0123abcd", f"b-{os.getpid()}-0123abcd", "c")
    )
    dead.mkdir()
    (dead / "half").touch()
    living.mkdir()
    file.touch()
    store.remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [living.name]
