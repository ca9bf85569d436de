"""Pictures of reports: whole files, the same each time, whatever the tokens say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tutor.engine.pieces import code, visible
from tutor.engine.plots import TradeOff, heat_map, trade_off

MATRIX = [[1.0, math.nan], [0.25, 0.75]]
PIECES = ["$x_1$", "\n"]


@pytest.mark.parametrize("log", [False, True])
def test_a_heat_map_is_two_files_that_are_the_same_each_time(log: bool, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        heat_map(tmp_path / name / "map", MATRIX, PIECES, PIECES, "$ is no formula", log=log)
    for kind, begins in (("svg", b"<?xml"), ("png", b"\x89PNG\r\n")):
        one, two = (tmp_path / name / f"map.{kind}" for name in ("one", "two"))
        assert one.read_bytes().startswith(begins)
        assert one.read_bytes() == two.read_bytes()
    assert "$x_1$" in (tmp_path / "one" / "map.svg").read_text()


@pytest.mark.parametrize(
    ("piece", "label", "markdown"), [(" cat", "·cat", "`·cat`"), ("\n\t", "\\n\\t", "`\\n\\t`"), ("`", "`", "`` ` ``")]
)
def test_tokens_become_labels(piece: str, label: str, markdown: str) -> None:
    assert visible(piece) == label
    assert code(piece) == markdown


def test_a_trade_off_names_every_setup(tmp_path: Path) -> None:
    points = [
        TradeOff("r4", 4e5, 2.0, 0.1, best=True),
        TradeOff("r8", 8e5, 1.5, 0.1, best=True),
        TradeOff("r16", 16e5, 1.7, 0.1, best=False),
    ]
    trade_off(tmp_path / "trade-off", points, "parameters", "nats/token", "Loss against parameters")
    picture = (tmp_path / "trade-off.svg").read_text()
    assert all(f">{point.name}<" in picture for point in points)
    assert (tmp_path / "trade-off.png").read_bytes().startswith(b"\x89PNG\r\n")
