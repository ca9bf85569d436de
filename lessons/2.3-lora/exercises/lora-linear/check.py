"""The layer is trained a little; what it computes is worked out from its matrices with einsum."""

from typing import Any

import torch
from torch import Tensor, nn

from tutor.course.exercises.expect import close, expect, same, shaped

IN, OUT, RANK, ALPHA = 7, 5, 2, 6.0


def _layer(work: Any, seed: int, *, bias: bool = True) -> Any:
    torch.manual_seed(seed)
    return work.LoraLinear(nn.Linear(IN, OUT, bias=bias), RANK, ALPHA)


def _trained(work: Any, seed: int, *, bias: bool = True) -> Any:
    layer = _layer(work, seed, bias=bias)
    with torch.no_grad():
        layer.lora_b.normal_()
    return layer


def _by_hand(layer: Any, x: Tensor) -> Tensor:
    weight = layer.base.weight + ALPHA / RANK * torch.einsum("or,ri->oi", layer.lora_b, layer.lora_a)
    product = torch.einsum("oi,...i->...o", weight, x)
    return product if layer.base.bias is None else product + layer.base.bias


def test_shapes(work: Any, seed: int) -> None:
    """the two matrices have the right shapes"""
    layer = _layer(work, seed)
    shaped(layer.lora_a, (RANK, IN), f"lora_a of a {IN} → {OUT} layer with rank {RANK}")
    shaped(layer.lora_b, (OUT, RANK), f"lora_b of a {IN} → {OUT} layer with rank {RANK}")


def test_starts_at_the_base(work: Any, seed: int) -> None:
    """an untrained adapter changes nothing at all"""
    layer, x = _layer(work, seed), torch.randn(3, IN)
    expect(
        torch.equal(layer(x), layer.base(x)),
        "Before any training the layer should return exactly what its base does: which matrix must start at zero?",
    )
    expect(bool((layer.lora_a != 0).any()), "lora_a starts at zero too: then neither matrix ever gets a gradient.")


def test_what_is_trained(work: Any, seed: int) -> None:
    """only the adapter is trained"""
    layer = _layer(work, seed)
    trained = sorted(name for name, parameter in layer.named_parameters() if parameter.requires_grad)
    same(trained, ["lora_a", "lora_b"], "the list of parameters with requires_grad")


def test_forward(work: Any, seed: int) -> None:
    """forward adds the scaled difference"""
    layer, x = _trained(work, seed), torch.randn(3, IN)
    close(layer(x), _by_hand(layer, x).detach(), f"forward with rank {RANK} and alpha {ALPHA:g}", tolerance=1e-4)


def test_batches(work: Any, seed: int) -> None:
    """a batch of sequences goes through as well"""
    layer, x = _trained(work, seed), torch.randn(2, 4, IN)
    close(layer(x), _by_hand(layer, x).detach(), "forward of [2, 4, in]", tolerance=1e-4)


def test_merged(work: Any, seed: int) -> None:
    """the merged layer computes the same"""
    for bias in (True, False):
        layer, x = _trained(work, seed, bias=bias), torch.randn(3, IN)
        merged = layer.merged()
        expect(type(merged) is nn.Linear, f"merged() should return an nn.Linear; yours is {type(merged).__name__}.")
        same(merged.bias is not None, bias, f"whether the merged layer has a bias, for a base with bias={bias},")
        close(merged(x), _by_hand(layer, x).detach(), f"merged()(x), for a base with bias={bias},", tolerance=1e-4)


def test_merging_leaves_the_layer(work: Any, seed: int) -> None:
    """merging leaves the wrapped layer as it was"""
    layer, x = _trained(work, seed), torch.randn(3, IN)
    weight, output = layer.base.weight.clone(), layer(x).detach()
    layer.merged()
    expect(torch.equal(layer.base.weight, weight), "merged() changed the weight of the base; make a copy.")
    close(layer(x), output, "forward after merged()")


def test_learns(work: Any, seed: int) -> None:
    """a few steps of training lower the loss and leave the base alone"""
    layer, x, target = _layer(work, seed), torch.randn(16, IN), torch.randn(16, OUT)
    frozen = layer.base.weight.clone()
    trained = [parameter for parameter in layer.parameters() if parameter.requires_grad]
    losses = []
    for _ in range(20):
        loss = ((layer(x) - target) ** 2).mean()
        with torch.no_grad():  # by hand: importing torch.optim takes as long as torch itself
            for parameter, slope in zip(trained, torch.autograd.grad(loss, trained), strict=True):
                parameter -= 0.02 * slope
        losses.append(loss.item())
    expect(losses[-1] < losses[0], f"20 steps of training took the loss from {losses[0]:.4f} to {losses[-1]:.4f}.")
    expect(torch.equal(layer.base.weight, frozen), "Training changed the base weight: it is not frozen.")
