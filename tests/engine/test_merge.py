"""Merged equals unmerged, and what is stored is a whole model of the store's kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny_llama
from tutor.engine import merge, parity, store
from tutor.engine.loading import load_model
from tutor.engine.lora import lora_layers

PROMPTS = [[5, 6, 7], [8, 9, 10, 11], [15, 3, 4]]


@pytest.fixture
def trained() -> Any:
    training = tiny_llama.training(lr=3e-2)
    for _ in training:
        pass
    return training.model.eval()


def test_merged_logits_and_answers_are_those_of_the_adapter(trained: Any) -> None:
    transcripts = parity.transcribe(trained, PROMPTS, end=1, max_new_tokens=8)
    texts = [transcript.ids for transcript in transcripts]
    adapted = parity.logits_of(trained, texts)
    with trained.disable_adapter():
        base = parity.logits_of(trained, texts)
    merged, _ = merge.fold(trained)
    found = parity.compare(adapted, parity.logits_of(merged, texts), transcripts)
    assert found.max_logit_difference < 1e-5
    assert (found.top1, found.same_answers, found.transcripts) == (1, 3, 3)
    assert found.mean_kl < 1e-9
    # The comparison can fail: the base model is not the tuned one.
    assert parity.compare(adapted, base, transcripts).max_logit_difference > 1e-3


def test_the_change_of_a_layer_is_the_norm_of_its_difference(trained: Any) -> None:
    before = {name: layer.get_base_layer().weight.detach().clone() for name, layer in lora_layers(trained).items()}
    merged, changes = merge.fold(trained)
    assert len(changes) == len(before) == 4
    for change in changes:
        after = merged.get_submodule(change.layer).weight
        difference = (after - before[change.layer]).norm().item()
        assert change.delta == pytest.approx(difference, rel=1e-3)
        assert change.relative == pytest.approx(difference / before[change.layer].norm().item(), rel=1e-3)


def test_a_merged_model_is_stored_whole(trained: Any, tmp_path: Path) -> None:
    base = tmp_path / "base"
    tiny_llama.tokenizer().save_pretrained(base)
    (base / "source.gguf").write_bytes(b"not to be copied")
    merged, _ = merge.fold(trained)
    merge.save_merged(merged.to(torch.bfloat16), base, tmp_path / "merged", {"model": "tiny tuned", "source": "test"})
    manifest = json.loads((tmp_path / "merged" / "manifest.json").read_text())
    assert (manifest["model"], manifest["dtype"]) == ("tiny tuned", "bfloat16")
    assert not store.problems(store.StoredModel(tmp_path / "merged"))
    assert {"tokenizer.json", "config.json", "model.safetensors", "chat_template.jinja"} <= set(manifest["files"])
    assert "source.gguf" not in manifest["files"]
    loaded = load_model(tmp_path / "merged", dtype="bfloat16", attention="eager")
    ids = torch.tensor([[5, 6, 7]])
    assert torch.equal(loaded(ids).logits, merged(ids).logits)
