"""The pictures of lesson 1.2.2 from numbers that were measured once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.widgets.figure_checks import assert_fits, drawn
from tutor.widgets.figures.crossover import Crossover
from tutor.widgets.figures.race import Race, span

ABSENT = "this machine has no GPU that PyTorch can use (no CUDA device, no Apple GPU)"


def _row(name: str, seconds: float | None, done: float = 1.0) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "threads": 1, "done": done, "seconds": seconds}
    if seconds:
        row |= {"low": 0.9 * seconds, "high": 1.3 * seconds, "repeats": 30, "gflops": 4.2e-3 / seconds}
    return row


RACE: dict[str, Any] = {
    "op": "matmul",
    "size": 128,
    "dtype": "float32",
    "flops": 4_194_304,
    "bytes": 196_608,
    "intensity": 21.3,
    "rows": [
        _row("Python loop", 0.226),
        _row("PyTorch, one thread", 44.8e-6),
        _row("PyTorch, all threads", 2.95e-3),
        _row("GPU, with transfer", 90e-6),
        _row("GPU, data there", 12e-6),
    ],
    "fastest": "GPU, data there",
    "limit": 2.0,
    "absent": "",
}


def _curve(factor: float) -> list[dict[str, float]]:
    return [
        {"size": n, "intensity": n / 6, "seconds": factor * n**3 * 1e-11 + 1e-6, "gflops": 50 / factor}
        for n in (8, 64, 512)
    ]


CROSSOVER: dict[str, Any] = {
    "op": "matmul",
    "lines": {"Python loop": _curve(900)[:2], "PyTorch, one thread": _curve(1), "PyTorch, all threads": _curve(0.6)},
    "threads": 2,
    "absent": ABSENT,
    "threads_pay": "64",
    "gpu_pays": "never",
    "bandwidth": 14.1e9,
    "peak": 95e9,
    "ridge": 6.7,
}


def test_the_race_fits_and_names_the_fastest() -> None:
    assert_fits(Race("matmul", 128), RACE)
    lines = drawn(Race("matmul", 128), RACE).splitlines()
    fastest = next(line for line in lines if line.startswith("GPU, data there"))
    assert "12 µs" in fastest and "×18,833" in fastest and "20 %" in fastest
    assert "No GPU" not in "\n".join(lines)


def test_a_shorter_time_is_a_shorter_bar() -> None:
    lines = drawn(Race("matmul", 128), RACE).splitlines()
    bars = [sum(c in "█▏▎▍▌▋▊▉" for c in line) for line in lines if line.startswith(("Python", "PyTorch", "GPU"))]
    assert bars[0] > bars[2] > bars[3] >= bars[1] > bars[4]


def test_a_stopped_loop_says_how_far_it_got_and_an_absent_gpu_why() -> None:
    answer = RACE | {"rows": [_row("Python loop", None, 0.07), *RACE["rows"][1:3]], "absent": ABSENT}
    answer["fastest"] = "PyTorch, one thread"
    assert_fits(Race("matmul", 128), answer)
    picture = drawn(Race("matmul", 128), answer)
    assert "stopped after 2 s, 7 % done" in picture
    assert "No GPU takes part: this machine has no GPU" in picture
    assert "×" not in picture.replace("128 × 128", "")


def test_the_race_draws_a_part() -> None:
    assert_fits(Race("matmul", 128), RACE | {"rows": RACE["rows"][:1], "fastest": "Python loop"})


@pytest.mark.parametrize(("seconds", "says"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.56e-5, "45.6 µs"), (3e-9, "3 ns")])
def test_times_are_read_in_three_digits(seconds: float, says: str) -> None:
    assert span(seconds) == says


@pytest.mark.parametrize("axes", ["time", "roofline"])
def test_the_crossover_fits(axes: str) -> None:
    assert_fits(Crossover(), CROSSOVER, axes=axes)
    assert_fits(Crossover(), CROSSOVER | {"lines": {}, "threads_pay": ""}, axes=axes)


def test_the_crossover_says_where_it_is() -> None:
    picture = drawn(Crossover(), CROSSOVER)
    assert "2 threads beat one: from n = 64 on" in picture
    assert "No GPU takes part" in picture
    with_gpu = drawn(Crossover(), CROSSOVER | {"absent": ""})
    assert "with transfer, beats the CPU: never, up to the largest size here" in with_gpu
    assert "one core" in drawn(Crossover(), CROSSOVER | {"threads": 1})


def test_the_roof_is_said_in_numbers() -> None:
    picture = drawn(Crossover(), CROSSOVER, axes="roofline")
    assert "memory 14.1 GB/s, arithmetic 95 Gop/s, equal at 6.7 operations per byte" in picture
