"""The model that a preference lab starts from: what lab-sft-chat trained, or a model as it is."""

from __future__ import annotations

from pathlib import Path

from tutor.codetasks.data import Data
from tutor.codetasks.sft_found import DATA
from tutor.codetasks.split import TRAIN
from tutor.engine import resolve
from tutor.engine.base_model import prepare_model
from tutor.errors import UsageError
from tutor.files import read_json, write_json
from tutor.runs import store
from tutor.runs.context import Run
from tutor.runs.store import RunDir

SFT = "lab-sft-chat"
AUTO, BASE = "auto", "base"


def prepare_start(run: Run, path: Path) -> Path:
    """The directory of the model, which a resumed run finds in `path` again.

    `path` says its `name`, the `run` that made it ('' where none did), the `seed` of the split, and what was `asked` in
    training, so that nothing of it is held out here.

    Raises:
        UsageError: the run that was named made no model.
    """
    if not path.exists():
        made_by = _wanted(run)
        name = made_by.id if made_by else str(prepare_model(run).name)
        seed = int(str(made_by.config["seed"])) if made_by else run.config.seed
        write_json(path, {"name": name, "run": made_by.id if made_by else "", "seed": seed, "asked": _asked(made_by)})
        run.message(
            f"Starting from {name}" + (f", which {SFT} made." if made_by else ", as it is: no run of it is used.")
        )
    start = read_json(path)
    if not start["run"]:
        return prepare_model(run)
    files = resolve.resolve(start["run"])
    if files.directory is None:
        raise UsageError(f"The run {start['run']} has made no model.", f"Finish it: tutor runs resume {start['run']}")
    run.result("model", start["run"], note=files.label)
    return files.directory


def _wanted(run: Run) -> RunDir | None:
    if run.config.start == BASE:
        return None
    if run.config.start != AUTO:
        return store.find(run.config.start)
    base = str(prepare_model(run))
    return next((each for each in store.all_runs() if _fits(run, each, base)), None)


def _fits(run: Run, other: RunDir, base: str) -> bool:
    """Whether a run of the SFT lab tuned the same model, without a planted fault; a small one only for a small one."""
    if other.lab != SFT or not (other.path / "merged" / "manifest.json").is_file():
        return False
    small, faulty = other.config["smoke"], other.config["drill"]
    same = read_json(other.path / "merged" / "manifest.json").get("base") == base
    return same and not faulty and (run.config.smoke or not small)


def _asked(made_by: RunDir | None) -> list[str]:
    """The questions that were trained on."""
    if made_by is None or not (made_by.path / DATA).is_file():
        return []
    conversations = Data.load(made_by.path / DATA).conversations[TRAIN]
    return [message["content"] for messages in conversations for message in messages if message["role"] == "user"]
