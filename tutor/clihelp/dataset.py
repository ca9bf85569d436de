"""The dataset on disk: collected, divided and written whole; read back without any library."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.clihelp.collect import Page, Progress, Skipped, collect
from tutor.clihelp.records import Record, make_records
from tutor.clihelp.report import markdown
from tutor.clihelp.splits import SPLITS, Divided, divide
from tutor.clihelp.stats import Stats, measure
from tutor.clihelp.tools import choose
from tutor.errors import TutorError, UsageError
from tutor.files import sha256, whole_directory

VARIANTS = ("mixed", "excerpt", "recall")
CORPUS = "corpus:"
"""Begins the name of a dataset that is made of a corpus's sources (`tutor.stages.clap_flags`)."""
HELP = "help.jsonl"
"""The help texts that a dataset was made of."""


@dataclass(frozen=True)
class DataConfig:
    """What decides the contents of a dataset; `labs/cli_help_data.toml` explains and sets every field."""

    dataset: str
    tools: list[str]
    variant: str
    excerpt_share: float
    train: int
    heldout: int
    max_commands: int
    seed: int

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> DataConfig:
        """The fields among the options of a lab.

        Raises:
            UsageError: a value makes no sense.
        """
        config = cls(**{field.name: options[field.name] for field in fields(cls)})
        unknown = set(config.tools) - {tool.name for tool in choose([])}
        if unknown:
            raise UsageError(
                f"{', '.join(sorted(unknown))} is not in the allow-list.",
                "tutor/clihelp/tools.py lists the tools that may be run.",
            )
        if config.variant not in VARIANTS:
            raise UsageError(f"variant cannot be {config.variant!r}.", f"It is one of {', '.join(VARIANTS)}.")
        if Path(config.dataset).name != config.dataset or config.dataset.startswith("."):
            raise UsageError(f"dataset cannot be {config.dataset!r}.", "It is a name, not a path.")
        return config


def location(name: str) -> Path:
    """Where the dataset called `name` is, or would be; of a corpus, a place for exactly what its lock says."""
    if name.startswith(CORPUS):
        lock = Path(name.removeprefix(CORPUS)).expanduser() / "corpus.lock"
        if not lock.is_file():
            raise UsageError(f"There is no corpus in {lock.parent}.", "Make one: tutor corpus build -o DIR")
        return paths.datasets_dir() / f"corpus-{sha256(lock)[:12]}"
    return paths.datasets_dir() / name


@dataclass(frozen=True)
class Made:
    """A dataset that is not written yet, and what it was made of."""

    config: DataConfig
    pages: list[Page]
    skipped: list[Skipped]
    candidates: int
    dropped: Mapping[str, int]
    divided: Divided

    @cached_property
    def stats(self) -> Stats:
        """Everything that is measured about it."""
        return measure(self.pages, self.skipped, self.candidates, self.dropped, self.divided)

    def write(self, folder: Path) -> None:
        """Write it whole, with the help texts, to `folder`, replacing what is there."""
        stats = self.stats
        with whole_directory(folder) as partial:
            _write(partial, self.divided.splits)
            _write_lines(partial / HELP, [_text(page) for page in self.pages])
            facts = {"config": asdict(self.config)} | asdict(stats)
            (partial / "stats.json").write_text(json.dumps(facts, indent=2) + "\n")
            (partial / "stats.md").write_text(markdown(self.config.dataset, stats))


def build(config: DataConfig, progress: Progress, check_stop: Callable[[], None]) -> Stats:
    """Make the dataset `config.dataset` and write it, replacing one of that name (arguments as for `make`)."""
    made = make(config, progress, check_stop)
    made.write(location(config.dataset))
    return made.stats


def make(config: DataConfig, progress: Progress, check_stop: Callable[[], None]) -> Made:
    """Collect, parse and divide.

    Args:
        progress: called with (tools done, tools in all, the tool's name).
        check_stop: called between tools; whatever it raises ends the work with nothing written.

    Raises:
        TutorError: no tool on this machine gave help text.
    """
    chosen = choose(config.tools)
    pages, skipped = collect(chosen, config.max_commands, progress, check_stop)
    if not pages:
        raise TutorError(
            "None of the chosen tools is on this machine.",
            "Install the package's `labs` extra (ruff, uv), or choose other tools.",
        )
    records, dropped = make_records(pages, config.variant, config.excerpt_share, config.seed)
    divided = divide(records, config.train, config.heldout, config.seed)
    return Made(config, pages, skipped, len(records), dropped, divided)


def ensure(config: DataConfig, progress: Progress, check_stop: Callable[[], None]) -> Path:
    """The directory of the dataset `config.dataset`, made now where it does not exist (arguments as for `build`)."""
    folder = location(config.dataset)
    if not (folder / "stats.json").is_file():
        build(config, progress, check_stop)
    return folder


def load_split(name: str, split: str) -> list[Record]:
    """The records of one split (`train`, `heldout_in` or `heldout_out`) of the dataset `name`.

    Raises:
        UsageError: there is no such dataset or split.
    """
    if split not in SPLITS:
        raise UsageError(f"There is no split {split!r}.", f"There are {', '.join(SPLITS)}.")
    if not (location(name) / f"{split}.records.jsonl").is_file():
        raise UsageError(
            f"There is no dataset {name!r}.", f"Make it: tutor --lab lab-cli-help-data --set dataset={name}"
        )
    return read_split(location(name), split)


def read_split(folder: Path, split: str) -> list[Record]:
    """The records of one split of the dataset in `folder`."""
    lines = (folder / f"{split}.records.jsonl").read_text().splitlines()
    return [Record(**json.loads(line)) for line in lines]


def chat(record: Record) -> dict[str, Any]:
    """A record as a conversation, the format that chat trainers read."""
    return {
        "messages": [
            {"role": "user", "content": record.prompt},
            {"role": "assistant", "content": record.completion},
        ]
    }


def pair(record: Record) -> dict[str, Any]:
    """A record as a prompt and its completion."""
    return {"prompt": record.prompt, "completion": record.completion}


def _text(page: Page) -> dict[str, str]:
    """A help text as it was printed."""
    return {"tool": page.tool, "command": page.command, "sha256": page.sha256, "text": page.text}


def _write(folder: Path, splits: Mapping[str, list[Record]]) -> None:
    """Every split as Parquet, as JSONL with all fields, and as the two JSONL formats that trainers read."""
    from datasets import Dataset
    from datasets.utils.logging import disable_progress_bar

    disable_progress_bar()
    for name, records in splits.items():
        rows = [record.to_dict() for record in records]
        _write_lines(folder / f"{name}.records.jsonl", rows)
        _write_lines(folder / f"{name}.chat.jsonl", [chat(record) for record in records])
        _write_lines(folder / f"{name}.pairs.jsonl", [pair(record) for record in records])
        if rows:
            Dataset.from_list(rows).to_parquet(str(folder / f"{name}.parquet"))


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
