"""Where a model, an adapter or a file of ours comes from, read from the manifests and runs that made it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.engine import store
from tutor.engine.tiers import TIERS
from tutor.files import read_json


@dataclass(frozen=True)
class Provenance:
    """What is recorded. Whatever is not, is None or empty; nothing is guessed."""

    name: str
    base: str | None = None
    """The name of the model it was made of."""
    base_source: str | None = None
    """Where that came from: `hf://ORG/NAME`, a path, a package."""
    license: str | None = None
    """The base's, which what is made of it inherits."""
    run: Path | None = None
    """The run that trained it, where it still exists."""
    datasets: tuple[str, ...] = ()


def provenance(directory: Path) -> Provenance:
    """What is known of the model or adapter in `directory`."""
    path = directory / store.MANIFEST
    manifest = read_json(path) if path.is_file() else {}
    run = _run_of(directory, manifest)
    base = _base_of(manifest)
    data = _datasets(run, manifest)
    if base is None:
        return Provenance(
            str(manifest.get("model", directory.name)), license=_license(manifest), run=run, datasets=data
        )
    name = str(manifest.get("model") or f"{base.get('name')} adapter")
    return Provenance(name, base.get("name"), base.get("source"), _license(base) or _license(manifest), run, data)


def _base_of(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """The base as its own manifest describes it; runs record only where it lay."""
    base = manifest.get("base")
    if isinstance(base, str):
        path = Path(base)
        found = read_json(path / store.MANIFEST) if (path / store.MANIFEST).is_file() else {}
        return found | {"name": str(found.get("model", path.name))}
    return base if isinstance(base, dict) else None


def _license(facts: dict[str, Any]) -> str | None:
    """What a manifest says; that of a tier's model is known where its import says none."""
    names = {tier.model: tier.license for tier in TIERS.values()}
    return facts.get("license") or names.get(str(facts.get("model") or facts.get("name")))


def _run_of(directory: Path, manifest: dict[str, Any]) -> Path | None:
    above = [directory, *directory.parents[:2]]
    recorded = manifest.get("run") or {}
    places = [Path(recorded["path"])] if "path" in recorded else []
    return next((path for path in (*above, *places) if (path / "run.toml").is_file()), None)


def _datasets(run: Path | None, manifest: dict[str, Any]) -> tuple[str, ...]:
    if run is None:
        return tuple((manifest.get("run") or {}).get("datasets", ()))
    config = tomllib.loads((run / "run.toml").read_text()).get("config", {})
    return tuple(str(config[name]) for name in ("dataset", "data") if config.get(name))
