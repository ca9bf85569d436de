"""The dataset of the CLI-help labs out of a corpus: options as Rust sources declare them with clap, no tool is run.

Help and answers are written as clap would print them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tutor.clihelp.collect import Page
from tutor.clihelp.dataset import CORPUS, DataConfig, Made, location
from tutor.clihelp.help import Help, Option
from tutor.clihelp.records import make_records
from tutor.clihelp.splits import divide
from tutor.corpus import dataset, sources
from tutor.corpus.extract_clap import Flag, flags
from tutor.corpus.lock import LockedSource
from tutor.corpus.trees import SourceTree, read
from tutor.errors import TutorError

_ARGUMENT = re.compile(r"#\[\s*(?:arg|clap|structopt)\((.*)\)\s*\]", re.DOTALL)
_SHORT = re.compile(r"\bshort\b(?:\s*=\s*'(.)')?")
_LONG = re.compile(r'\blong\b(?:\s*=\s*"([^"]+)")?')
_VALUE_NAME = re.compile(r'\bvalue_name\s*=\s*"([^"]+)"')
_DEFAULT = re.compile(r'\bdefault_value(?:_t)?\s*=\s*(?:"([^"]*)"|([\w:.]+))')
_FIELD = re.compile(r"([A-Za-z_]\w*)\s*:\s*(\S.*?),?\s*$", re.DOTALL)


def ensure(name: str, options: Mapping[str, Any]) -> Path:
    """The directory of the dataset `corpus:DIRECTORY`, made now where it does not exist.

    Args:
        options: those of lab-cli-help-data.

    Raises:
        TutorError: a source of the corpus is gone, or its sources declare too few options.
    """
    folder = location(name)
    if not (folder / "stats.json").is_file():
        config = DataConfig(**{field: options[field] for field in DataConfig.__dataclass_fields__} | {"dataset": name})
        make(Path(name.removeprefix(CORPUS)).expanduser(), config).write(folder)
    return folder


def make(directory: Path, config: DataConfig) -> Made:
    """Every option that the Rust sources of a corpus declare, as records in three splits."""
    locked = dataset.read(directory).lock.sources
    pages = [page for source in locked if (page := _page(source)) and page.help.options]
    records, dropped = make_records(pages, config.variant, config.excerpt_share, config.seed)
    divided = divide(records, config.train, config.heldout, config.seed)
    if not all(divided.splits.values()):
        raise TutorError(
            f"{len(pages)} sources of {directory} declare {len(records)} options with clap: too few to hold some out.",
            "Build a corpus of two command-line tools or more that derive their options.",
        )
    return Made(config, pages, [], len(records), dropped, divided)


def _page(source: LockedSource) -> Page | None:
    paths = sorted(path for path in source.manifest if path.endswith(".rs"))
    if not paths:
        return None
    tree = sources.open_source(source.locator)
    return Page(
        tool=tree.name.rpartition("/")[2],
        kind="rust",
        licence=tree.licence,
        cuts_descriptions=False,
        version=tree.version,
        command=tree.name.rpartition("/")[2],
        summary="",
        text="",
        sha256=source.tree_sha256,
        help=Help(options=tuple(_options(tree, paths))),
        collected_at="",
        platform="",
    )


def _options(tree: SourceTree, paths: list[str]) -> Iterator[Option]:
    for path in paths:
        for flag in flags(read(tree, path)):
            if (found := option(flag)) is not None:
                yield found


def option(flag: Flag) -> Option | None:
    """A field with `short` or `long` among its attributes; None for positionals, sub-commands and values."""
    said = " ".join(match.group(1) for match in _ARGUMENT.finditer(flag.declaration))
    field = _FIELD.search(_ARGUMENT.sub("", flag.declaration))
    short, long = _SHORT.search(said), _LONG.search(said)
    if field is None or not (short or long):
        return None
    name, kind = field.group(1), field.group(2)
    spellings = [f"-{short.group(1) or name[0]}"] if short else []
    spellings += [f"--{long.group(1) or name.strip('_').replace('_', '-')}"] if long else []
    value_name, default = _VALUE_NAME.search(said), _DEFAULT.search(said)
    takes = (
        ""
        if kind == "bool" or "ArgAction::Count" in said
        else f"<{value_name.group(1) if value_name else name.upper()}>"
    )
    given = (default.group(1) or (default.group(2) or "").rpartition("::")[2].lower()) if default else ""
    description = " ".join(flag.help.split("\n\n")[0].split())
    note = f" [default: {given}]" if given else ""
    excerpt = f"{', '.join(spellings)} {takes}".rstrip() + f"\n        {description}{note}"
    return Option(tuple(spellings), takes, given, (), description, "Options", excerpt)
