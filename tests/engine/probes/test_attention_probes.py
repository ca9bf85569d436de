"""What lesson 2.1 says of the heads of a model: against the model's own weights, and passes one head at a time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.lesson_checks import assert_checks_work
from tutor.engine import attention
from tutor.engine.architecture import Architecture
from tutor.engine.loaded import Loaded
from tutor.engine.methods import PackageMethods
from tutor.engine.probes import attention_export, attention_symmetry, heads, looks
from tutor.engine.probes.attention import MEAN, MOST_TOKENS, head
from tutor.engine.protocol import Call, Cancelled, Message
from tutor.engine.trace import Tracer
from tutor.errors import UsageError

CALL = Call(lambda _part: None, lambda: False)
LAYERS, HEADS, KV_HEADS, VOCAB = 3, 4, 2, 61


class Letters:
    """A tokenizer of single letters, for a random model."""

    all_special_ids = [0]
    bos_token_id = 0

    def __call__(self, text: str) -> dict[str, list[int]]:
        return {"input_ids": [1 + ord(letter) % (VOCAB - 1) for letter in text]}

    def __len__(self) -> int:
        return VOCAB


class Toy(Loaded):
    """Its tokens are their numbers."""

    def pieces(self, tokens: list[int]) -> list[str]:
        """Numbers as text."""
        return [f" {token}" for token in tokens]


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """A random model whose heads have opinions, under a path of its own, so that no test sees another's maps."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS, head_dim=8, initializer_range=0.4,
    )  # fmt: skip
    shape = Architecture("llama", 32, 48, LAYERS, HEADS, KV_HEADS, 8, VOCAB, tied=False)
    about: Message = {"name": "toy", "dtype": "float32"}
    return Toy(tmp_path, about, shape, LlamaForCausalLM(config).eval(), Letters())


def lower(matrix: torch.Tensor) -> list[list[float]]:
    """Rows up to the diagonal."""
    return [row[: place + 1] for place, row in enumerate(matrix.tolist())]


def flat(rows: list[list[float]]) -> list[float]:
    """All numbers of a triangle."""
    return [value for row in rows for value in row]


def test_a_map_is_that_of_the_model_and_follows_from_its_dots(toy: Toy) -> None:
    ids = toy.tokenizer("attention")["input_ids"]
    weights = attention.attention_weights(toy.model, ids)
    answer = head(CALL, toy, "attention", 1, 3)
    assert flat(answer["weights"]) == pytest.approx(flat(lower(weights[1, 3])), abs=1e-5)
    for row, dots in zip(answer["weights"], answer["dots"], strict=True):
        assert torch.tensor(dots).div(math.sqrt(8)).softmax(-1).tolist() == pytest.approx(row, abs=1e-4)
    assert answer["row_sum_error"] < 1e-6
    assert answer["future"] == 0
    assert answer["recomputed"] < 1e-5
    assert (answer["layers"], answer["heads"], answer["share"]) == (LAYERS, HEADS, [2, 3])
    assert answer["pieces"] == toy.pieces(ids)


def test_the_mean_and_its_spread(toy: Toy) -> None:
    weights = attention.attention_weights(toy.model, toy.tokenizer("attention")["input_ids"])[2]
    answer = head(CALL, toy, "attention", 2, MEAN)
    assert flat(answer["weights"]) == pytest.approx(flat(lower(weights.mean(0))), abs=1e-5)
    assert flat(answer["low"]) == pytest.approx(flat(lower(weights.amin(0))), abs=1e-5)
    assert flat(answer["high"]) == pytest.approx(flat(lower(weights.amax(0))), abs=1e-5)
    assert "dots" not in answer


def test_what_the_model_does_not_have_is_its_last_and_long_texts_begin_alike(toy: Toy) -> None:
    beyond = head(CALL, toy, "abc", 99, 99)
    assert (beyond["layer"], beyond["head"]) == (LAYERS - 1, HEADS - 1)
    text = "the quick brown fox " * 10
    whole, start = head(CALL, toy, text, 0, 0), head(CALL, toy, text[:20], 0, 0)
    assert whole["tokens"] == MOST_TOKENS
    assert flat(whole["weights"][:20]) == pytest.approx(flat(start["weights"]), abs=1e-5)
    with pytest.raises(UsageError):
        head(CALL, toy, "", 0, 0)


def test_scores_of_heads_are_those_of_the_engine(toy: Toy) -> None:
    answer = heads.scores(CALL, toy, "attention")
    weights = attention.attention_weights(toy.model, toy.tokenizer("attention")["input_ids"])
    for name, score in (
        ("previous", attention.previous_token),
        ("first", attention.first_token),
        ("entropy", attention.entropy),
    ):
        assert torch.tensor(answer["scores"][name]) == pytest.approx(score(weights), abs=1e-5)
    best = answer["best"]["previous"][0]
    assert best["score"] == max(max(row) for row in answer["scores"]["previous"])
    assert answer["scores"]["previous"][best["layer"]][best["head"]] == best["score"]
    sinks = sum(score > 0.5 for row in answer["scores"]["first"] for score in row)
    assert answer["sinks"] == pytest.approx(100 * sinks / (LAYERS * HEADS))
    assert heads.scores(CALL, toy, "a")["tokens"] == 1


@pytest.mark.parametrize("text", ["prompt", "repeated"])
def test_silencing_many_at_once_is_silencing_each(toy: Toy, text: str) -> None:
    parts: list[Message] = []
    answer = heads.ablate(
        Call(lambda part: parts.append(json.loads(json.dumps(part))), lambda: False), toy, "attention", text
    )
    ids = toy.tokenizer("attention")["input_ids"] if text == "prompt" else heads._repeated(toy)
    first = 0 if text == "prompt" else heads.LENGTH + 1
    whole = float(attention.token_losses(toy.model, ids)[first:].mean())
    assert answer["loss"] == pytest.approx(whole, abs=1e-5)
    assert answer["tokens"] == len(ids) - 1 - first
    for layer, number in ((0, 0), (0, 3), (1, 2), (2, 1)):
        with attention.without_heads(toy.model, [(layer, number)]):
            without = float(attention.token_losses(toy.model, ids)[first:].mean())
        assert answer["change"][layer][number] == pytest.approx(without - whole, abs=1e-4)
    assert parts[0]["change"][0] == [None] * HEADS
    assert (answer["done"], answer["all"]) == (LAYERS * HEADS, LAYERS * HEADS)


def test_silencing_leaves_nothing_behind_and_can_be_stopped(toy: Toy) -> None:
    calls = iter([False] * 2 + [True] * 9)
    with pytest.raises(Cancelled):
        heads.ablate(Call(lambda _part: None, lambda: next(calls)), toy, "attention")
    assert len(toy.model.model.layers) == LAYERS
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in toy.model.modules())
    with pytest.raises(UsageError):
        heads.ablate(CALL, toy, "a")


def test_an_exported_map_is_the_map(toy: Toy, home: Path) -> None:
    answer = attention_export.write(CALL, toy, "cost $5 <b>", 1, 3, log=True)
    files = {Path(file).suffix: Path(file) for file in answer["files"]}
    assert all(home in file.parents for file in files.values())
    assert files[".svg"].name == "attention-cost-5-b-layer-1-head-3.svg"
    ElementTree.parse(files[".svg"])
    assert files[".png"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    written = json.loads(files[".json"].read_text())
    assert (written["layer"], written["head"], written["prompt"]) == (1, 3, "cost $5 <b>")
    shown = flat(head(CALL, toy, "cost $5 <b>", 1, 3)["weights"])
    assert flat(lower(torch.tensor(written["weights"]))) == pytest.approx(shown, abs=1e-5)


def test_only_one_matrix_for_both_makes_scores_the_same_both_ways(toy: Toy) -> None:
    answer = attention_symmetry.cases(CALL, toy, "attention")
    assert [case["holds"] for case in answer["cases"]] == [True, False, False]
    stages = attention.head_stages(
        toy.model, toy.tokenizer("attention")["input_ids"], [(answer["layer"], answer["head"])]
    )
    scores = stages[answer["layer"], answer["head"]].scores
    assert answer["least"] == pytest.approx(100 * float((scores - scores.T).norm() / scores.norm()), rel=1e-4)


def test_where_the_last_token_looks_most(toy: Toy) -> None:
    answer = looks.most(CALL, toy, "attention", 0, 1)
    row = head(CALL, toy, "attention", 0, 1)["weights"][-1]
    assert [option["weight"] for option in answer["options"]] == row
    assert answer["best"]["weight"] == max(row)
    assert len({option["name"] for option in answer["options"]}) == len(row)


@pytest.fixture(scope="module")
def nano(nano_store: Path) -> Any:
    """The embedded model's probes by name, without the prompt's model in the request."""
    tracer = Tracer()
    return lambda method, params: tracer.methods()[method](CALL, model=str(nano_store / "nano"), **params)


@pytest.mark.model
@pytest.mark.parametrize("topic", ["2.1.2", "2.1.3"])
def test_every_check_has_an_answer(nano: Any, topic: str) -> None:
    desk = PackageMethods("tutor.engine.desk")
    assert_checks_work(
        topic, lambda role, method, params: nano(method, params) if role == "trace" else desk[method](CALL, **params)
    )


@pytest.mark.model
def test_the_embedded_model_has_the_habits_that_the_lesson_shows(nano: Any) -> None:
    text = "The cat sat on the mat because it was tired, and the dog ran after it."
    scores = nano("heads.scores", {"prompt": text})["scores"]
    assert scores["previous"][16][0] > 0.6
    assert scores["first"][18][8] > 0.95
    assert max(max(row) for row in scores["induction"]) > 0.6
    answer = nano("attention.head", {"prompt": text, "layer": 16, "head": 0})
    assert answer["row_sum_error"] < 1e-6
    assert answer["future"] == 0
    assert answer["recomputed"] < 1e-4
