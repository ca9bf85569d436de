"""Lab 3: make training data out of the help text of the tools on this machine.

Every model you will train in this course is only as good as its data, so look at this data before you train on it:
`report.md` shows what was kept, what was thrown away and why, and a few records as the model will see them.

Ask (`TOOL --help`) → parse (options, usage, sub-commands) → write questions and answers → divide into train and
held-out. The run keeps what it made, with the help texts: `checks` reads those, not what this run said about them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from tutor.clihelp import tools
from tutor.clihelp.data_quiz import questions as ask_about
from tutor.clihelp.dataset import DataConfig, location, make
from tutor.clihelp.found import DATASET, Found
from tutor.clihelp.report import markdown, samples
from tutor.clihelp.spoil import spoil
from tutor.clihelp.stats import Stats
from tutor.files import whole_directory
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.store import RunDir

SHOWN = 3
"""Records that the report shows."""


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
        made = spoil(make(config, lambda done, total, _: run.progress("collect", done, total, "tools"),
                          run.raise_if_stopped), run.drill)  # fmt: skip
        made.write(run.path / DATASET)

    if not run.drill:  # nobody should train on spoilt data by mistake
        with run.stage("publish", "Put the dataset where the training labs look"):
            with whole_directory(location(config.dataset)) as partial:
                shutil.copytree(run.path / DATASET, partial, dirs_exist_ok=True)
            run.message(f"The dataset is in {location(config.dataset)}")

    with run.stage("judge", "Measure, judge and report"):
        found, stats = Found(run.path), made.stats
        measure(run, stats)
        shown = [record for split in ("heldout_in", "heldout_out") for record in found.splits[split][:SHOWN]][:SHOWN]
        for record in shown:
            run.message(f"{record.prompt}\n\n{record.completion}")
        findings = [markdown(config.dataset, stats), samples(shown)]
        report.conclude(run, "Data out of help texts", findings, checks, facts, questions)


def measure(run: Run, stats: Stats) -> None:
    """Say what was measured."""
    for split, size in stats.sizes.items():
        run.result(f"records {split}", size)
    run.result("help texts", stats.texts)
    run.result("help texts understood", stats.parsed, note="share")
    run.result("option lines read", stats.option_lines, note="share")
    run.result("repeated descriptions removed", stats.repeated)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether this is good enough to train on, from the records and help texts that the run kept."""
    found = Found(run.path)
    records, seen = len(found.records), {record.tool for record in found.records}
    exact, near = found.across
    fewest_records, fewest_tools = (20, 3) if run.config["smoke"] else (50, 5)
    yield Criterion("enough records", records >= fewest_records, records, f"at least {fewest_records}")
    yield Criterion("enough tools", len(seen) >= fewest_tools, len(seen), f"at least {fewest_tools}")
    yield Criterion("two Rust tools", len(found.rust_tools) >= 2, len(found.rust_tools), "at least 2")
    yield Criterion("help understood", found.understood >= 0.95, found.understood, "0.95 of texts and of option lines")
    yield Criterion("no leak", exact == 0, exact, "no description in two splits")
    yield Criterion("no near-duplicate", near == 0, near, "none across splits")
    both = ", ".join(sorted(found.tools_in_both)) or "none"
    yield Criterion("unseen tools are unseen", not found.tools_in_both, both, "no tool of heldout_out in train")
    yield Criterion("provenance", found.traceable == 1, found.traceable, "every record says what its help text says")


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    made = found.made
    left_out = {
        "unfit": sum(made["dropped"].values()),
        "repeated": made["repeated"],
        "enough": made["candidates"] - made["repeated"] - len(found.records),
    }
    return {
        "understood": made["option_lines"],
        "repeated": made["repeated"] / made["candidates"],
        "why": max(left_out, key=lambda reason: left_out[reason]),
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return ask_about(Found(run.path), f"{run.id} {run.config['seed']}")
