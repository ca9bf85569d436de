"""The earlier runs of a lab, as its screen lists them."""

from __future__ import annotations

from tutor.runs import config as lab_config
from tutor.runs import store
from tutor.widgets.optionform import shown
from tutor.widgets.runlist import RunRow


def runs_of(lab_name: str) -> list[RunRow]:
    """The lab's runs, newest first, each with what was changed in it."""
    lab = lab_config.load_lab(lab_name)
    rows = []
    for run in store.all_runs():
        if run.lab == lab_name and run.facts["mode"] == "run":
            defaults = lab.defaults()
            changed = [f"{name}={shown(value)}" for name, value in run.config.items() if defaults.get(name) != value]
            rows.append(RunRow(run.id, str(run.facts["created"]), run.status(), ", ".join(changed)))
    return rows
