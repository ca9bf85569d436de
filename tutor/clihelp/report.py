"""The report about a dataset that a learner reads."""

from __future__ import annotations

from collections.abc import Iterable

from tutor.clihelp.records import Record
from tutor.clihelp.splits import SPLITS
from tutor.clihelp.stats import Stats


def markdown(name: str, stats: Stats) -> str:
    """The statistics as Markdown."""
    tools = {tool for split in stats.by_tool.values() for tool in split}
    parts = [
        f"# The dataset {name}",
        f"{stats.records} records from {len(tools)} tools, made of {stats.texts} help texts. "
        f"Rust tools: {', '.join(stats.rust_tools) or 'none on this machine'}.",
        "## Splits",
        _table(("split", "records", "options", "commands", "with excerpt", "from memory"), _split_rows(stats)),
        "`train` is learned from. `heldout_in` asks about other options of the same tools, `heldout_out` about tools "
        "the model never saw. A model can answer a question with an excerpt by reading it; the others it must "
        "remember.",
        "## Quality",
        _table(("measure", "value"), _quality_rows(stats)),
        "## Records by tool",
        _table(("tool", "version", *SPLITS), _tool_rows(stats, sorted(tools))),
        "## Candidates left out",
        _table(("reason", "records"), _left_out_rows(stats)),
        "## Length of question and answer",
        _table(
            ("characters", "records", ""),
            [(step, n, "#" * round(40 * n / stats.records)) for step, n in stats.lengths.items()],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def samples(records: Iterable[Record]) -> str:
    """Records as they are learned, as Markdown."""
    blocks = ["## What a record looks like"]
    for record in records:
        blocks.append(f"**{record.command}** ({record.kind}, {record.variant})")
        blocks.append(f"```\n{record.prompt}\n```")
        blocks.append(f"```\n{record.completion}\n```")
    return "\n\n".join(blocks) + "\n"


def _split_rows(stats: Stats) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for name in SPLITS:
        kinds, variants = stats.by_kind[name], stats.by_variant[name]
        counts = (
            kinds.get("option", 0),
            kinds.get("command", 0),
            variants.get("excerpt", 0),
            variants.get("recall", 0),
        )
        rows.append((name, stats.sizes[name], *counts))
    return rows


def _quality_rows(stats: Stats) -> list[tuple[object, ...]]:
    return [
        ("help texts understood", f"{stats.parsed:.1%}"),
        ("option lines read", f"{stats.option_lines:.1%}"),
        ("same description in two splits", stats.exact_across),
        ("near-duplicates in two splits", stats.near_across),
        ("provenance complete", f"{stats.provenance:.1%}"),
        ("not understood", ", ".join(stats.not_understood) or "none"),
        ("installed, but no help", ", ".join(f"{tool} ({why})" for tool, why in stats.skipped.items()) or "none"),
    ]


def _tool_rows(stats: Stats, tools: list[str]) -> list[tuple[object, ...]]:
    return [(tool, stats.versions[tool], *(stats.by_tool[split].get(tool, 0) for split in SPLITS)) for tool in tools]


def _left_out_rows(stats: Stats) -> list[tuple[object, ...]]:
    used = stats.records + stats.repeated + stats.near_removed
    rows: list[tuple[object, ...]] = [*stats.dropped.items()]
    rows += [
        ("another record has the description", stats.repeated),
        ("near-duplicate in another split", stats.near_removed),
    ]
    return [*rows, ("not needed for the size asked for", stats.candidates - used)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)
