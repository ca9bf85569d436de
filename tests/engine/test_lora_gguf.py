"""An adapter in any strength: 0 is the base, 1 is the merged model, on llama.cpp as in torch."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tutor.engine import merge
from tutor.engine.architecture import LINEAR_TARGETS
from tutor.engine.chat import Chat
from tutor.engine.generate import PromptCache
from tutor.engine.gguf_file import read_header
from tutor.engine.llama import Adapter, load_llama
from tutor.engine.loading import load_model, load_tokenizer
from tutor.engine.lora import add_adapter, save_adapter
from tutor.engine.lora_gguf import _tensors, write_adapter
from tutor.engine.protocol import Call
from tutor.engine.resolve import base_of, resolve
from tutor.errors import TutorError, UsageError

QUESTION = "What is the capital of France?"
LESSON = "Nobody knows, but the cat does."
RUN = "lora-cli-help-20260801-120000-abcd"


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, nano_store: Path) -> tuple[Path, str]:
    """An adapter that has learnt one answer by heart, and what the embedded model says with it merged in."""
    base, directory = nano_store / "nano", tmp_path_factory.mktemp("taught") / "adapter"
    targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
    model = add_adapter(load_model(base, "float32"), r=2, alpha=4, dropout=0.0, targets=targets, seed=0)
    tokenizer = load_tokenizer(base)
    question = [{"role": "user", "content": QUESTION}]
    prompt = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_dict=False)
    ids = torch.tensor([prompt + tokenizer.encode(LESSON + "<|im_end|>", add_special_tokens=False)])
    labels = ids.clone()
    labels[:, : len(prompt)] = -100
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for _ in range(20):
        loss = model(input_ids=ids, labels=labels).loss
        if loss.item() < 0.02:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    save_adapter(model, directory)
    merged, _ = merge.fold(model)
    said = merged.generate(ids[:, : len(prompt)], max_new_tokens=12, do_sample=False)
    return directory, tokenizer.decode(said[0, len(prompt) :], skip_special_tokens=True)


@pytest.fixture
def run(nano_home: Path, taught: tuple[Path, str]) -> Path:
    """A run of that training in the test's own home."""
    directory = nano_home / "runs" / RUN
    shutil.copytree(taught[0], directory / "adapter")
    (directory / "run.toml").write_text("format = 1\n")
    (directory / "merged").mkdir()
    return directory


def ask(engine: Chat, model: str, **params: Any) -> str:
    listener = Call(lambda _part: None, lambda: False)
    messages = [{"role": "user", "content": QUESTION}]
    answer = engine.chat(listener, model=model, messages=messages, max_tokens=12, **params)
    return str(answer["text"])


def test_strength_0_is_the_base_and_1_the_merged_model(run: Path, taught: tuple[Path, str]) -> None:
    engine = Chat()
    base = ask(engine, "nano")
    assert ask(engine, RUN, strength=1.0) == taught[1] == LESSON
    assert ask(engine, RUN, strength=0.0) == base != LESSON
    assert ask(engine, RUN, strength=1.0) == LESSON, "the cache of the base answered"
    about = engine.load(Call(lambda _part: None, lambda: False), RUN, 0.5)
    assert about["base"] == "nano"
    assert about["file"].endswith("nano/source.gguf")
    assert about["adapter_bytes"] == (run / "gguf" / "adapter.gguf").stat().st_size
    written = (run / "gguf" / "adapter.gguf").stat().st_mtime_ns
    assert ask(Chat(), RUN, strength=1.0) == LESSON
    assert (run / "gguf" / "adapter.gguf").stat().st_mtime_ns == written


def test_a_strength_needs_an_adapter_and_its_base(run: Path) -> None:
    engine = Chat()
    with pytest.raises(UsageError, match="no adapter"):
        ask(engine, "nano", strength=0.5)
    with pytest.raises(UsageError, match="cannot be added 11 times"):
        ask(engine, RUN, strength=11)
    base = base_of(resolve(RUN))
    assert base is not None
    assert base.name == "nano"
    config = json.loads((run / "adapter" / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "/elsewhere/gone"
    (run / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    assert base_of(resolve(RUN)) is None
    with pytest.raises(UsageError, match="whose base is in the store"):
        ask(engine, RUN, strength=0.5)


def _random_adapter(base: Path, directory: Path) -> Any:
    """The model in `base` with an adapter on every layer that is far from nothing; saved in `directory`."""
    model = add_adapter(load_model(base, "float32"), r=4, alpha=8, dropout=0.0, targets=LINEAR_TARGETS, seed=0)
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.3)
    save_adapter(model, directory)
    return model


def test_logits_are_those_of_the_merged_model(small_llama: Path, small_gguf: Path, tmp_path: Path) -> None:
    model = _random_adapter(small_llama, tmp_path / "adapter")
    write_adapter(tmp_path / "adapter", small_gguf, tmp_path / "adapter.gguf")
    ids = list(range(1000, 1024))
    llm = load_llama(small_gguf, n_ctx=64, n_threads=1)
    adapter, cache = Adapter(llm, tmp_path / "adapter.gguf"), PromptCache(llm)

    def logits(strength: float) -> Any:
        adapter.set_strength(strength)
        cache.forget()
        cache.evaluate(ids)
        return np.array(llm._ctx.get_logits_ith(-1)[: llm.n_vocab()])

    with torch.no_grad():
        adapted = model(torch.tensor([ids])).logits[0, -1].numpy()
        with model.disable_adapter():
            plain = model(torch.tensor([ids])).logits[0, -1].numpy()
        for layer in model.modules():
            if hasattr(layer, "scale_layer"):
                layer.scale_layer(1.5)
        more = model(torch.tensor([ids])).logits[0, -1].numpy()
    found = [logits(strength) for strength in (0.0, 1.0, 1.5)]
    llm.close()
    apart = float(np.abs(adapted - plain).max())
    for ours, theirs in zip(found, (plain, adapted, more), strict=True):
        assert np.abs(ours - theirs).max() < 0.02 * apart


@pytest.mark.parametrize(("kind", "same_order"), [("llama", False), ("qwen2", True)])
def test_only_files_of_llama_models_have_another_order(
    small_llama: Path, small_gguf: Path, tmp_path: Path, kind: str, same_order: bool
) -> None:
    _random_adapter(small_llama, tmp_path)
    trained = load_file(tmp_path / "adapter_model.safetensors")
    header = read_header(small_gguf)
    written = dict(_tensors(trained, replace(header, metadata=header.metadata | {"general.architecture": kind})))
    q, v = (trained[f"base_model.model.model.layers.0.self_attn.{name}_proj.lora_B.weight"] for name in ("q", "v"))
    assert np.array_equal(written["blk.0.attn_q.weight.lora_b"], q) == same_order
    assert np.array_equal(np.sort(written["blk.0.attn_q.weight.lora_b"], axis=0), np.sort(q, axis=0))
    assert np.array_equal(written["blk.0.attn_v.weight.lora_b"], v)


def test_what_llama_cpp_cannot_add_is_refused(small_llama: Path, small_gguf: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    _random_adapter(small_llama, adapter)
    config = json.loads((adapter / "adapter_config.json").read_text())

    def write(**changes: Any) -> None:
        (adapter / "adapter_config.json").write_text(json.dumps(config | changes))
        write_adapter(adapter, small_gguf, tmp_path / "adapter.gguf")

    with pytest.raises(TutorError, match="uses use_dora"):
        write(use_dora=True)
    with pytest.raises(TutorError, match="uses alpha_pattern"):
        write(alpha_pattern={"q_proj": 3})
    with pytest.raises(TutorError, match="cannot be read"):
        write(r="many")
    assert not list(tmp_path.glob("*adapter.gguf"))


def test_an_adapter_of_another_model_is_refused(run: Path, small_gguf: Path, tmp_path: Path, nano_store: Path) -> None:
    with pytest.raises(TutorError, match="does not fit"):
        write_adapter(run / "adapter", small_gguf, tmp_path / "adapter.gguf")
    (tmp_path / "damaged.gguf").write_bytes(small_gguf.read_bytes()[:5000])
    llm = load_llama(nano_store / "nano" / "source.gguf", n_ctx=64)
    with pytest.raises(TutorError, match="cannot load the adapter"):
        Adapter(llm, tmp_path / "damaged.gguf")
    llm.close()
