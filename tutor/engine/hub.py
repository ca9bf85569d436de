"""Downloading a model from the Hugging Face Hub: safetensors only, pinned to a commit, resumed where it broke off.

The library's own `snapshot_download` throws away a partly downloaded file since its version 2, which for a model of one
file is everything; its `http_get` can go on in the middle of a file, so the files are fetched with that.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from tutor.engine.safetensors_file import no_safetensors
from tutor.errors import TutorError
from tutor.files import sha256

WEIGHT_FILES = ("model.safetensors", "model-*.safetensors", "model.safetensors.index.json")
COMPANIONS = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "LICENSE",
)
"""What belongs to a model besides its weights; anything else that lies beside it is left where it is."""

Progress = Callable[[int, int, str, str], None]
"""Called with `(done, total, unit, label)` as an import goes on; a total of 0 means that it is not known."""

_AGAIN = "What has arrived is kept: type the same command again to go on."


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository."""

    name: str
    size: int
    """Bytes."""
    sha256: str | None
    """Known for large files only."""


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit."""

    repo: str
    """`ORG/NAME`"""
    commit: str
    license: str | None
    files: tuple[RemoteFile, ...]
    """Those that belong to the model."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


def is_companion(name: str) -> bool:
    """Whether a file of this name belongs to a model besides its weights."""
    return name in COMPANIONS


def _belongs(name: str) -> bool:
    return is_companion(name) or any(fnmatch(name, pattern) for pattern in WEIGHT_FILES)


def look_up(repo: str, revision: str | None) -> Snapshot:
    """What `repo` (`ORG/NAME`) holds at `revision`, or at the newest commit of its main branch.

    Raises:
        TutorError: no network, no such repository or revision, no access, or only pickle files.
    """
    from huggingface_hub import HfApi

    with _hub_errors(repo, revision):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True)
    names = [sibling.rfilename for sibling in info.siblings or []]
    files = tuple(
        RemoteFile(sibling.rfilename, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)
        for sibling in info.siblings or []
        if _belongs(sibling.rfilename)
    )
    if not any(file.name.endswith(".safetensors") for file in files):
        raise no_safetensors(f"hf://{repo}", names)
    card: Any = info.card_data
    return Snapshot(repo, str(info.sha), card.get("license") if card else None, files)


def download(snapshot: Snapshot, directory: Path, progress: Progress) -> None:
    """Bring all files of `snapshot` into `directory`, going on where an earlier call broke off.

    Raises:
        TutorError: the network failed, or a file arrived damaged.
        OSError: the disk is full.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory, snapshot.repo):
        done = 0
        for file in snapshot.files:
            _download_file(snapshot, file, directory, partial(_report, progress, snapshot, done))
            done += file.size


@contextmanager
def _alone(directory: Path, repo: str) -> Iterator[None]:
    """Hold `directory` for this process: two downloads that append to one file would spoil it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise TutorError(f"{repo} is being downloaded by another process.", "Wait until that one is done.") from None
    finally:
        os.close(handle)


def _report(progress: Progress, snapshot: Snapshot, before: int, arrived: int) -> None:
    progress(before + arrived, snapshot.size, "B", f"Downloading {snapshot.repo}")


def _download_file(snapshot: Snapshot, file: RemoteFile, directory: Path, arrived: Callable[[int], None]) -> None:
    path, incomplete = directory / file.name, directory / f"{file.name}.incomplete"
    if path.is_file() and path.stat().st_size == file.size:
        arrived(file.size)
        return
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers, silent_tqdm  # type: ignore[attr-defined]

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it narrates its retries on stderr
    with incomplete.open("ab") as stream, _hub_errors(snapshot.repo, snapshot.commit):
        resume = stream.tell()
        if resume > file.size:
            resume = stream.truncate(0)
        http_get(
            hf_hub_url(snapshot.repo, file.name, revision=snapshot.commit),
            cast("BinaryIO", _Counted(stream, arrived)),
            resume_size=resume,
            headers=build_hf_headers(),
            expected_size=file.size,
            tqdm_class=silent_tqdm,
        )
    if file.sha256 and sha256(incomplete) != file.sha256:
        incomplete.unlink()
        raise TutorError(f"{file.name} of {snapshot.repo} arrived damaged.", "Type the same command again.")
    incomplete.replace(path)


class _Counted:
    """A file opened for writing that tells how long it has become."""

    def __init__(self, stream: BinaryIO, arrived: Callable[[int], None]) -> None:
        self._stream = stream
        self._arrived = arrived
        self.seek, self.tell, self.truncate = stream.seek, stream.tell, stream.truncate

    def write(self, data: bytes) -> int:
        written = self._stream.write(data)
        self._arrived(self._stream.tell())
        return written


@contextmanager
def _hub_errors(repo: str, revision: str | None) -> Iterator[None]:
    """Turn what the Hub's client raises into a sentence."""
    from huggingface_hub import errors

    transport_error = errors.HTTPError  # type: ignore[attr-defined]  # of whichever HTTP library the client uses
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise TutorError(
            f"hf://{repo} is on the network, and HF_HUB_OFFLINE is set.",
            "Unset it, or use nano, which needs no network.",
        ) from error
    except errors.GatedRepoError as error:
        raise TutorError(
            f"hf://{repo} asks for its terms to be accepted.",
            f"Accept them at https://huggingface.co/{repo} and set HF_TOKEN to a token of your account.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise TutorError(
            f"hf://{repo} has no revision {revision!r}.", "Leave @REVISION out for the newest one."
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise TutorError(
            f"There is no model {repo!r} on the Hugging Face Hub, or it is private.",
            "Check the spelling; for a private one, set HF_TOKEN.",
        ) from error
    except errors.HfHubHTTPError as error:
        raise TutorError(f"The Hugging Face Hub answered {error.response.status_code} for {repo}.", _AGAIN) from error
    except (transport_error, ConnectionError) as error:
        raise TutorError(
            f"The Hugging Face Hub cannot be reached for {repo} ({type(error).__name__}).",
            f"Check the network. {_AGAIN} The model nano needs no network: tutor import nano",
        ) from error
    except OSError as error:
        if error.errno is not None:  # of the disk
            raise
        raise TutorError(f"The download of {repo} broke off.", _AGAIN) from error
