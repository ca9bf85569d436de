"""Lab 3: make training data out of the help text of the tools on this machine.

Every model you will train in this course is only as good as its data, so look at this data before you train on it:
`report.md` shows what was kept, what was thrown away and why, and a few records as the model will see them.

Ask (`TOOL --help`) → parse (options, usage, sub-commands) → write questions and answers → divide into train and
held-out.
"""

from __future__ import annotations

from tutor.clihelp import tools
from tutor.clihelp.dataset import DataConfig, build, load_split, location
from tutor.clihelp.report import markdown, samples
from tutor.clihelp.stats import Stats
from tutor.runs.context import Run

SHOWN = 3
"""Records of each held-out split that the report shows."""


def plan(run: Run) -> None:
    """Which tools would be asked; nothing is run."""
    config = DataConfig.from_options(vars(run.config))
    found = [tool for tool in tools.choose(config.tools) if tools.locate(tool)]
    rust = [tool.name for tool in found if tool.kind == "rust"]
    run.emit(
        "plan",
        rows=[
            {"name": "tools", "value": len(found), "unit": "", "note": ", ".join(tool.name for tool in found)},
            {"name": "Rust tools", "value": len(rust), "unit": "", "note": ", ".join(rust)},
            {"name": "help texts", "value": len(found) * config.max_commands, "unit": "at most", "note": ""},
            {"name": "records", "value": config.train + 2 * config.heldout, "unit": "at most", "note": ""},
            {"name": "dataset", "value": str(location(config.dataset)), "unit": "", "note": ""},
        ],
    )


def run(run: Run) -> None:
    """Collect, parse, divide, write; then judge the result."""
    config = DataConfig.from_options(vars(run.config))

    with run.stage("collect", "Ask the tools for their help and make records of it"):
        stats = build(
            config,
            progress=lambda done, total, _tool: run.progress("collect", done, total, "tools"),
            check_stop=run.raise_if_stopped,
        )
        run.message(f"The dataset is in {location(config.dataset)}")

    with run.stage("judge", "Measure the dataset"):
        measure(run, stats)

    with run.stage("report", "Write the report"):
        shown = [
            record for split in ("heldout_in", "heldout_out") for record in load_split(config.dataset, split)[:SHOWN]
        ]
        for record in shown[:SHOWN]:
            run.message(f"{record.prompt}\n\n{record.completion}")
        run.write_report(markdown(config.dataset, stats) + "\n" + samples(shown))


def measure(run: Run, stats: Stats) -> None:
    """Say what was measured, and whether it is good enough to train on."""
    smoke = run.config.smoke
    seen = {tool for split in stats.by_tool.values() for tool in split}
    for split, size in stats.sizes.items():
        run.result(f"records {split}", size)
    run.result("help texts", stats.texts)
    run.result("help texts understood", stats.parsed, note="share")
    run.result("option lines read", stats.option_lines, note="share")
    run.result("repeated descriptions removed", stats.repeated)

    fewest_records, fewest_tools = (20, 3) if smoke else (50, 5)
    run.check("enough records", stats.records >= fewest_records, stats.records, f"at least {fewest_records}")
    run.check("enough tools", len(seen) >= fewest_tools, len(seen), f"at least {fewest_tools}")
    run.check("two Rust tools", len(stats.rust_tools) >= 2, len(stats.rust_tools), "at least 2")
    understood = min(stats.parsed, stats.option_lines)
    run.check("help understood", understood >= 0.95, understood, "at least 0.95 of texts and of option lines")
    run.check("no leak", stats.exact_across == 0, stats.exact_across, "no description in two splits")
    run.check("no near-duplicate", stats.near_across == 0, stats.near_across, "none across splits")
    run.check("provenance", stats.provenance == 1, stats.provenance, "every record says where it comes from")
