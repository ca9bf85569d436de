"""The desk's numbers about LoRA, against NumPy, closed forms and published counts."""

from __future__ import annotations

import numpy as np
import pytest

from tutor.engine.desk import lora_budget, lora_claims, lora_steps, rank_tricks
from tutor.engine.protocol import Call

CALL = Call(lambda _part: None, lambda: False)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("alpha", [1.0, 4.0])
def test_a_small_adapter_learns_the_best_difference_of_its_rank(rank: int, alpha: float) -> None:
    found = lora_steps.learn(CALL, rank, alpha)
    wanted = np.array(found["wanted"])
    sizes = np.linalg.svd(wanted, compute_uv=False)
    assert sizes[:3] == pytest.approx(lora_steps.SIZES, abs=1e-5)
    assert found["best"] == pytest.approx(float(np.sqrt((sizes[rank:] ** 2).sum())), abs=1e-5)
    for frame in found["frames"]:
        delta = alpha / rank * np.array(frame["b"]) @ np.array(frame["a"])
        assert np.array(frame["delta"]) == pytest.approx(delta, abs=1e-4)
        assert frame["error"] == pytest.approx(float(np.linalg.norm(wanted - delta)), abs=1e-3)
        assert frame["error"] >= found["best"] - 1e-6
    first, last = found["frames"][0], found["frames"][-1]
    assert not np.any(first["b"])
    assert np.any(first["a"])
    assert first["error"] == pytest.approx(found["size"])
    assert last["error"] < found["best"] + 0.05


def test_one_cell() -> None:
    found = lora_steps.cell(CALL, b=[0.5, -0.2], a=[0.4, 0.5], alpha=4.0)
    assert found["value"] == pytest.approx(4 / 2 * (0.5 * 0.4 - 0.2 * 0.5))


def test_what_a_budget_buys() -> None:
    found = lora_budget.afford(CALL, "small", "attention", 3_000_000)
    assert found["rank"] == 11  # 2,179,072 at rank 8
    assert found["spent"] == 2_179_072 * 11 // 8 <= 3_000_000 < found["spent"] + found["per_rank"]


def test_queries_and_keys_cost() -> None:
    found = lora_budget.spend(CALL, "small", rank=8)
    assert found["q_per_k"] == pytest.approx((1536 + 1536) / (1536 + 256))
    assert found["state"] == 12 * 2_179_072
    assert found["adapted"] == 28 * (2 * 1536 * 1536 + 2 * 1536 * 256)


def test_sixty_five_thousand_is_one_matrix() -> None:
    found = lora_claims.rank_eight(CALL)
    assert [case["holds"] for case in found["cases"]] == [True] + [False] * 5
    assert found["medium"] == 5_046_272
    assert all(case["holds"] is False for case in lora_claims.rank_eight(CALL, claimed=1)["cases"])


def test_two_thirds_in_mlps_depends_on_the_model() -> None:
    held = {case["name"]: case["holds"] for case in lora_claims.where(CALL)["cases"]}
    assert held == {"nano": False, "tiny": True, "small": False, "medium": False, "large": False}  # 59 64 75 75 83 %


def test_the_order_of_the_product() -> None:
    cases = {case["name"]: case for case in lora_claims.product_order(CALL)["cases"]}
    assert not cases["q_proj"]["holds"]
    assert "A·B [8, 8]" in cases["q_proj"]["value"]
    assert "B·A [1536, 1536]" in cases["q_proj"]["value"]
    assert "A·B does not fit, B·A [256, 1536]" in cases["k_proj"]["value"]
    assert cases["q_proj, row vectors"]["holds"]


def test_a_rank_holds_more_facts_than_its_number() -> None:
    found = rank_tricks.one_each(CALL)
    counts = [found["recalled"][rank] for rank in ("4", "8", "16")]
    assert 1 < counts[0] < counts[1] < counts[2] <= found["facts"]
    assert not any(case["holds"] for case in found["cases"])


def test_without_its_rank_a_merge_is_that_many_times_too_strong() -> None:
    cases = lora_claims.merge_scale(CALL)["cases"]
    factors = {case["name"]: float(case["value"].split()[2]) for case in cases}
    assert factors == {"rank 1": 1, "rank 4": 4, "rank 8": 8, "rank 16": 16}
    assert [case["name"] for case in cases if case["holds"]] == ["rank 1"]
