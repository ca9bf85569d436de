"""The kitchens of lesson 2.2.3: units by hand, the demo's published numbers, and what two linear layers are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tutor.engine.desk import collapse, demo_kitchen, kitchen
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


def gelu(x: float) -> float:
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


def test_training_brings_the_error_down_and_others_show_the_difference() -> None:
    seen: list[int] = []
    answer = kitchen.train(Call(lambda part: seen.append(len(part["frames"])), lambda: False))
    first, last = answer["frames"][0], answer["frames"][-1]
    assert seen[0] == 1
    assert (first["step"], last["step"], len(answer["recipes"])) == (0, 600, 30)
    assert last["seen"] < 0.5 < last["unseen"] < first["unseen"]
    off = [recipe["said"] - recipe["rating"] for recipe in answer["recipes"]]
    assert math.sqrt(np.mean(np.square(off))) == pytest.approx(last["seen"], abs=0.05)
    assert kitchen.train(CALL)["frames"] == answer["frames"]


def test_a_cup_unit_by_unit() -> None:
    answer = kitchen.taste(CALL, lemon=9, water=4, sugar=1, tart=9)
    net = kitchen._trained("GELU")
    cup = np.array([9, 4, 1, 9]) / 5 - 1
    weights, bias = net.first.weight.detach().numpy(), net.first.bias.detach().numpy()
    for number, unit in enumerate(answer["units"]):
        before = math.fsum(weights[number] * cup) + bias[number]
        assert unit["before"] == pytest.approx(before, abs=1e-5)
        assert unit["after"] == pytest.approx(gelu(before), abs=1e-5)
        assert unit["adds"] == pytest.approx(gelu(before) * net.last.weight[0, number].item(), abs=1e-5)
        assert unit["rejected"] == (abs(gelu(before)) <= kitchen.NEGLIGIBLE * abs(before))
    assert answer["said"] == pytest.approx(answer["base"] + sum(unit["adds"] for unit in answer["units"]), abs=1e-4)
    assert answer["negative"] >= answer["rejected"] > 0
    assert answer["rated"] == pytest.approx(10 * math.exp(-4 * (0.7 * 0.9 + 0.3 * 0.9 - 0.1) ** 2), abs=1e-4)
    best = kitchen.strongest(CALL, lemon=9, water=4, sugar=1, tart=9)
    assert best["most"] == max(unit["adds"] for unit in answer["units"])


def test_dead_units_are_negative_for_every_recipe() -> None:
    net = kitchen._trained("ReLU")
    cups, _ = kitchen._recipes(0)
    before = (cups.numpy() / 5 - 1) @ net.first.weight.detach().numpy().T + net.first.bias.detach().numpy()
    silent = int((before <= 0).all(0).sum())
    assert kitchen.taste(CALL, 5, 4, 5, 5, "ReLU")["silent"] == silent > 0


PUBLISHED = {"blend": [0.286, 0.288, 0.281, 0.285], "skipped": [0.462, 0.463, 0.454, 0.460]}


def test_the_demo_gives_its_published_numbers() -> None:
    answer = demo_kitchen.batch(CALL, 1)
    for name, numbers in PUBLISHED.items():
        assert answer[name] == pytest.approx(numbers, abs=1e-3)
    cup = demo_kitchen.BATCHES[0]
    for unit, found in enumerate(answer["units"]):
        before = sum(cup[i] * ((i + unit) % 3 * 0.1 + 0.05) for i in range(4))
        assert (found["before"], found["after"]) == pytest.approx((before, gelu(before)), abs=1e-6)


def test_the_demo_rejects_nothing() -> None:
    answer = demo_kitchen.rejects(CALL)
    assert [case["value"] for case in answer["cases"]] == ["0 of 16 units below zero"] * 3
    assert (answer["low"], answer["high"]) == pytest.approx((0.269, 0.348), abs=5e-4)


@pytest.mark.parametrize("units", [1, 3, 64])
def test_two_linear_layers_are_one_matrix(units: int) -> None:
    answer = collapse.compare(CALL, "none", units)
    product = np.array(answer["second"]) @ np.array(answer["first"])
    assert np.array(answer["product"]) == pytest.approx(product, abs=1e-5)
    assert answer["rank"] == min(units, 4) == np.linalg.matrix_rank(product)
    assert answer["two"] == pytest.approx(product @ np.array(demo_kitchen.BATCHES[0]), abs=1e-5)
    assert answer["differ"] == "only by rounding"
    assert answer["left"] < 1e-6


def test_with_a_bend_they_are_not() -> None:
    answer = collapse.compare(CALL, "GELU", 16)
    hidden = [gelu(x) for x in np.array(answer["first"]) @ np.array(demo_kitchen.BATCHES[0])]
    assert answer["two"] == pytest.approx(np.array(answer["second"]) @ np.array(hidden), abs=1e-5)
    assert answer["differ"] == "visibly"
    assert answer["left"] > 1
    assert all(case["holds"] for case in collapse.skipped(CALL)["cases"])


def test_the_demos_bend_is_hardly_one() -> None:
    answer = collapse.compare(CALL, "GELU", weights="demo")
    assert 0 < answer["left"] < 1
    assert answer["two"] == pytest.approx(PUBLISHED["blend"], abs=1e-3)
