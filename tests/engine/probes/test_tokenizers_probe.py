"""What lesson 1.3.3 computes with the embedded model's tokenizer, held against that tokenizer itself."""

from __future__ import annotations

import pytest
import torch

from tutor.engine.loaded import Loaded
from tutor.engine.probes import tokenizers
from tutor.engine.protocol import Call
from tutor.engine.texts import ARTICLE_1, SAMPLES
from tutor.errors import UsageError

pytestmark = pytest.mark.model

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("text", [*SAMPLES.values(), "<|im_end|>", "the rat sat"])
def test_the_models_row_is_the_tokenizers_own(nano_loaded: Loaded, text: str) -> None:
    found = tokenizers.compare(CALL, nano_loaded, text)["readers"][3]
    ids = nano_loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert found["tokens"] == len(ids)
    assert found["per_token"] == pytest.approx(len(text.encode()) / len(ids))
    assert found["same"] is (nano_loaded.tokenizer.decode(ids) == text)
    assert found["size"] == len(nano_loaded.tokenizer)


def test_each_tokenizer_can_be_broken_but_bytes(nano_loaded: Loaded) -> None:
    def kept(text: str) -> list[bool]:
        return [reader["same"] for reader in tokenizers.compare(CALL, nano_loaded, text)["readers"]]

    assert kept("the cat sat") == [True, True, True, True]
    assert kept("the rat sat") == [False, True, True, True]
    assert kept("The Cat sat") == [False, False, True, True]
    assert kept(SAMPLES["control character"]) == [False, False, True, False]
    for text in ("", "x" * 3000):
        with pytest.raises(UsageError):
            tokenizers.compare(CALL, nano_loaded, text)


def test_a_mystery_tells_counts_and_no_names(nano_loaded: Loaded) -> None:
    seen = [tokenizers.mystery(CALL, nano_loaded, "the rat sat", str(place))["evidence"] for place in range(4)]
    assert len({tuple(lines) for lines in seen}) == 4
    assert seen[0][2] == "Unknown: 1"
    assert [lines[1] for lines in seen[1:]] == [
        "Tokens: 11, 1.0 bytes each",
        "Tokens: 6, 1.8 bytes each",
        "Tokens: 3, 3.7 bytes each",
    ]


def test_languages_are_counted_by_the_tokenizer(nano_loaded: Loaded) -> None:
    answer = tokenizers.languages(CALL, nano_loaded)
    for row in answer["languages"]:
        ids = nano_loaded.tokenizer(ARTICLE_1[row["name"]], add_special_tokens=False)["input_ids"]
        assert row["tokens"] == len(ids) == answer["by"][row["name"]]
        assert row["bytes"] == len(ARTICLE_1[row["name"]].encode())
    by = answer["by"]
    assert by["English"] < by["Spanish"] < by["Russian"] < by["Hindi"]  # the quiz has one right order


def test_costs_are_counted_by_the_tokenizer(nano_loaded: Loaded) -> None:
    texts = list(SAMPLES.values())
    counted = [len(nano_loaded.tokenizer(text)["input_ids"]) for text in texts]
    assert tokenizers.costs(CALL, nano_loaded, texts)["tokens"] == counted


def test_every_row_is_of_one_kind(nano_loaded: Loaded) -> None:
    answer = tokenizers.rows(CALL, nano_loaded)
    assert answer["rows"] == nano_loaded.architecture.vocab == 49_152
    kinds = sum(answer[kind] for kind in ("control", "bytes", "after_space", "inside"))
    assert kinds == answer["tokens"] == len(nano_loaded.tokenizer)
    assert answer["spare"] == answer["rows"] - answer["tokens"]
    assert answer["bytes"] + len(answer["missing"]) == 256
    for byte in range(0x80):  # in a text, exactly the missing ones vanish
        text = f"a{chr(byte)}b"
        ids = nano_loaded.tokenizer(text)["input_ids"]
        assert (nano_loaded.tokenizer.decode(ids) == text) is (byte not in answer["missing"])


def test_the_slogans(nano_loaded: Loaded) -> None:
    covered = tokenizers.coverage(CALL, nano_loaded)
    assert [case["holds"] for case in covered["cases"]] == [False, True, False]
    assert covered["cases"][0]["value"] == "lacks C b v z ï 世 界 🙂"
    assert covered["missing"] == 21
    guessed = tokenizers.guessed(CALL, nano_loaded)
    assert [case["holds"] for case in guessed["cases"]] == [False, False, True]
    before, word = tokenizers.GAPS[1]
    with torch.inference_mode():
        logits = nano_loaded.model(torch.tensor([nano_loaded.tokenizer(before)["input_ids"]])).logits[0, -1]
    best = logits.argsort(descending=True).tolist()
    assert guessed["cases"][1]["place"] == best.index(nano_loaded.tokenizer(word)["input_ids"][0]) + 1
