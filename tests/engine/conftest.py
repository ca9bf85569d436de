"""Small random models, so that tests of shapes and files need not load the embedded one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def _write_llama(directory: Path, tokenizer: Path, *, tied: bool) -> None:
    """A random Llama of two layers, in bf16, with another model's tokenizer.

    Where it is not tied, its output matrix is a copy of the embedding all the same.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # A fresh model predicts the token it has just read; larger blocks make its answers depend on the context.
            if name.endswith("proj.weight"):
                parameter.mul_(8)
        model.get_output_embeddings().weight.copy_(model.get_input_embeddings().weight)
    model.save_pretrained(directory)
    for name in TOKENIZER_FILES:
        shutil.copy(tokenizer / name, directory)


@pytest.fixture(scope="session")
def small_llama(tmp_path_factory: pytest.TempPathFactory, nano_store: Path) -> Path:
    """A directory with a whole small model: about 3 million parameters, tied."""
    directory = tmp_path_factory.mktemp("models") / "small-llama"
    _write_llama(directory, nano_store / "nano", tied=True)
    return directory


@pytest.fixture(scope="session")
def untied_llama(tmp_path_factory: pytest.TempPathFactory, nano_store: Path) -> Path:
    """The same model, with a second copy of its embedding as output matrix."""
    directory = tmp_path_factory.mktemp("models") / "untied-llama"
    _write_llama(directory, nano_store / "nano", tied=False)
    return directory


@pytest.fixture(scope="session")
def small_gguf(small_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model as one GGUF file in f16."""
    from tutor.engine.export import to_gguf

    path = tmp_path_factory.mktemp("gguf") / "small-f16.gguf"
    to_gguf(small_llama, path)
    return path
