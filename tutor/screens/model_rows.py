"""The models that can be chosen, those that could be imported, and what each can be used for on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from textual.content import Content

from tutor.engine.architecture import Architecture
from tutor.engine.memory import DTYPE_BYTES, Budget, Capability, Mode, capabilities
from tutor.engine.store import MANIFEST, StoredModel, list_models
from tutor.engine.tiers import TIERS, Tier
from tutor.errors import TutorError
from tutor.runs.store import RunDir, all_runs
from tutor.text import clean_text, human_bytes
from tutor.widgets.glyphs import padded

USES: Mapping[Mode, str] = {"inference": "infer", "lora": "LoRA", "qlora": "QLoRA", "full": "full"}
"""What can be done with a model, and the head of its column."""

TEXT, SIZE, USE = 38, 8, 7
"""Cells of the columns: name and model together, bytes, and each use."""
LONGEST_NAME = 20
"""Cells of a name that has the model's own name beside it."""


@dataclass(frozen=True)
class Choice:
    """One row of the picker."""

    name: str
    """What the picker returns."""
    model: str
    """What it is."""
    size: int | None = None
    """Bytes on disk; None where there is nothing to say."""
    architecture: Architecture | None = None
    missing: str = ""
    """How to get a model that is not here; '' for one that can be chosen."""


def choices(*, runs: bool, trainable: bool) -> list[Choice]:
    """Models of the store, with `runs` those that runs have made, then the tiers that are not here.

    With `trainable`, only those that have safetensors: torch reads no GGUF file.
    """
    stored = list_models()
    here = [_of_store(model) for model in stored]
    missing = [tier for tier in TIERS.values() if tier.name not in {model.name for model in stored}]
    embedded = [_embedded(tier) for tier in missing if tier.hub_id is None]
    made = [choice for run in all_runs() if (choice := _of_run(run, trainable=trainable))] if runs else []
    return [*embedded, *here, *made, *(_elsewhere(tier) for tier in missing if tier.hub_id)]


def _of_store(model: StoredModel) -> Choice:
    return Choice(model.name, str(model.manifest["model"]), model.size_bytes, _shape(model.directory))


def _embedded(tier: Tier) -> Choice:
    return Choice(tier.name, "embedded, unpacked when chosen", architecture=tier.architecture)


def _elsewhere(tier: Tier) -> Choice:
    size = tier.architecture.parameters().total * DTYPE_BYTES["bfloat16"]
    return Choice(tier.name, tier.model, size, tier.architecture, f"tutor import {tier.name}")


def _of_run(run: RunDir, *, trainable: bool) -> Choice | None:
    merged = run.path / "merged"
    has_merged = (merged / MANIFEST).is_file()
    if not has_merged and (trainable or not (run.path / "gguf").is_dir()):
        return None
    size = StoredModel(merged).size_bytes if has_merged else None
    return Choice(run.id, "", size, _shape(merged) if has_merged else None)


def _shape(directory: Path) -> Architecture | None:
    try:
        return Architecture.read(directory)
    except TutorError:
        return None


def head() -> Content:
    """The names of the columns."""
    uses = "".join(use.rjust(USE) for use in USES.values())
    return Content.styled(" " * TEXT + "size".rjust(SIZE) + uses, "$muted")


def name_width(found: Sequence[Choice]) -> int:
    """Cells that the names of all rows need."""
    return min(LONGEST_NAME, max((cell_len(choice.name) for choice in found if choice.model), default=0))


def line(choice: Choice, names: int, machine: Budget | None) -> Content:
    """A choice as a row under `head`, with a second line where something has to be done first.

    Args: names: cells for the name. A run's name is long, and all there is to say: it has all the room.
    """
    model = clean_text(choice.model)
    if model and choice.name:
        text = Content.assemble((padded(choice.name, names) + "  ", "$foreground"), (model, "$muted"))
    else:
        text = Content.styled(choice.name or model, "$foreground")
    if choice.size is None and choice.architecture is None:
        return text
    size = human_bytes(choice.size).rjust(SIZE) if choice.size else " " * SIZE
    row = text[:TEXT].pad_right(max(0, TEXT - text.cell_length)) + Content.styled(size, "$foreground")
    for use in uses(choice, machine).values():
        row += Content.styled(("✓" if use.fits else "✗").rjust(USE), "$trainable" if use.fits else "$problem")
    if choice.missing:
        row += Content.styled(
            f"\n{' ' * (names + 2)}not here yet; download it outside the app: {choice.missing}", "$muted"
        )
    return row


def uses(choice: Choice, machine: Budget | None) -> dict[Mode, Capability]:
    """What the choice can be used for; nothing while the machine is not known, or for a shape that is not."""
    if choice.architecture is None or machine is None:
        return {}
    return capabilities(choice.architecture, machine)


def needs(choice: Choice, machine: Budget | None) -> Content:
    """What each use takes at least, beside what there is."""
    found = uses(choice, machine)
    if not found or machine is None:
        return Content()
    parts = [
        Content.assemble((f"{USES[mode]} ", "$muted"), (human_bytes(use.needed), "" if use.fits else "$problem"))
        for mode, use in found.items()
    ]
    return Content("  ").join(parts) + Content.styled(f"  of {human_bytes(machine.size)} free", "$muted")
