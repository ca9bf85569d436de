"""Writing GGUF: the file is the model, and llama.cpp reads text as the trained tokenizer does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tutor.engine.export import quantize_gguf, to_gguf
from tutor.engine.gguf_file import read_header
from tutor.errors import TutorError, UsageError

TEXTS = (
    "Hello, world!",
    "  two  spaces\tand a tab\n\n\nlines",
    "usage: rg [OPTIONS] <PATTERN> [PATH]...\n  -A, --after-context=<NUM>",
    "def f(x):\n    return x**2  # 12345.678",
    "naïve café – 東京 🙂 e\u0301",
    "<|im_start|>user\nWhat does -v do?<|im_end|>\n",
)


def test_llama_cpp_splits_text_as_the_trained_tokenizer_does(small_llama: Path, small_gguf: Path) -> None:
    from transformers import AutoTokenizer

    from tutor.engine.llama import load_llama

    tokenizer, llama = AutoTokenizer.from_pretrained(small_llama), load_llama(small_gguf, n_ctx=64)
    for text in TEXTS:
        theirs = llama.tokenize(text.encode(), add_bos=False, special=True)
        assert theirs == tokenizer.encode(text, add_special_tokens=False), text
    llama.close()


def test_the_file_carries_template_end_token_and_pre_tokenizer(small_llama: Path, small_gguf: Path) -> None:
    metadata = read_header(small_gguf).metadata
    assert metadata["tokenizer.chat_template"] == (small_llama / "chat_template.jinja").read_text()
    assert metadata["tokenizer.ggml.eos_token_id"] == 2
    assert metadata["tokenizer.ggml.pre"] == "smollm"


def test_quantizing_changes_types_only(small_gguf: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.gguf"
    quantize_gguf(small_gguf, small, "q8_0")
    before, after = read_header(small_gguf), read_header(small)
    assert {name: info.shape for name, info in before.tensors.items()} == {
        name: info.shape for name, info in after.tensors.items()
    }
    assert small.stat().st_size < 0.8 * small_gguf.stat().st_size


def test_an_unknown_quantization_names_the_nearest(small_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'q4_k_m'"):
        quantize_gguf(small_gguf, tmp_path / "x.gguf", "q4_km")


def test_quantizing_what_is_quantized_fails_and_leaves_nothing(small_gguf: Path, tmp_path: Path) -> None:
    quantize_gguf(small_gguf, tmp_path / "once.gguf", "q8_0")
    with pytest.raises(TutorError, match="could not quantize"):
        quantize_gguf(tmp_path / "once.gguf", tmp_path / "twice.gguf", "q4_0")
    assert [path.name for path in tmp_path.iterdir()] == ["once.gguf"]


def test_a_model_without_a_tokenizer_fails_in_a_sentence(small_llama: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(small_llama, broken)
    (broken / "tokenizer.json").unlink()
    with pytest.raises(TutorError, match="cannot be converted to GGUF") as caught:
        to_gguf(broken, tmp_path / "out" / "x.gguf")
    assert "\n" not in caught.value.what
    assert list((tmp_path / "out").iterdir()) == []
