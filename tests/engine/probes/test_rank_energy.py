"""Energy against rank: curves against NumPy's own decomposition, the gradient against a whole backward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine import tiny_llama
from tests.widgets.figure_checks import assert_fits, drawn
from tutor.engine.architecture import Architecture
from tutor.engine.loaded import Loaded
from tutor.engine.probes.spectrum import energy
from tutor.engine.protocol import Call
from tutor.engine.spectrum import curve, squares
from tutor.widgets.figures.rank_energy import RankEnergy

CALL = Call(lambda _part: None, lambda: False)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """A random model of two layers."""
    model = tiny_llama.model().eval()
    architecture = Architecture.from_config(model.config.to_dict())
    return Loaded(Path("tiny"), {"name": "tiny", "dtype": "float32"}, architecture, model, tiny_llama.tokenizer())


@pytest.mark.parametrize("shape", [(40, 40), (12, 40), (40, 12)])
def test_squares_are_those_of_numpys_singular_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    wanted = np.linalg.svd(matrix.double().numpy(), compute_uv=False) ** 2
    np.testing.assert_allclose(squares(matrix), wanted, rtol=1e-9)


def test_what_is_kept_is_what_truncation_leaves() -> None:
    matrix = torch.randn(30, 20, generator=torch.Generator().manual_seed(2)).double()
    left, values, right = np.linalg.svd(matrix.numpy(), full_matrices=False)
    found = curve(squares(matrix))
    for rank, kept in zip(found["ranks"], found["kept"], strict=True):
        lost = matrix.numpy() - (left[:, :rank] * values[:rank]) @ right[:rank]
        assert kept == pytest.approx(100 - 100 * (lost**2).sum() / (matrix.numpy() ** 2).sum(), abs=1e-3)
    assert found["kept"][-1] == pytest.approx(100)
    assert found["ranks"][-1] == found["rank"] == 20


def test_a_product_of_thin_matrices_has_their_rank() -> None:
    torch.manual_seed(0)
    found = curve(squares(torch.randn(64, 5) @ torch.randn(5, 48)))
    assert found["rank"] == 5
    assert found["ninety"] <= 5


def test_the_gradient_is_the_one_of_training(loaded: Loaded) -> None:
    prompt = "what is this a cat"
    answer = energy(CALL, loaded, 1, "v_proj", prompt)
    ids = torch.tensor([loaded.tokenizer(prompt)["input_ids"]])
    model = tiny_llama.model().eval()
    model(ids, labels=ids).loss.backward()
    wanted = curve(squares(model.model.layers[1].self_attn.v_proj.weight.grad))
    gradient = next(row for row in answer["series"] if row["name"] == "gradient")
    assert gradient["kept"] == pytest.approx(wanted["kept"], abs=1e-3)
    assert gradient["rank"] <= ids.shape[1] - 1 < answer["full"]


def test_answers_grow_and_short_texts_have_no_gradient(loaded: Loaded) -> None:
    parts: list[dict[str, Any]] = []
    streaming = Call(lambda part: parts.append(dict(part)), lambda: False)
    answer = energy(streaming, loaded, 0, "gate_proj", "cat")
    assert [row["name"] for row in answer["series"]] == ["weight", "noise"]
    assert answer["shape"] == [64, 32]
    assert answer["tenth"]["rank"] == 3
    for answered in (*parts, answer, energy(CALL, loaded, 99, "q_proj", "this is a cat")):
        assert_fits(RankEnergy(), answered, rank=16)
    assert "At rank 32" in drawn(RankEnergy(), answer, rank=256)
