"""Rounding the loaded model: against NumPy and GGUF files; that the model stays what it was; the lesson's checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.engine.probes.toy_loaded import toy_loaded
from tests.lesson_checks import assert_checks_work
from tutor.engine import variants
from tutor.engine.export import quantize_gguf
from tutor.engine.gguf_weights import GgufWeights
from tutor.engine.loaded import Loaded, read_model
from tutor.engine.methods import PackageMethods
from tutor.engine.probes import format_losses, rounded_layer, xray
from tutor.engine.protocol import Call, Role
from tutor.engine.rounding import rounded
from tutor.engine.rounding_origin import origin

CALL = Call(lambda _part: None, lambda: False)
TEXT = "this is a cat what is a dog this is a fox"
NO_GGUF = ("bf16", "int8", "NF4", "FP4")


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_losses, "_kept", {})
    monkeypatch.setattr(xray, "_kept", {})


def state(loaded: Loaded) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in loaded.model.state_dict().items()}


def assert_unchanged(loaded: Loaded, before: dict[str, torch.Tensor]) -> None:
    assert all(torch.equal(before[name], tensor) for name, tensor in loaded.model.state_dict().items())


def test_losses_are_those_of_a_rounded_copy_and_the_model_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_losses, "VARIANTS", NO_GGUF)
    loaded, copy = toy_loaded(), toy_loaded().model
    before = state(loaded)
    parts: list[dict[str, Any]] = []
    found = format_losses.measure(
        Call(lambda part: parts.append({**part, "rows": [*part["rows"]]}), lambda: False), loaded, TEXT
    )
    assert [len(part["rows"]) for part in parts] == [0, 1, 2, 3, 4]
    assert_unchanged(loaded, before)
    rows = {row["name"]: row for row in found["rows"]}
    with torch.no_grad():
        for layer in copy.model.layers:
            for part in layer.modules():
                if isinstance(part, torch.nn.Linear):
                    part.weight.copy_(rounded(part.weight, "NF4", "block"))
        ids = torch.tensor([format_losses.text_ids(loaded, TEXT)])
        wanted = float(cross_entropy(copy(ids).logits[0, :-1], ids[0, 1:]))
    assert rows["NF4"]["loss"] == pytest.approx(wanted, rel=1e-5)
    assert rows["NF4"]["more"] == pytest.approx(wanted - found["base"], abs=1e-5)
    assert rows["bf16"]["percent"] < rows["int8"]["percent"] < rows["NF4"]["percent"] < rows["FP4"]["percent"]
    assert (rows["NF4"]["bits"], rows["bf16"]["bits"]) == (4.5, 16)
    assert rows["bf16"]["bytes"] == 2 * loaded.architecture.parameters().total


def test_one_layer_at_a_time_goes_on_where_it_was() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    found = xray.layers(CALL, loaded, "NF4", TEXT)
    assert_unchanged(loaded, before)
    assert [row["layer"] for row in found["rows"]] == list(range(loaded.architecture.layers))
    weight = rounded_layer.matrix_of(loaded, 1, "up_proj")
    off = (weight - rounded(weight, "NF4")).abs()
    (matrix,) = [each for each in found["rows"][1]["matrices"] if each["name"] == "up_proj"]
    worst = matrix["worst"][0]
    assert abs(worst["before"] - worst["after"]) == pytest.approx(float(off.max()), rel=1e-3)
    assert off[worst["row"], worst["column"]] == off.max()
    rows = found["rows"]
    assert xray.layers(CALL, loaded, "NF4", TEXT)["rows"] is rows


def test_an_outlier_ruins_its_block_and_nothing_else() -> None:
    loaded = toy_loaded()
    before = state(loaded)
    plain, spoilt = (rounded_layer.outlier(CALL, loaded, "NF4", times) for times in (1.0, 50.0))
    assert_unchanged(loaded, before)
    assert plain["percent"] == plain["before"] < 20
    assert spoilt["percent"] > 90
    assert spoilt["zeros"] > plain["zeros"]
    assert spoilt["rounded"][spoilt["at"]] == pytest.approx(50 * plain["weights"][plain["at"]], rel=1e-3)


def test_a_matrix_by_each_way_to_share_scales() -> None:
    found = rounded_layer.look(CALL, toy_loaded(), "int4", "row", 1, "up_proj")
    errors = {row["group"]: row["percent"] for row in found["table"]}
    assert errors["row"] < errors["tensor"]
    assert found["percent"] == errors["row"]
    assert sum(found["before"]) == pytest.approx(100, abs=2)
    assert found["origin"] == ""


@pytest.mark.model
def test_weights_of_a_gguf_file_are_those_of_the_model(
    small_llama: Path, small_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = read_model(small_llama, "small")
    exact = GgufWeights(small_gguf)
    names = [*variants.block_matrices(loaded, 1), "model.embed_tokens"]
    for name in names:
        weight = loaded.model.get_submodule(name).weight
        assert torch.equal(exact.matrix(name), weight.to(torch.float16).float()), name  # q and k are turned back
    quantize_gguf(small_gguf, tmp_path / "q8_0.gguf", "q8_0")
    monkeypatch.setattr(variants, "made_gguf", lambda _directory, kind: tmp_path / f"{kind}.gguf")
    take = variants.rounder(loaded, "Q8_0")
    for name in names:
        weight, found = loaded.model.get_submodule(name).weight.detach(), take(name)
        assert 0 < float((weight - found.weight).norm() / weight.norm()) < 0.01
        assert (found.bits, found.kind) == (8.5, "Q8_0")


@pytest.mark.model
def test_the_embedded_model_had_been_rounded(nano_store: Path, small_llama: Path) -> None:
    assert origin(nano_store / "nano") == "Q4_1"
    assert origin(small_llama) == ""


@pytest.mark.model
def test_every_check_has_an_answer(nano_loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(format_losses, "VARIANTS", NO_GGUF)
    toy = toy_loaded()
    desk = PackageMethods("tutor.engine.desk")

    def answers(role: Role, method: str, params: dict[str, Any]) -> Any:
        if method == "format_losses.losses":  # takes a minute with the embedded model, and has the same form with any
            found = format_losses.losses(CALL, toy)
            rows = ("more", "bits", "percent", "perplexity")
            return found | {name: {"Q8_0": -1.0, **found[name]} for name in rows}
        probes = PackageMethods(
            "tutor.engine.probes", lambda probe: lambda call, **params: probe(call, nano_loaded, **params)
        )
        return (probes if role == "trace" else desk)[method](CALL, **params)

    assert_checks_work("3.1.1", answers)
