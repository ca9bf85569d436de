"""Giving a corpus to the Hugging Face Hub: what would be sent, and, when asked to, sending it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tutor.corpus import dataset, falsify
from tutor.corpus.dataset import Dataset
from tutor.corpus.falsify import Verdict
from tutor.corpus.lock import LOCK
from tutor.errors import TutorError, UsageError
from tutor.files import whole_directory, write_whole

SENT = ("data", "README.md", LOCK, "report.json")
"""What goes to the Hub; reviews and rejects stay at home."""


@dataclass(frozen=True)
class Plan:
    """What would be sent."""

    repo_id: str
    folder: Path
    files: dict[str, int]
    """Path → bytes."""
    verdict: Verdict


def prepare(corpus: Dataset, repo_id: str, folder: Path, verdict: Verdict) -> Plan:
    """Lay out in `folder` exactly what would be sent.

    Raises:
        UsageError: the corpus was falsified, or the name is none that the Hub takes.
        TutorError: the card's header is not valid.
    """
    _check_name(repo_id)
    if verdict.falsified:
        raise UsageError(
            f"The corpus is {verdict.word} with {verdict.earned} of {verdict.possible} points and is not published.",
            "See why: tutor corpus falsify",
        )
    check_card(corpus.card)
    falsify.write_report(corpus.path, verdict)
    with whole_directory(folder) as partial:
        for name in SENT:
            source = corpus.path / name
            if source.is_dir():
                shutil.copytree(source, partial / name)
            elif source.is_file() and name != LOCK:
                shutil.copy(source, partial / name)
        write_whole(partial / LOCK, public_lock(corpus))
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file()
    }
    return Plan(repo_id, folder, files, verdict)


def public_lock(corpus: Dataset) -> str:
    """The lock without the paths of this machine."""
    value = json.loads((corpus.path / LOCK).read_text(encoding="utf-8"))
    for source in value["sources"]:
        if source["kind"] in ("directory", "crate", "archive") and not source["locator"].startswith(
            ("sample:", "debian:")
        ):
            source["locator"] = Path(source["locator"]).name
    value["command"] = "tutor corpus build"
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def check_card(card: str) -> None:
    """Read the card as the Hub's own library does.

    Raises:
        TutorError: it has no header, or one that names no licence, size or files.
    """
    from huggingface_hub import DatasetCard

    try:
        data = DatasetCard(card).data.to_dict()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError) as error:
        raise TutorError(f"The card cannot be read: {error}.", "Write it again: tutor corpus card DIR") from error
    missing = [name for name in ("license", "size_categories", "configs", "task_categories") if not data.get(name)]
    if missing:
        raise TutorError(f"The header of the card lacks {missing[0]}.", "Write it again: tutor corpus card DIR")


def upload(plan: Plan, *, private: bool) -> str:
    """Send the folder; returns its address. The token comes from HF_TOKEN and from nowhere else.

    Raises:
        UsageError: there is no token.
        TutorError: the Hub refused or cannot be reached.
    """
    token = os.environ.get("HF_TOKEN")
    if not token:
        raise UsageError("HF_TOKEN is not set.", "Make a token with write access on the Hub and export it as HF_TOKEN.")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    api = HfApi(token=token)
    message = f"Publish {len(dataset.read(plan.folder).records):,} rows"
    try:
        api.create_repo(plan.repo_id, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=plan.repo_id,
            repo_type="dataset",
            folder_path=plan.folder,
            commit_message=message,
            delete_patterns="data/*",
        )
    except OfflineModeIsEnabled:
        raise TutorError("HF_HUB_OFFLINE forbids to send anything.", "Unset it and try again.") from None
    except (HfHubHTTPError, OSError) as error:
        raise TutorError(f"The Hub did not take {plan.repo_id}: {error}.", "Check token, name and network.") from error
    return f"https://huggingface.co/datasets/{plan.repo_id}"


def _check_name(repo_id: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise UsageError(f"{repo_id!r} is no name for a repository: {error}", "Use OWNER/NAME.") from None
    if repo_id.count("/") != 1:
        raise UsageError(f"{repo_id!r} names no owner.", "Use OWNER/NAME.")
