"""How much memory a model takes to run or to train, from its `config.json` alone, before anything is loaded.

With h hidden, f intermediate and k the width of keys, L layers, V rows of the embedding, P parameters of which Q are
weights of the blocks' linear layers, A parameters of the adapter, w bytes per number (2, or 4 in fp32), and
T = batch x seq tokens per step:

    weights       P w;  for QLoRA  Q (1/2 + absmax) + (P - Q) w
                  absmax = 4/64, or 1/64 + 4/(64 256) with double quantization (QLoRA, arXiv:2305.14314, section 3)
    adapter       4 A               in fp32; A = sum of r (in + out), for DoRA + out, over the adapted matrices
    gradients     4 A;  P w for full fine-tuning
    optimizer     8 A;  for full fine-tuning 8 P in fp32, 12 P in 16 bits (with the fp32 master copy)
                  with states of 8 bits 2 + 8/256 a number, in tensors of at least 4096 (bitsandbytes)
    activations   L T block, what the backward pass needs of each block:
                    8 h                  both norms work on fp32 copies
                    2 w (q + k)          queries, keys, values and the attention's output, where q is heads x head_dim
                    3 w f                gate, up and the activated gate
                    5 in                 for each adapted matrix, its fp32 input and the dropout mask, and 4 r behind A
                    8 out                for each matrix with DoRA, its result without and with the adapter in fp32
                    w (4 h + f)          for full fine-tuning, the inputs of the matrices and the norms' outputs
                    heads seq (4 + w)    where attention is written out (eager): its weights in fp32 and in w bytes,
                    2 w (q - k)          and keys and values once for every query head
                  with checkpointing one block of that, and L T h w for the inputs of all blocks;
                  at inference (8 f + 16 h) w/2 per token, once
    logits        14 V S            S tokens whose logits reach the loss at once: 16-bit logits and their gradient, the
                  fp32 copy, its softmax and gradient. In fp32 16 V S; at inference (w + 4) V per sequence
    cache         2 k L T w         keys and values, at inference only
                  and for each matrix with DoRA its weights in fp32, 4 in out
    workspace     h f w             one dequantized matrix, for QLoRA
    allocator     a third of activations and logits on a CPU, a tenth on a GPU: what fragmentation and short-lived
                  tensors were measured to add
    runtime       the interpreter with its libraries; on a GPU the CUDA context

Against the peak resident memory of the embedded model on a CPU (`python -m bench.memory`: 512 and 1024 tokens a step,
attention written out and fused, all layers adapted, DoRA, checkpointing, fp32, states of 8 bits) the total was between
10 % too low and 2 % too high. The constants of a GPU are published ones, not measured here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

from tutor.engine import hardware
from tutor.engine.architecture import ATTENTION_TARGETS, Architecture, layers_named

Mode = Literal["inference", "lora", "qlora", "full"]
MODES: tuple[Mode, ...] = ("inference", "lora", "qlora", "full")


@dataclass(frozen=True)
class Place:
    """What differs between computing on a CPU and on a GPU."""

    name: str
    runtime: int
    """Bytes that are gone before a model is loaded: torch, transformers and peft imported; a CUDA context."""
    allocator: float
    """Bytes lost to the allocator for each byte of activations and logits."""


CPU = Place("memory", 510_000_000, 1 / 3)
GPU = Place("GPU", 600_000_000, 1 / 10)

DTYPE_BYTES = {"bfloat16": 2, "float16": 2, "float32": 4}


@dataclass(frozen=True)
class MemoryPlan:
    """Predicted peak memory by component, in bytes."""

    weights: int
    adapter: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    cache: int
    workspace: int
    allocator: int
    runtime: int

    @property
    def total(self) -> int:
        """All components together."""
        return sum(size for _, size in self.rows())

    def rows(self) -> list[tuple[str, int]]:
        """`(component, bytes)` in the order of the formulas."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


def plan_memory(
    architecture: Architecture,
    mode: Mode,
    *,
    batch: int = 1,
    seq: int = 2048,
    rank: int = 8,
    targets: Sequence[str] = ATTENTION_TARGETS,
    dtype: str = "bfloat16",
    supervised_fraction: float = 1.0,
    dropout: float = 0.05,
    checkpointing: bool = False,
    double_quant: bool = True,
    dora: bool = False,
    optimizer: str = "adamw",
    attention: str = "sdpa",
    place: Place = CPU,
) -> MemoryPlan:
    """Peak memory of one step with `batch` sequences of `seq` tokens each. The module's docstring has the formulas.

    Args:
        dtype: of weights and activations: `bfloat16`, `float16` or `float32`.
        supervised_fraction: tokens whose logits are computed, of all; the rest never reach the output matrix.
        checkpointing: keep only each block's input, and compute the rest again in the backward pass.
        optimizer: of an adapter; a kind of `tutor.engine.optimizers`.
        attention: `sdpa` (fused), or `eager` (written out), which keeps the weights of every pair of tokens.
    """
    width, tokens = DTYPE_BYTES[dtype], batch * seq
    parameters = architecture.parameters().total
    adapted = layers_named(targets) if mode in ("lora", "qlora") else []
    adapter = lora_parameters(architecture, rank, adapted, dora)
    full, training = mode == "full", mode != "inference"
    if training:
        shapes = [architecture.linear_shapes()[target] for target in adapted]
        adapters = sum((4 + (dropout > 0)) * inputs + 4 * rank + 8 * dora * outputs for inputs, outputs in shapes)
        block = _block(architecture, width, adapters) + (attention == "eager") * _scores(architecture, width, seq)
        block += full * width * (4 * architecture.hidden + architecture.intermediate)
        activations = tokens * _all_blocks(architecture, block, width, checkpointing)
        whole = 4 * dora * sum(inputs * outputs for inputs, outputs in shapes)
        activations += whole * (1 if checkpointing else architecture.layers)
        logits = round((14 if width == 2 else 16) * architecture.vocab * tokens * supervised_fraction)
    else:
        activations = tokens * (8 * architecture.intermediate + 16 * architecture.hidden) * width // 2
        logits = (width + 4) * architecture.vocab * batch
    return MemoryPlan(
        weights=nf4_bytes(architecture, dtype, double_quant) if mode == "qlora" else parameters * width,
        adapter=4 * adapter,
        gradients=parameters * width if full else 4 * adapter,
        optimizer=parameters * (8 if width == 4 else 12)
        if full
        else adapter_states(architecture, rank, adapted, dora, optimizer),
        activations=activations,
        logits=logits,
        cache=0 if training else kv_bytes_per_token(architecture, dtype) * tokens,
        workspace=architecture.hidden * architecture.intermediate * width if mode == "qlora" else 0,
        allocator=round(place.allocator * (activations + logits)),
        runtime=place.runtime,
    )


def _block(architecture: Architecture, width: int, adapters: int) -> int:
    """Bytes per token that one block keeps for the backward pass, of which its adapters keep `adapters`."""
    attention = 2 * width * (architecture.q_width + architecture.kv_width)
    return 8 * architecture.hidden + attention + 3 * width * architecture.intermediate + adapters


def _scores(architecture: Architecture, width: int, seq: int) -> int:
    """Bytes per token that a block keeps besides where attention is written out."""
    copies = width * 2 * (architecture.q_width - architecture.kv_width)
    return architecture.heads * seq * (4 + width % 4) + copies


def _all_blocks(architecture: Architecture, block: int, width: int, checkpointing: bool) -> int:
    """Bytes per token that all blocks keep."""
    if not checkpointing:
        return architecture.layers * block
    return block + architecture.layers * architecture.hidden * width


def lora_parameters(
    architecture: Architecture, rank: int, targets: Sequence[str] = ATTENTION_TARGETS, dora: bool = False
) -> int:
    """Trainable parameters of a LoRA adapter: r (inputs + outputs) for each adapted matrix (arXiv:2106.09685).

    DoRA learns the length of every output's weights too (arXiv:2402.09353).
    """
    return architecture.layers * sum(_tensors(architecture, rank, targets, dora))


def adapter_states(architecture: Architecture, rank: int, targets: Sequence[str], dora: bool, optimizer: str) -> int:
    """Bytes of an optimizer's two moments for an adapter; small tensors stay in fp32 whatever the optimizer."""
    sizes = _tensors(architecture, rank, targets, dora)
    if optimizer != "adamw8bit":
        return 8 * architecture.layers * sum(sizes)
    # Two bytes a number, and two fp32 scales for every 256 of them.
    return architecture.layers * sum(
        2 * size + 8 * math.ceil(size / 256) if size >= 4096 else 8 * size for size in sizes
    )


def _tensors(architecture: Architecture, rank: int, targets: Sequence[str], dora: bool) -> list[int]:
    """Numbers in each tensor of one block's adapters."""
    shapes = [architecture.linear_shapes()[layer] for layer in layers_named(targets)]
    return [size for inputs, outputs in shapes for size in (rank * inputs, rank * outputs, dora * outputs)]


def nf4_bytes(architecture: Architecture, dtype: str = "bfloat16", double_quant: bool = True) -> int:
    """Bytes of the weights with the blocks' linear layers in 4-bit NormalFloat and everything else in `dtype`."""
    quantized = architecture.linear_weights()
    # Per block of 64 weights one scale: fp32, or 8 bits with an fp32 scale for every 256 of them.
    scale = 1 / 64 + 4 / (64 * 256) if double_quant else 4 / 64
    return round(quantized * (0.5 + scale)) + (architecture.parameters().total - quantized) * DTYPE_BYTES[dtype]


def kv_bytes_per_token(architecture: Architecture, dtype: str = "bfloat16") -> int:
    """Bytes that the keys and values of one token take in all layers."""
    return 2 * architecture.kv_width * architecture.layers * DTYPE_BYTES[dtype]


@dataclass(frozen=True)
class Capability:
    """Whether this machine can do something with a model."""

    needed: int
    """Bytes."""
    fits: bool


@dataclass(frozen=True)
class Budget:
    """The memory that models can have on this machine."""

    place: Place
    size: int
    """Bytes."""
    dtype: str


USABLE = 0.9
"""The part of the free memory that a plan may fill: the planner errs by a tenth either way."""


def budget() -> Budget:
    """The largest GPU's free memory, or main memory where there is no GPU, with the precision that suits it."""
    found = hardware.gpus()
    if found:
        gpu = max(found, key=lambda gpu: gpu.free)
        return Budget(GPU, gpu.free, hardware.dtype_of_gpu(gpu.capability))
    return Budget(CPU, hardware.available_memory(), "bfloat16" if hardware.cpu_bf16_feature() else "float32")


def capabilities(architecture: Architecture, given: Budget | None = None) -> dict[Mode, Capability]:
    """What can be done with a model here, in the least that is useful.

    Inference with a context of 2048 tokens; training on one sequence of 512 tokens at a time with checkpointing, with
    adapters of rank 8 on the attention's four matrices.
    """
    have = given or budget()
    found: dict[Mode, Capability] = {}
    for mode in MODES:
        seq = 2048 if mode == "inference" else 512
        plan = plan_memory(architecture, mode, seq=seq, dtype=have.dtype, checkpointing=True, place=have.place)
        found[mode] = Capability(plan.total, plan.total <= USABLE * have.size)
    return found
