"""Values of number formats, against torch, bitsandbytes and published tables; rounding to them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tutor.engine import number_formats, rounding
from tutor.engine.number_formats import FLOATS, LEVELS

DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}
PUBLISHED = (
    -1, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.09105004, 0,
    0.0795803, 0.1609302, 0.2461123, 0.3379152, 0.4407098, 0.562617, 0.7229568, 1,
)  # fmt: skip
"""The values of NF4, QLoRA paper, appendix E."""


def test_nf4_are_quantiles() -> None:
    assert LEVELS["NF4"] == pytest.approx(PUBLISHED, abs=1e-6)


@pytest.mark.parametrize("name", ["NF4", "FP4"])
def test_levels_are_those_of_bitsandbytes(name: str) -> None:
    from bitsandbytes.functional import get_4bit_type

    theirs = sorted({float(value) + 0.0 for value in get_4bit_type(name.lower(), device="cpu")})
    assert LEVELS[name] == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("name", ["NF4", "FP4"])
def test_rounding_is_that_of_bitsandbytes(name: str) -> None:
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    torch.manual_seed(0)
    weight = torch.randn(48, 128)
    packed, state = quantize_4bit(weight, blocksize=rounding.BLOCK, quant_type=name.lower())
    theirs = dequantize_4bit(packed, state)
    ours = rounding.rounded(weight, name)
    # A number half way between two may go either way.
    assert (ours - theirs).abs().max() < 1e-5
    assert rounding.relative_error(weight, ours) > 0.05


@pytest.mark.parametrize("name", FLOATS)
def test_16_bit_codes(name: str) -> None:
    values = torch.cat((torch.linspace(-2, 2, 997), torch.tensor([0.2385, 1e-6, 3e-8, 0.0])))
    for value, wanted in zip(values.tolist(), values.to(DTYPES[name]).tolist(), strict=True):
        assert number_formats.nearest(name, value, 1.0) == wanted
        code = number_formats.float_code(name, value)
        assert number_formats.code_value(name, code + 1) > wanted > number_formats.code_value(name, code - 1)
    assert number_formats.count_between(name, 0.25, 0.5, 1.0) == {"fp16": 1025, "bf16": 129}[name]


@pytest.mark.parametrize("name", [*FLOATS, *LEVELS])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.2, 0.26), (-0.31, -0.3)])
def test_codes_between(name: str, low: float, high: float) -> None:
    found = number_formats.codes_between(name, low, high, 0.8)
    assert len(found) == number_formats.count_between(name, low, high, 0.8)
    assert found == sorted(set(found))
    assert all(low <= value <= high for value in found)
    assert all(number_formats.nearest(name, value, 0.8) == value for value in found)


@pytest.mark.parametrize(
    ("name", "most", "wanted"),
    [
        ("fp16", 1, 0.238525390625), ("bf16", 1, 0.23828125), ("int8", 1, 0.23622), ("int4", 1, 0.28571),
        ("NF4", 1, 0.24611), ("NF4", 0.5, 0.22035), ("NF4", 0.2385, 0.2385), ("FP4", 1, 0.25),
    ],
)  # fmt: skip
def test_the_weight_of_the_lesson(name: str, most: float, wanted: float) -> None:
    assert number_formats.nearest(name, 0.2385, most) == pytest.approx(wanted, abs=6e-6)


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("group", rounding.GROUPS)
def test_every_weight_gets_the_nearest_value_of_its_group(name: str, group: str) -> None:
    weight = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    flat = weight.reshape(-1)
    sizes = {"tensor": 200, "row": 40, "block": 64}
    wanted = np.concatenate([
        np.array([number_formats.nearest(name, float(v), float(np.abs(part).max())) for v in part])
        for part in (flat[start : start + sizes[group]] for start in range(0, 200, sizes[group]))
    ])  # fmt: skip
    ours = rounding.rounded(torch.from_numpy(weight), name, group).numpy().reshape(-1)
    assert ours == pytest.approx(wanted, abs=1e-6)


def test_zeros_stay_zeros() -> None:
    assert not rounding.rounded(torch.zeros(4, 64), "NF4").any()


def test_bits_count_the_scales() -> None:
    assert rounding.bits_per_weight("NF4", (576, 576)) == 4.5
    assert rounding.bits_per_weight("int8", (4, 64), "row") == 8.5
    assert rounding.bits_per_weight("int4", (4, 64), "tensor") == 4 + 32 / 256
    assert rounding.bits_per_weight("bf16", (4, 64)) == 16
