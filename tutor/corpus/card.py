"""The dataset card: every number in it is computed from the records and the lock it stands beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tutor.corpus import dedup, stats
from tutor.corpus.lock import Lock
from tutor.corpus.schema import SPLITS, Record
from tutor.corpus.select import LEAK
from tutor.corpus.statistics import wilson
from tutor.corpus.subject import Subject

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_HUB_LICENCES = {"mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "isc", "unlicense", "zlib", "cc0-1.0", "bsl-1.0"}


def render(records: list[Record], lock: Lock) -> str:
    """The whole README.md, YAML header included."""
    found = stats.summary(records)
    parts = [
        f"---\n{_header(found)}\n---",
        "# Code and its documentation\n\n" + _opening(found),
        "## Rows\n\n" + _counts(found),
        "## Sources and licences\n\n" + _sources(found, lock),
        "## From what was found to what was kept\n\n" + _funnel(lock),
        "## Splits\n\n" + _splits(found, records, lock),
        "## Are the gates tests?\n\n" + _planted(lock),
        "## Columns\n\n" + _COLUMNS,
        "## Make it again\n\n" + _again(lock),
        "## What was not checked\n\n" + _UNCHECKED,
    ]
    return "\n\n".join(parts) + "\n"


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    return next((name for limit, name in SIZES if rows < limit), "n>1M")


def _header(found: dict[str, Any]) -> str:
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        language=["en"],
        license=_licences(found),
        task_categories=["text-generation"],
        size_categories=[size_category(found["rows"])],
        tags=["code", "documentation", *found["languages"]],
        pretty_name="Code and its documentation",
        annotations_creators=["found"],
        source_datasets=["original"],
        configs=[
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"data/{split}-*.parquet"} for split in SPLITS if found["splits"][split]
                ],
            }
        ],
    )
    return str(data.to_yaml(line_break="\n")).strip()


def _licences(found: dict[str, Any]) -> list[str]:
    names = {name.lower() for licence in found["licences"] for name in re.findall(r"[\w.+-]+", licence)}
    named = sorted(names & _HUB_LICENCES)
    return named if names - {"or", "and", "with"} <= _HUB_LICENCES else [*named, "other"]


def _table(head: tuple[str, ...], rows: Sequence[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "–"


def _opening(found: dict[str, Any]) -> str:
    return (
        f"{found['rows']:,} pairs of a declaration and the documentation its author wrote, out of "
        f"{len(found['sources'])} sources in {' and '.join(sorted(found['languages']))}. Found by syntax tree, "
        "filtered by seven gates and a dozen checks, and split so that no near-duplicate stands on both sides.\n\n"
        f"Corpus SHA-256: `{found['corpus_sha256']}`"
    )


def _counts(found: dict[str, Any]) -> str:
    total = found["rows"]
    categories = [(name, count, _share(count, total)) for name, count in found["categories"].items()]
    numbers = [
        (title, *(found[name][key] for key in ("min", "median", "mean", "p95", "max")))
        for name, title in (
            ("tokens_input", "tokens of input"),
            ("tokens_output", "tokens of output"),
            ("ratio", "output for input"),
            ("quality_score", "quality score"),
        )
    ]
    shares = _table(("category", "rows", "share"), categories)
    return shares + "\n\n" + _table(("", "min", "median", "mean", "95 %", "max"), numbers)


def _sources(found: dict[str, Any], lock: Lock) -> str:
    rows = [
        (
            source.name,
            source.version or "–",
            f"`{source.commit[:7]}`",
            source.licence or "none found",
            f"{source.files:,}",
            found["sources"].get(source.name, 0),
            _share(found["sources"].get(source.name, 0), found["rows"]),
        )
        for source in lock.sources
    ]
    table = _table(("source", "version", "commit", "licence", "files", "rows", "share"), rows)
    return (
        f"{table}\n\nEach row names the licence of its file in the column `license`; keep the notices of the sources "
        "when you pass it on. Where a source is no git repository, its commit is the beginning of the SHA-256 of its "
        "files."
    )


def _funnel(lock: Lock) -> str:
    first = lock.stages[0]["left"]
    rows = []
    for stage in lock.stages:
        reasons = sorted(stage["reasons"].items(), key=lambda entry: (-entry[1], entry[0]))
        said = ", ".join(f"{name} {count:,}" for name, count in reasons)
        rows.append((stage["name"], f"{stage['left']:,}", _share(stage["left"], first), said or "–"))
    table = _table(("stage", "left", "of all", "reasons (a record can have several)"), rows)
    return (
        f"{table}\n\nEvery dropped record, with its reasons, is in `rejected.jsonl`; unreadable files are in "
        "`problems.jsonl`."
    )


def _splits(found: dict[str, Any], records: list[Record], lock: Lock) -> str:
    rows = [(name, f"{count:,}", _share(count, found["rows"])) for name, count in found["splits"].items()]
    docs = [Subject(record).doc for record in records]
    places = [record.split for record in records]
    pairs = dedup.leakage(docs, places, LEAK, lock.config["dedup"]["permutations"])
    ours = len({one if places[one] != "train" else other for one, other, _ in pairs})
    leaking, held_out = lock.random_split_leakage
    leaks = _table(
        ("split", "held-out rows with a near-duplicate in training", "of", "share"),
        [
            ("this one", f"{ours:,}", f"{found['rows'] - found['splits']['train']:,}",
             _share(ours, found["rows"] - found["splits"]["train"])),
            ("random", f"{leaking:,}", f"{held_out:,}", _share(leaking, held_out)),
        ],
    )  # fmt: skip
    return (
        f"{_table(('split', 'rows', 'share'), rows)}\n\nWhole files, joined where they hold near-duplicates, are in "
        f"one split. Near-duplicates share {LEAK:.0%} of their word triples. A random split is what this would be had "
        f"near-duplicates stayed and every row been drawn by itself.\n\n{leaks}"
    )


def _planted(lock: Lock) -> str:
    rows = []
    for name, (planted, found, harmless, alarms) in lock.planted.items():
        verdict = "" if found or not planted else " **not a test**"
        rows.append((name + verdict, planted, _interval(found, planted), harmless, _interval(alarms, harmless)))
    table = _table(("gate or check", "faults planted", "found", "harmless twins", "false alarms"), rows)
    return (
        "Known faults were planted in clean rows, and harmless look-alikes beside them (95 % intervals in brackets). "
        f"A gate that finds nothing planted would be no test.\n\n{table}"
    )


def _interval(hits: int, count: int) -> str:
    if not count:
        return "nothing fits"
    low, high = wilson(hits, count)
    return f"{hits / count:.1%} [{low:.1%}, {high:.1%}]"


def _again(lock: Lock) -> str:
    return (
        f"```console\n{lock.command}\ntutor corpus build --locked corpus.lock -o again\n```\n\n"
        "`corpus.lock` pins sources, tools, thresholds and seed; the second command makes the same bytes or says what "
        "differs. Load it with:\n\n```python\nfrom datasets import load_dataset\n\nrows = load_dataset('PATH')\n```"
    )


_COLUMNS = """\
`input` is the declaration as written, inside its parent's header; `output` is its documentation as it stands in source.
Beside them stand identity (`id`, `content_sha256`), origin (`source_repo`, `source_commit`, `source_file`,
`source_line`, `license`, `extraction_date`, `extractor_version`), kind (`language`, `kind`, `symbol`, `category`,
`body`), sizes (`tokens_input`, `tokens_output`), judgement (`quality_score`, `gate_report`) and place (`split`,
`cluster`)."""

_UNCHECKED = """\
Nothing of the sources was run: examples parse, but whether they do what they say was not tried. Whether the
documentation is true of the code was checked only as far as names, types and sections can tell. Personal data is looked
for by pattern."""
