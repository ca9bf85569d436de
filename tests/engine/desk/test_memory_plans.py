"""The memory panels against the planner, and against sums made by hand."""

from __future__ import annotations

import pytest

from tutor.engine.desk import memory, rank
from tutor.engine.memory import MODES, Budget, Place, plan_memory
from tutor.engine.protocol import Call
from tutor.engine.tiers import TIERS

CALL = Call(lambda _part: None, lambda: False)
TINY_PLACE = Place("memory", 0, 0)


def test_every_mode_is_planned_for_the_place_that_is_asked() -> None:
    answer = memory.plans(CALL, "small", "24", batch=2, seq=256, rank=16, checkpointing=False)
    assert answer["budget"] == {"size": 24 * 2**30, "place": "GPU", "dtype": "bfloat16"}
    for mode in MODES:
        found = answer["modes"][mode]
        assert found["total"] == sum(size for _, size in found["rows"])
        # Parameters in bf16, or NF4 with double quantization: the published table.
        assert dict(found["rows"])["weights"] / 1e9 == pytest.approx(1.143 if mode == "qlora" else 3.087, abs=6e-4)
    adapter = dict(answer["modes"]["lora"]["rows"])
    assert (adapter["adapter"], adapter["optimizer"]) == (4 * 4_358_144, 8 * 4_358_144)


def test_the_largest_that_fits_leaves_room_for_the_planners_error(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"seq": 512, "checkpointing": True, "place": TINY_PLACE}
    needs = plan_memory(TIERS["tiny"].architecture, "lora", **settings).total  # type: ignore[arg-type]
    for size, largest, fits in (
        (needs * 1.12, "tiny", "yes"),
        (needs * 1.05, "nano", "barely"),
        (needs * 0.9, "nano", "no"),
    ):
        monkeypatch.setattr(memory, "budget", lambda size=size: Budget(TINY_PLACE, int(size), "bfloat16"))
        answer = memory.plans(CALL, "tiny")
        assert (answer["largest"]["lora"], answer["modes"]["lora"]["fits"]) == (largest, fits)
        found = memory.fitting(CALL, "lora")
        assert (found["largest"], found["fits"]["tiny"]) == (largest, fits == "yes")
    monkeypatch.setattr(memory, "budget", lambda: Budget(TINY_PLACE, 1000, "bfloat16"))
    assert memory.fitting(CALL)["largest"] == "none"


def test_bytes_that_are_kept_for_each_parameter() -> None:
    answer = memory.per_parameter(CALL, "medium")
    assert (answer["full"], answer["inference"]) == (16, 2)
    # 121.8 GB and 15.23 GB in the published table; LoRA adds 16 bytes for each of 5,046,272 parameters.
    assert (round(answer["full_gb"], 1), round(answer["inference_gb"], 2)) == (121.8, 15.23)
    assert answer["lora_gb"] == pytest.approx(answer["inference_gb"] + 16 * 5_046_272 / 1e9)


@pytest.mark.parametrize(
    ("d", "r", "low", "times"), [(4096, 16, 131_072, 128), (4096, 8, 65_536, 256), (1536, 8, 24_576, 96)]
)
def test_two_thin_matrices(d: int, r: int, low: int, times: float) -> None:
    answer = rank.factors(CALL, d, r)
    assert (answer["full"], answer["low"], answer["times"]) == (d * d, low, times)
    assert answer["percent"] == pytest.approx(100 * low / d**2)
    assert rank.factors(CALL, d, d // 2)["times"] == 1
    assert answer["break_even"] == d / 2
