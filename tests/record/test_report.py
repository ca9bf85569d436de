"""The report: recorded facts, by name and date; what was not done, as not done; nothing that breaks out of a table."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.app_fakes import RUN, record_run
from tests.toy_course import DAY, NOW, answer, half_way
from tutor import paths
from tutor.course.exercises.desk import Desk
from tutor.course.exercises.exercise import find_exercise
from tutor.course.outline import load_outline
from tutor.course.progress import Progress
from tutor.record.gather import gather
from tutor.record.report import cell, markdown
from tutor.runs.events import dump, make


@pytest.fixture(autouse=True)
def _course(toy_course: Path) -> None:
    """The toy course."""


def report(now: float = NOW) -> str:
    return markdown(gather(load_outline(), Progress(paths.progress_db()).saved(), now), now)


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_nothing_done_is_said_and_listed() -> None:
    text = report()
    assert "Made on 2026-05-28" in text
    assert "| Topics | 0 of 5 passed |" in text
    for title in ("Topics", "Predictions", "Exercises", "Labs"):
        assert re.search(r"None was|None were", section(text, title)), title
    not_done = section(text, "Not done")
    assert "Topic 1.2.1 From text to next token: new" in not_done
    assert "Exercise 1.1.2 Double a number: new" in not_done
    assert "2.1.1" not in not_done  # what the course does not have yet is nobody's omission


def test_topics_and_predictions_have_dates_and_distances() -> None:
    half_way()
    text = report()
    assert "| 1.1.1 Parameters and memory | passed 2026-04-29 | 1 | 1 | 0 | 2 of 3 |" in text
    assert "| 1.1.2 Data shapes | started 2026-05-28 | 0 | 0 | 1 | 0 of 3 |" in text
    assert "| Checks | 1 right at the first try, 1 later, 1 not yet |" in text
    assert "| Predictions | 0 of 1 near enough, on average 75% near |" in text
    assert "| 1.1.1 | Which of these is vocabulary? | a | b | 75% |" in text
    assert "Topic 1.1.1" not in section(text, "Not done")


def test_the_first_prediction_counts_not_a_later_one() -> None:
    half_way()
    later = Progress(paths.progress_db(), lambda: NOW)
    later.record(answer("1.1.1", "vocabulary", 1, True, "predict", 1.0))
    assert "on average 75% near" in report()


def test_a_solution_that_was_opened_is_told() -> None:
    half_way()
    assert "Exercise 1.1.2 Double a number: started, solution opened" in section(report(), "Not done")
    desk = Desk(find_exercise("toy"), lambda: NOW)
    (desk.path / "record.json").write_text(
        json.dumps({"attempts": 2, "hints": 1, "started": NOW, "gave_up": NOW - DAY, "passed": NOW})
    )
    text = report()
    assert "| 1.1.2 Double a number | 2026-05-28 | 2 | 1 | opened 2026-05-27, before passing |" in text
    assert "| Exercises | 1 of 1 passed, 1 of them after opening the solution |" in text


def test_a_lab_has_its_measured_results_its_machine_and_versions(home: Path) -> None:
    directory = record_run(home)
    with (directory / "run.toml").open("a") as file:
        file.write('[versions]\ntorch = "2.9"\n[machine]\ncpu = "A | B"\ncores = 2\nmemory_bytes = 8000000000\n')
    lab = section(report(), "Labs")
    assert "### Fine-tune on command-line help" in lab
    assert f"A full run. {RUN}, begun 2026-08-01." in lab
    assert "| heldout loss | 1.83 nats/token | tuned |" in lab
    assert "| ✓ | loss falls by a third | 0.41 | at least 0.33 |" in lab
    assert "| machine | A \\| B, 2 cores, 8.00 GB memory |" in lab
    assert "| versions | torch 2.9 |" in lab


def test_a_long_series_of_results_is_one_row_and_a_short_run_is_called_short(home: Path) -> None:
    directory = record_run(home)
    (directory / "run.toml").write_text((directory / "run.toml").read_text() + "smoke = true\n")
    events = (directory / "events.jsonl").read_text().splitlines()
    series = [dump(make("result", name=f"ΔW layer {n}", value=0.1 * n, unit="", note="")) for n in range(30)]
    (directory / "events.jsonl").write_text("\n".join([*events[:-1], *series, events[-1]]) + "\n")
    lab = section(report(), "Labs")
    assert "| ΔW … | 30 values | the run's own report lists them |" in lab
    assert "layer 7" not in lab
    assert "A short run (`smoke=true`), on little data." in lab
    assert "| Labs | 1 of 2 passed, 1 of them in a short run |" in report()


def test_a_book_that_was_typed_is_cut_and_versions_are_not(home: Path) -> None:
    progress = Progress(paths.progress_db(), lambda: NOW)
    progress.start("1.1.1")
    progress.record(replace(answer("1.1.1", "vocabulary", 1, False, "predict"), detail={"said": "word " * 1000}))
    directory = record_run(home)
    with (directory / "run.toml").open("a") as file:
        file.write("[versions]\n" + "".join(f'package{n} = "1.{n}"\n' for n in range(30)))
    text = report()
    assert "word word" in text and "…" in section(text, "Predictions")
    assert max(map(len, section(text, "Predictions").splitlines())) < 200
    assert "package29 1.29 |" in text


def test_a_lab_that_failed_is_not_done(home: Path) -> None:
    directory = record_run(home, finished=False)
    text = report()
    assert directory.name not in text
    assert "Lab Fine-tune on command-line help: started" in section(text, "Not done")
    assert "| Labs | 0 of 2 passed |" in text


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    shown = cell(text)
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`*_<\[#]", shown)
