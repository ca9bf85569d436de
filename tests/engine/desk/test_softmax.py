"""The softmax desk against PyTorch and closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from tutor.engine.desk.softmax import NEAR, TARGETS, desk, entropy, odds, shifted, spread, temperatures, why_scale
from tutor.engine.protocol import Call, Message

CALL = Call(lambda _part: None, lambda: False)
LOGITS = [2.0, 1.0, 0.1, -3.0, 0.5]


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("shift", [0.0, 100.0, -1000.0])
def test_shares_are_those_of_pytorch(temperature: float, shift: float) -> None:
    answer = desk(CALL, LOGITS, temperature, shift)
    theirs = (torch.tensor(LOGITS) / temperature).softmax(-1)
    torch.testing.assert_close(torch.tensor(answer["shares"]), theirs, atol=1e-4, rtol=1e-3)
    assert sum(answer["shares"]) == pytest.approx(1, abs=1e-6)
    spread_of = torch.special.entr(theirs.double()).sum().item()
    assert answer["entropy"] == pytest.approx(spread_of, abs=1e-3)
    assert answer["choices"] == pytest.approx(math.exp(answer["entropy"]))
    assert answer["most"] == pytest.approx(math.log(5))


def test_only_the_definition_overflows() -> None:
    lost = desk(CALL, LOGITS, shift=1000.0, safe=False)
    assert lost["powers"] == ["inf"] * 5
    assert lost["shares"] == [None] * 5
    assert lost["entropy"] is None
    kept = desk(CALL, LOGITS, shift=1000.0)
    assert kept["powers"][0] == "1"
    assert desk(CALL, LOGITS, safe=False)["shares"] == pytest.approx(desk(CALL, LOGITS)["shares"])
    assert torch.tensor(88.0).exp().isfinite()
    assert torch.tensor(89.0).exp().isinf()  # what the lesson says of float32


def test_every_target_can_be_reached_with_the_steps_that_are_offered() -> None:
    reached: dict[str, list[float]] = {
        "one winner": [3.5, 0, 0, 0, 0],
        "two equal": [2.5, 2.5, 0, 0, 0],
        "halves": [1.0, 0.25, -0.5, -1.0, -1.0],
        "all even": [1, 1, 1, 1, 1],
    }
    for name, wanted in TARGETS.items():
        assert sum(wanted) == pytest.approx(1)
        answer = desk(CALL, reached[name], target=name)
        assert answer["reached"], (name, answer["off"])
        assert answer["off"] == pytest.approx(max(abs(a - b) for a, b in zip(answer["shares"], wanted, strict=True)))
        assert not desk(CALL, [0, 0, 0, 0, 6], target=name)["reached"]
    assert NEAR < 0.05


def test_temperature_orders_entropy() -> None:
    values = [0.1, 0.5, 1.0, 2.0, 10.0]
    answer = temperatures(CALL, LOGITS, values)
    assert answer["entropies"] == sorted(answer["entropies"])
    assert answer["largest"] == sorted(answer["largest"], reverse=True)
    assert odds(CALL, 2.0)["odds"] == pytest.approx(7.389, abs=1e-3)


def test_a_constant_moves_nothing() -> None:
    answer = shifted(CALL, LOGITS, 100.0)
    assert answer["becomes"] == "the same"
    assert answer["now"] == pytest.approx(answer["before"], abs=0.01)
    assert answer["before"] == pytest.approx(100 * torch.tensor(LOGITS).softmax(-1).max().item(), abs=1e-3)


def test_scores_spread_like_the_root_of_d_and_scaling_undoes_it() -> None:
    parts: list[Message] = []
    answer = why_scale(Call(parts.append, lambda: False), keys=16, seed=1)
    assert [row["d"] for row in answer["rows"]] == [4, 8, 16, 32, 64, 128, 256, 512]
    assert len(parts) == 8
    for row in answer["rows"]:
        assert row["spread"] == pytest.approx(math.sqrt(row["d"]), rel=0.06)
        assert spread(CALL, row["d"])["spread"] == pytest.approx(math.sqrt(row["d"]), rel=0.03)
    plain = [row["plain"]["entropy"] for row in answer["rows"]]
    scaled = [row["scaled"]["entropy"] for row in answer["rows"]]
    assert plain == sorted(plain, reverse=True)
    assert plain[-1] < 0.3 < 2 < min(scaled) < max(scaled) < answer["most"]
    assert why_scale(CALL, 16, 1)["rows"] == answer["rows"]


def test_entropy_of_known_distributions() -> None:
    assert entropy([1.0, 0.0]) == 0
    assert entropy([0.25] * 4) == pytest.approx(math.log(4))
