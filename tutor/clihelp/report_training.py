"""What `report.md` of lab-lora-cli-help says of the training itself: rows, learning rate, layers."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.clihelp.lora_found import LoraFound
from tutor.engine.lr_finder import bars, suggested
from tutor.engine.merge import Change
from tutor.markdown import table

LAYERS_SHOWN = 5


def training_parts(lr: float, found: LoraFound) -> list[str]:
    """A row as the model read it, and the search for a learning rate where there was one."""
    return [*_seen(found), *_sweep(lr, found)]


def _seen(found: LoraFound) -> list[str]:
    pieces = found.rows["first"]
    text = "".join(f"[[{piece}]]" if seen else piece for piece, seen in pieces)
    masks = [row["mask"] for row in found.rows["trained"]]
    supervised, tokens = (sum(mask[name] for mask in masks) for name in ("supervised", "tokens"))
    return [
        "## What the loss saw",
        "The first training row as the model read it. The loss looked at what is between `[[` and `]]` only; of all "
        f"{len(masks)} rows that is {supervised / tokens:.0%} of {tokens:,} tokens.",
        f"````\n{text}\n````",
    ]


def _sweep(lr: float, found: LoraFound) -> list[str]:
    if not found.sweep:
        return []
    rows = [(f"{rate:.1e}", f"{loss:.3f}", f"`{bar}`") for rate, loss, bar in bars(found.sweep)]
    return [
        "## Looking for a learning rate",
        "A fresh adapter was trained for a few steps, each with a larger learning rate, and thrown away. The suggestion"
        f" is a tenth of the rate at which the smoothed loss was lowest: **{suggested(found.sweep):g}**. This run "
        f"trained with {lr:g}. The picture is `lr_finder.png`.",
        table(("learning rate", "loss, smoothed", ""), rows),
    ]


def changed_layers(changes: Sequence[Change]) -> list[str]:
    """ΔW of the layers that moved most, then of all by block and kind."""
    most = [(change.layer, f"{change.delta:.3f}", f"{change.relative:.2%}") for change in changes[:LAYERS_SHOWN]]
    share = {_place(change): f"{change.relative:.2%}" for change in changes}
    kinds = list(dict.fromkeys(kind for _, kind in sorted(share)))
    blocks = sorted({block for block, _ in share})
    rows = [(block, *(share.get((block, kind), "") for kind in kinds)) for block in blocks]
    return [
        "## Where it changed most",
        f"Of {len(changes)} adapted layers, these moved furthest for their size:",
        table(("layer", "norm of ΔW", "share of the weight's"), most),
        "All of them, by block:",
        table(("block", *kinds), rows),
    ]


def _place(change: Change) -> tuple[int, str]:
    """Block and kind of `model.layers.3.self_attn.q_proj`."""
    parts = change.layer.split(".")
    return int(parts[2]), parts[-1]
