"""The memory meter: the planner's numbers, to scale, at every width."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Size

from tutor.engine.memory import MODES, plan_memory
from tutor.engine.tiers import TIERS
from tutor.text import human_bytes
from tutor.widgets import glyphs
from tutor.widgets.memorymeter import PARTS, MemoryMeter, bar, cells, grouped, scale

PLANS = [
    plan_memory(TIERS[tier].architecture, mode, batch=batch, seq=512)
    for tier in ("nano", "small", "large")
    for mode in MODES
    for batch in (1, 8)
]
GB = 10**9


@pytest.mark.parametrize("plan", PLANS)
def test_the_numbers_are_the_planners(plan: object) -> None:
    rows = plan.rows()  # type: ignore[attr-defined]
    shown = dict(grouped(rows))
    for name, size in rows:
        if name in PARTS:
            assert shown.get(name, 0) == size
    assert sum(shown.values()) == plan.total  # type: ignore[attr-defined]
    assert shown["overhead"] == sum(size for name, size in rows if name in ("workspace", "allocator", "runtime"))


@pytest.mark.parametrize("available", [1 * GB, 2 * GB, 24 * GB, 80 * GB])
def test_lengths_add_up_and_are_to_scale_at_every_width(available: int) -> None:
    for plan in PLANS:
        rows = grouped(plan.rows())
        whole = scale(plan.total, available)
        assert plan.total <= whole
        for width in range(20, 251):
            parts = cells(rows, whole, width)
            assert sum(count for _, count in parts) == round(plan.total * width / whole)
            for (_, count), (_, size) in zip(parts, rows, strict=True):
                assert abs(count - size * width / whole) < 1
            for letters in (True, False):
                assert bar(rows, whole, available, width, letters=letters).cell_length == width


def test_the_bar_is_never_nearly_empty_and_says_so() -> None:
    assert scale(10 * GB, 16 * GB) == 16 * GB
    assert scale(1 * GB, 16 * GB) == 2 * GB
    assert scale(17 * GB, 16 * GB) == 17 * GB
    assert scale(0, 16 * GB) == 16 * GB
    assert scale(1, 0) == 1


class Meters(App[None]):
    """One meter."""

    def __init__(self, meter: MemoryMeter, *, no_color: bool = False) -> None:
        super().__init__()
        self._meter, self.no_color = meter, no_color

    def compose(self) -> ComposeResult:
        """Only that."""
        yield self._meter


async def _lines(meter: MemoryMeter, width: int, *, no_color: bool = False) -> list[str]:
    async with Meters(meter, no_color=no_color).run_test(size=(width, 40)):
        lines = meter.render().plain.split("\n")
        assert meter.size == Size(width, len(lines))
        return lines


@pytest.mark.parametrize("width", [20, 38, 80, 139, 250])
async def test_every_number_is_in_the_legend_and_no_line_is_too_long(width: int) -> None:
    plan = PLANS[2]
    lines = await _lines(MemoryMeter(plan.rows(), 16 * GB, [("resident", plan.total // 2)]), width)
    assert all(len(line) <= width for line in lines)
    head = 2 if "shows" in lines[1] else 1
    for name, size in grouped(plan.rows()):
        assert any(human_bytes(size) in line for line in lines[head + 1 :]), name
    columns = max(1, (width + 3) // 24)
    assert len(lines) == head + 2 + -(-len(grouped(plan.rows())) // columns)


async def test_measured_points_at_its_place_on_the_bar() -> None:
    rows = [("weights", 4 * GB), ("activations", 4 * GB)]
    lines = await _lines(MemoryMeter(rows, 16 * GB, [("resident", 6 * GB), ("reserved here", 15 * GB)]), 80)
    assert lines[0] == "8.0 GB predicted of 16.0 GB free"
    assert lines[1] == "█" * 40 + "·" * 40
    assert lines[2].index("▲") == 29
    assert lines[2].endswith("▲ 6.0 GB resident, 75% of the plan")
    assert lines[3] == "15.0 GB reserved here, 188% of the plan ▲".rjust(75)


async def test_what_does_not_fit_goes_past_the_machines_edge() -> None:
    lines = await _lines(MemoryMeter([("weights", 20 * GB)], 10 * GB), 40)
    assert lines[0] == "20.0 GB predicted  does not fit into 10."
    assert lines[1] == "█" * 20 + "┃" + "█" * 19
    lines = await _lines(MemoryMeter([("weights", 20 * GB)], 21 * GB), 40)
    assert lines[0].endswith("tight in 21.0 GB free")


async def test_letters_stand_for_colours_and_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("weights", 2 * GB), ("adapter", GB), ("cache", GB), ("runtime", GB)]
    drawn = "w" * 16 + "a" * 8 + "k" * 8 + "v" * 8
    assert (await _lines(MemoryMeter(rows, 5 * GB), 40, no_color=True))[1] == drawn
    monkeypatch.setattr(glyphs, "_chosen", True)
    glyphs.plain_ascii.cache_clear()
    lines = await _lines(MemoryMeter(rows, 5 * GB), 40)
    glyphs.choose(None)
    assert lines[1] == drawn
    assert lines[2].startswith("w weights")
    assert len({part.letter for part in PARTS.values()}) == len(PARTS)
    assert len({(part.meaning, part.glyph) for part in PARTS.values()}) == len(PARTS)


async def test_nothing_planned_is_nothing_drawn() -> None:
    meter = MemoryMeter()
    async with Meters(meter).run_test(size=(80, 10)) as pilot:
        assert meter.size.height == 0
        meter.show([("weights", GB)], 0)
        await pilot.pause()
        assert meter.render().plain.split("\n")[0] == "1.0 GB predicted"
        assert meter.size.height == 3
