"""Slogans of lesson 1.1 against the planner and against counts made otherwise."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine import tiny_llama
from tutor.engine import hardware
from tutor.engine.desk import lora_claims, memory_claims, shape_claims
from tutor.engine.protocol import Call, Cancelled
from tutor.engine.tiers import TIERS

CALL = Call(lambda _part: None, lambda: False)


def holds(answer: dict[str, Any]) -> dict[str, bool]:
    """The verdict of each case."""
    return {case["name"]: case["holds"] for case in answer["cases"]}


def test_one_matrix_of_sixteen_million() -> None:
    assert holds(lora_claims.one_matrix(CALL)) == {"4096 wide": True} | dict.fromkeys(TIERS, False)
    assert not any(holds(lora_claims.one_matrix(CALL, rank=8)).values())  # 65,536, as is often said


def test_no_usual_rank_trains_seven_million() -> None:
    answer = lora_claims.seven_million(CALL)
    assert not any(holds(answer).values())
    assert answer["cases"][1]["value"] == "5,046,272, 0.066 %"
    assert round(answer["nearest_rank"] * 630_784, -6) == 7_000_000


def test_four_bits_are_not_a_seventh() -> None:
    answer = memory_claims.seven_times(CALL)
    assert not any(holds(answer).values())
    # 30.46 GB in fp32 against 5.55 GB, from the published table
    assert answer["from_fp32"] == pytest.approx(30.46 / 5.55, abs=0.01)


def test_the_column_of_gigabytes_mixes_purposes() -> None:
    found = holds(memory_claims.gigabytes_per_tier(CALL))
    assert found["small in 4 GB, run"]
    assert not found["medium in 8 GB, run"]
    assert not found["large in 20 GB, QLoRA"]


def test_a_laptop_trains_the_small_ones_only() -> None:
    found = holds(memory_claims.laptop_gpu(CALL))
    assert [found[tier] for tier in TIERS] == [True, True, True, False, False]


def test_bf16_needs_ampere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_claims, "gpus", lambda: [hardware.Gpu("Old", 1, 1, 6.1)])
    found = holds(memory_claims.bf16_everywhere(CALL))
    assert found["Tesla T4"] is found["here: Old"] is False
    assert found["A100"] is True


def test_only_gpt2_has_the_classic_mlp() -> None:
    assert holds(shape_claims.classic_mlp(CALL)) == {"GPT-2 small": True} | dict.fromkeys(TIERS, False)


def test_reductions_as_a_model_of_that_depth_makes_them() -> None:
    class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
        """Counts softmaxes, and the means of squares that RMSNorm takes."""

        seen = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.seen += func in (torch.ops.aten._softmax.default, torch.ops.aten.mean.dim)
            return func(*args, **(kwargs or {}))

    for name, case in zip(TIERS, shape_claims.reductions(CALL)["cases"], strict=True):
        model = tiny_llama.model(num_hidden_layers=TIERS[name].architecture.layers).eval()
        with torch.no_grad(), Counter() as counter:  # type: ignore[no-untyped-call]
            model(torch.ones(1, 1, dtype=torch.long), use_cache=False).logits.softmax(-1)
        assert case["value"].endswith(f"= {counter.seen}")
    assert "= 86" in shape_claims.reductions(CALL)["cases"][2]["value"]


def test_threads_are_measured_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    # All cores take a fixed time to wake up; one core takes its time from the size.
    monkeypatch.setattr(shape_claims, "physical_cores", lambda: 2)
    monkeypatch.setattr(shape_claims, "_seconds", lambda size, threads: size**3 if threads == 1 else 300**3)
    answer = shape_claims.worth_parallel(CALL)
    torch.set_num_threads(before)
    assert answer["from_size"] == "512"
    assert all(holds(answer).values())
    monkeypatch.setattr(shape_claims, "_seconds", lambda size, threads: 1.0)
    answer = shape_claims.worth_parallel(CALL)
    torch.set_num_threads(before)
    assert answer["from_size"] == "none"
    assert holds(answer) == {f"{size} × {size}": size < 512 for size in shape_claims.SIZES}


def test_a_measurement_is_a_time() -> None:
    threads = torch.get_num_threads()
    assert shape_claims._seconds(32, 1) > 0
    torch.set_num_threads(threads)


def test_measuring_stops_when_nobody_waits() -> None:
    with pytest.raises(Cancelled):
        shape_claims.worth_parallel(Call(lambda _part: None, lambda: True))
