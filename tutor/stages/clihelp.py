"""Data and evaluation of the labs on command-line help."""

from __future__ import annotations

from pathlib import Path

from tutor.clihelp import dataset
from tutor.clihelp.evaluation import Evaluation, evaluate_base, evaluate_tuned
from tutor.clihelp.task import HELD_OUT, Task
from tutor.engine.loading import load_model
from tutor.errors import TutorError
from tutor.files import sha256
from tutor.runs.config import load_lab, resolve
from tutor.runs.context import Run
from tutor.stages import clap_flags
from tutor.stages.copies import Asked
from tutor.stages.faults import with_fault
from tutor.stages.progress import emit_loss, watch

ASKED = 5
"""Questions that every copy of the tuned model must answer with the same text."""
READ = 6
"""Held-out conversations over whose positions two copies are held against each other."""


def prepare_data(run: Run) -> None:
    """Make the dataset where it does not exist (lab 3, or of a corpus), and refuse to resume on another one.

    Raises:
        TutorError: the dataset changed since the run began.
    """
    folder = _made(run)
    digest = sha256(folder / "train.records.jsonl")
    if run.results.get("training data", {"value": digest})["value"] != digest:
        raise TutorError(f"The dataset {run.config.dataset} has changed since this run began.", "Start a new run.")
    run.result("training data", digest, note="SHA-256 of its records")


def _made(run: Run) -> Path:
    options = resolve(load_lab("lab-cli-help-data"), {"smoke": run.config.smoke, "dataset": run.config.dataset})
    if run.config.dataset.startswith(dataset.CORPUS):
        return clap_flags.ensure(run.config.dataset, options)
    return dataset.ensure(
        dataset.DataConfig.from_options(options),
        progress=lambda done, total, _tool: run.progress("data", done, total, "tools"),
        check_stop=run.raise_if_stopped,
    )


def load_task(run: Run, base: Path) -> Task:
    """The data, tokenized for the model; with the fault that the run is to have."""
    config = run.config
    task = Task.load(config.dataset, base, config.max_length, config.train_examples, config.eval_examples)
    task = with_fault(task, run.drill, config.max_length)
    for split, encoded in task.encoded.items():
        if encoded.truncated:  # an answer without its end does not teach when to stop
            text = f"{encoded.truncated} of {len(encoded.examples)} conversations of {split} are longer than max_length"
            run.message(f"{text}={config.max_length} and lost their end.", "warning")
    return task


def evaluate(run: Run, task: Task, model_dir: Path, name: str) -> Evaluation:
    """Losses and answers of the `base` or the `tuned` model, measured once and kept in the run."""
    path = run.path / "evaluation" / f"{name}.json"
    if not path.exists():
        measure = evaluate_base if name == "base" else evaluate_tuned
        found = measure(task, load_model(model_dir), run.config.answer_tokens, watch(run, name, "answers"))
        step = 0 if name == "base" else run.results["steps"]["value"]
        for split in HELD_OUT:
            emit_loss(run, split, found.losses[split], step)
        found.save(path)
    return Evaluation.load(path)


def asked(task: Task) -> Asked:
    """What all copies of a tuned model are asked: held-out questions, of seen and unseen tools in turn."""
    pairs = zip(*(task.questions(split) for split in HELD_OUT), strict=False)
    questions = [question for pair in pairs for question in pair][:ASKED]
    examples = [example for split in HELD_OUT for example in task.encoded[split].examples[: READ // 2]]
    return Asked(questions, task.prompt_ids(questions), [example.ids for example in examples], task.pad_id)
