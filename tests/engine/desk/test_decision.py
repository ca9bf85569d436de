"""The small net: its points, its training against PyTorch's own optimizer, and what each fault looks like."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tutor.engine.desk.decision import COUNT, FAULTS, FRAMES, SHAPES, SIDE, points_of, symptoms, train
from tutor.engine.protocol import Call, Cancelled

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("data", SHAPES)
def test_points_are_half_of_each_kind_and_on_the_map(data: str) -> None:
    places, kinds = points_of(data, 3)
    assert places.shape == (COUNT, 2)
    assert kinds.sum() == COUNT / 2
    assert places.abs().mean() < 1.2
    assert torch.equal(points_of(data, 3)[0], places)
    assert not torch.equal(points_of(data, 4)[0], places)


def test_kinds_lie_where_they_should() -> None:
    places, kinds = points_of("xor", 0)
    assert torch.equal(places.prod(1) > 0, kinds > 0)
    radius, kinds = points_of("rings", 0)[0].norm(dim=1), points_of("rings", 0)[1]
    assert radius[kinds == 0].max() < radius[kinds == 1].min()


def test_training_is_gradient_descent() -> None:
    answer = train(CALL, "moons", "GELU", width=4, rate=0.3, batch=20, seed=2, steps=30)
    places, kinds = points_of("moons", 2)
    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), 0.3)
    for _ in range(30):
        drawn = torch.randperm(COUNT)[:20]
        optimizer.zero_grad()
        torch.autograd.backward(nn.functional.binary_cross_entropy_with_logits(net(places[drawn])[:, 0], kinds[drawn]))
        optimizer.step()
    loss = nn.functional.binary_cross_entropy_with_logits(net(places)[:, 0], kinds)
    assert answer["frames"][-1]["loss"] == pytest.approx(loss.item(), rel=1e-4)
    corner = net(torch.tensor([-1.8, 1.8])).sigmoid().item()
    assert int(answer["frames"][-1]["map"][0][0]) == pytest.approx(8 * corner, abs=0.51)
    assert answer["parameters"] == 4 * 4 + 1


def test_frames_and_parts_have_one_shape() -> None:
    parts: list[dict[str, object]] = []
    answer = train(Call(parts.append, lambda: False), steps=60)
    assert [frame["step"] for frame in answer["frames"]] == [2 * n for n in range(FRAMES + 1)]
    assert all(len(row) == SIDE for row in answer["frames"][0]["map"])
    assert parts and set(parts[0]) == set(answer) - {"learned"}


def test_without_an_activation_only_a_line_can_be_learned() -> None:
    assert train(CALL, "line", "none", steps=300)["learned"] == "All of them, or nearly"
    assert train(CALL, "xor", "none", steps=300)["learned"] == "Hardly more than a coin would"
    assert train(CALL, "xor", "tanh", steps=600)["learned"] == "All of them, or nearly"


def test_a_loss_that_is_no_number_is_none() -> None:
    answer = train(CALL, rate=1e30, activation="none", steps=30)
    assert answer["frames"][-1]["loss"] is None
    assert set("".join(answer["frames"][-1]["map"])) <= set("012345678")


def test_every_fault_looks_like_itself() -> None:
    losses = {
        fault: [float(line.split("loss")[1].split()[0]) for line in symptoms(CALL, fault)["evidence"]]
        for fault in FAULTS
    }
    assert len(set(losses["frozen"])) == 1
    assert losses["sign"] == sorted(losses["sign"]) and losses["sign"][-1] > 5
    assert all(0.6 < loss < 0.8 for loss in losses["activation"]) and len(set(losses["activation"])) > 1
    jumps = losses["rate"][1:]
    assert max(jumps) > 2 and jumps != sorted(jumps)


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        train(Call(lambda _part: None, lambda: True))
