"""What a run of lab-lora-cli-help left behind, read again and measured afresh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.clihelp.measured import Measured
from tutor.clihelp.rows import ROWS, unsound
from tutor.engine.lr_finder import SWEEP, Point, read_sweep
from tutor.engine.merge import Change
from tutor.engine.parity import COPIES
from tutor.files import read_json


@dataclass(frozen=True)
class LoraFound:
    """A run's directory."""

    directory: Path

    @cached_property
    def measured(self) -> Measured:
        """Losses and answers of both models, scored."""
        return Measured.read(self.directory)

    @cached_property
    def rows(self) -> dict[str, Any]:
        """What was trained on and asked."""
        return read_json(self.directory / ROWS)

    @property
    def unsound(self) -> int:
        """Training rows with something wrong."""
        return unsound(self.rows)

    @cached_property
    def copies(self) -> dict[str, Any]:
        """What `tutor.stages.copies` measured."""
        return read_json(self.directory / COPIES)

    @property
    def changes(self) -> list[Change]:
        """How far each layer moved, those that moved most (as a share of their weights) first."""
        changes = [Change(**each) for each in self.copies["changes"]]
        return sorted(changes, key=lambda change: -change.relative)

    @cached_property
    def adapter(self) -> dict[str, Any]:
        """PEFT's `adapter_config.json`."""
        return read_json(self.directory / "adapter" / "adapter_config.json")

    @cached_property
    def sweep(self) -> list[Point]:
        """The search for a learning rate; empty where there was none."""
        path = self.directory / SWEEP
        return read_sweep(path) if path.is_file() else []
