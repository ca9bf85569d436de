"""`corpus.toml`: every threshold of the pipeline, typed; the file in `assets/` is the documentation."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import UsageError, nearest


@dataclass(frozen=True)
class Extract:
    """What is read at all."""

    tests: bool
    max_file_bytes: int
    max_per_source: int
    tokenizer: str


@dataclass(frozen=True)
class Gates:
    """Thresholds of the seven gates."""

    min_score: float
    max_line: int
    delimiters: bool
    code_fences: bool
    control_chars: bool
    min_tokens: int
    max_tokens: int
    min_ratio: float
    max_ratio: float


@dataclass(frozen=True)
class Screens:
    """Which checks of a record's meaning it must survive."""

    off: list[str]


@dataclass(frozen=True)
class Dedup:
    """Near-duplicates: Jaccard similarity of the documentation's word triples."""

    threshold: float
    permutations: int


@dataclass(frozen=True)
class Balance:
    """The selection of records."""

    enabled: bool
    max_records: int
    source_share: float
    shares: dict[str, list[float]]
    """Category → lowest, wanted and highest share of the corpus."""


@dataclass(frozen=True)
class Split:
    """Shares of the three splits."""

    train: float
    validation: float
    test: float


@dataclass(frozen=True)
class Review:
    """When a human review counts."""

    min_rows: int
    min_approval: float


@dataclass(frozen=True)
class Config:
    """All of `corpus.toml`."""

    seed: int
    sources: list[str]
    licences: list[str]
    extract: Extract
    gates: Gates
    screens: Screens
    dedup: Dedup
    balance: Balance
    split: Split
    review: Review

    @cached_property
    def sha256(self) -> str:
        """Of everything that decides which records there are; not of `sources`, which the lock names exactly."""
        decisive = {name: value for name, value in asdict(self).items() if name != "sources"}
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


_TABLES = {
    "extract": Extract,
    "gates": Gates,
    "screens": Screens,
    "dedup": Dedup,
    "balance": Balance,
    "split": Split,
    "review": Review,
}


def default_file() -> Path:
    """The `corpus.toml` that ships with the program."""
    return paths.assets_dir() / "corpus" / "corpus.toml"


def load(path: Path | None = None) -> Config:
    """The defaults, overlaid with what `path` says.

    Raises:
        UsageError: no such file, no TOML, an unknown name or a value of another type.
    """
    values = _read(default_file())
    if path is not None:
        _overlay(values, _read(path), path, "")
    return from_dict(values)


def from_dict(values: dict[str, Any]) -> Config:
    """A configuration out of the shape of `corpus.toml`."""
    tables = {name: kind(**values[name]) for name, kind in _TABLES.items()}
    return Config(**{**values, **tables})


def to_dict(config: Config) -> dict[str, Any]:
    """The shape of `corpus.toml`."""
    return {field.name: asdict(config)[field.name] for field in fields(config)}


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with several values (`{"gates.max_line": 80}`) replaced; raises as `overridden`."""
    for path, value in values.items():
        config = overridden(config, path, value)
    return config


def overridden(config: Config, path: str, value: Any) -> Config:
    """`config` with one value (`gates.max_line`) replaced.

    Raises:
        UsageError: there is no such value, or its type is another.
    """
    values = to_dict(config)
    change: dict[str, Any] = {}
    *tables, name = path.split(".")
    inside = change
    for table in tables:
        inside = inside.setdefault(table, {})
    inside[name] = value
    _overlay(values, change, Path("--set"), "")
    return from_dict(values)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", "Name an existing corpus.toml.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}.", "Mend it and try again.") from None


def _overlay(values: dict[str, Any], change: dict[str, Any], path: Path, prefix: str) -> None:
    for name, value in change.items():
        if name not in values:
            raise UsageError(f"{path} sets {prefix}{name}, which does not exist.", nearest(name, values))
        old = values[name]
        if isinstance(old, dict) and isinstance(value, dict):
            _overlay(old, value, path, f"{prefix}{name}.")
        elif isinstance(old, float) and type(value) is int:
            values[name] = float(value)
        elif type(value) is type(old):
            values[name] = value
        else:
            raise UsageError(
                f"{path} gives {prefix}{name} a {type(value).__name__}; it is a {type(old).__name__}.",
                f"The default is {old!r}.",
            )
