"""Lab 4: teach a small model to explain command-line options in your format, with LoRA.

Collect data (lab 3) → question the base model → train an adapter → merge it into the weights → question the tuned
model → convert it to GGUF → check that all copies say the same → report. Everything that is made stays in the run's
directory, and a stage whose result is already there is skipped: that is all there is to resuming. What is there can be
judged at any time: `checks` reads files, not what this run said about them.

The loop is `train`. The step inside it (forward, backward, clip, update) is in `tutor/engine/training.py`; what other
labs do in the same way is in `tutor/stages/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from tutor.clihelp.lab_report import RunFacts, findings
from tutor.clihelp.lora_found import LoraFound
from tutor.clihelp.lora_quiz import questions as ask_about
from tutor.clihelp.rows import keep_rows
from tutor.clihelp.task import HELD_OUT, TUNED, Task
from tutor.engine import checkpoint
from tutor.engine.architecture import Architecture, layers_named
from tutor.engine.base_model import prepare_model
from tutor.engine.device import gpu_memory
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import adapter_options, add_adapter, save_adapter
from tutor.engine.lr_finder import SWEEP
from tutor.engine.memory import lora_parameters
from tutor.engine.plots import draw_changes
from tutor.engine.training import Settings, Training
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Config, Run
from tutor.runs.events import read_all
from tutor.runs.grading import Criterion
from tutor.runs.steps import StepEvents
from tutor.runs.store import RunDir
from tutor.stages.clihelp import asked, evaluate, load_task, prepare_data
from tutor.stages.copies import compare_gguf, convert, gguf_criteria, merge_adapter, merge_criteria
from tutor.stages.faults import LARGER
from tutor.stages.progress import emit_loss
from tutor.stages.training import emit_plan, find_lr, is_time_to_evaluate, predict_memory, tell_training

WATCHED = "heldout_in"
"""The held-out split that early stopping looks at; the other one stays a judge that nothing was chosen by."""
SHOWN = 3
"""Questions of each held-out split whose answers are shown before and after."""


def run(run: Run) -> None:
    """The whole lab."""
    with run.stage("data", "Get the data"):
        prepare_data(run)
    with run.stage("model", "Get the model"):
        base = prepare_model(run)
        task = load_task(run, base)
        keep_rows(task, run.path)
    with run.stage("base", "Question the base model"):
        evaluate(run, task, base, "base")
    if run.config.find_lr:
        with run.stage("find", "Look for a learning rate"):
            if not (run.path / SWEEP).exists():
                find_lr(run, new_training(run, task, base))
    with run.stage("train", "Train the adapter"):
        if not (run.path / "adapter").exists():
            train(run, task, base)
    with run.stage("merge", "Merge the adapter into the weights"):
        if not (run.path / "merged").exists():
            merge_adapter(run, base, asked(task))
    with run.stage("tuned", "Question the tuned model"):
        evaluate(run, task, run.path / "merged", "tuned")
    with run.stage("gguf", "Convert to GGUF"):
        convert(run)
    with run.stage("parity", "Check that every copy says the same"):
        compare_gguf(run, asked(task))
    with run.stage("report", "Judge and report"):
        judge(run)


def plan(run: Run) -> None:
    """What a run would do; nothing is kept."""
    prepare_data(run)
    base = prepare_model(run)
    task = load_task(run, base)
    data = task.encoded["train"]
    emit_plan(run, base, new_training(run, task, base), data, predict_memory(run, base, data, "lora"))


def new_training(run: Run, task: Task, base: Path) -> Training:
    """The frozen base with a fresh adapter, ready for its first step."""
    config = run.config
    model = load_model(base, training_dtype(), training_attention(config.max_length))
    model = add_adapter(model, **adapter_options(vars(config)))
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    settings = Settings.from_options(vars(config) | {"lr": rate(run)})
    return Training(model, task.encoded["train"].examples, settings, task.pad_id)


def rate(run: Run) -> float:
    """The highest learning rate, much too high where that is the fault to find."""
    return float(run.config.lr) * (LARGER if run.drill == "lr" else 1)


def train(run: Run, task: Task, base: Path) -> None:
    """The loop. A run that was stopped or killed goes on at its last checkpoint, exactly as if nothing had happened."""
    predict_memory(run, base, task.encoded["train"], "lora")
    training = new_training(run, task, base)
    checkpoints = run.path / "checkpoints"
    if path := checkpoint.restore(checkpoints, training, lambda text: run.message(text, "warning")):
        run.message(f"Going on from {path.name}.")
    events = StepEvents(run, training.total, gpu_memory)

    for step in training:  # forward, backward, clip, update
        events.add(step)
        if is_time_to_evaluate(run, training, step):
            losses = {split: task.losses(training.model, split) for split in HELD_OUT}
            for split, loss in losses.items():
                emit_loss(run, split, loss, step.number)
            training.observe(losses[WATCHED].loss().value)
        if step.number % run.config.save_every == 0 or run.stop_requested:
            path = checkpoint.save(checkpoints, training)
            run.emit("checkpoint", step=step.number, path=str(path.relative_to(run.path)))
        run.raise_if_stopped()

    tell_training(run, base, training, events)
    training.stopping.put_back(training.parameters)
    save_adapter(training.model, run.path / "adapter")


def judge(run: Run) -> None:
    """Say what was measured and whether the lab is passed, leave the questions, write the report."""
    found, directory = LoraFound(run.path), run.directory
    for name, value, unit, note in found.measured.results():
        run.result(name, value, unit, note)
    for split in HELD_OUT:
        for prompt, reference, base, tuned in found.measured.samples(split, SHOWN):
            run.emit("sample", prompt=prompt, reference=reference, base=base, tuned=tuned)
    draw_changes(run.path / "changes", found.changes)
    told = RunFacts(directory.id, str(run.path), run.results, list(read_all(directory.events)), rate(run))
    report.conclude(run, "What your model learned", findings(told, found, SHOWN), checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts."""
    found, config = LoraFound(run.path), Config(**run.config)
    measured, rows = found.measured, len(found.rows["trained"])
    sound = f"{rows - found.unsound} of {rows}"
    yield Criterion("training rows are as they should be", not found.unsound, sound, "all; `What the loss saw`")
    least = config.pass_loss_fall
    for split in HELD_OUT:
        fall = measured.relative_fall(split)
        yield Criterion(f"loss fell {split}", fall >= least, fall, f"by at least {least:.0%}")
    if config.pass_margins:
        for split, metric, baseline, margin in measured.margins():
            verdict = f"{margin} {margin.verdict}"
            yield Criterion(f"{metric} beats {baseline}, {split}", margin.low > 0, verdict, "95 % interval above 0")
    unseen, wanted = measured.scores["heldout_out"][TUNED].mean("structure").value, config.pass_structure
    yield Criterion("format", unseen >= wanted, unseen, f"at least {wanted} on unseen tools")
    yield from merge_criteria(run)
    yield from gguf_criteria(run)


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found, shape, config = LoraFound(run.path), Architecture.read(run.path / "merged"), Config(**run.config)
    trained = lora_parameters(shape, config.r, config.targets, config.dora)
    moved: dict[str, list[float]] = {}
    for change in found.changes:
        moved.setdefault(change.layer.rpartition(".")[2], []).append(change.relative)
    return {
        "share": 100 * trained / shape.parameters().total,
        "unseen": found.measured.scores["heldout_out"][TUNED].mean("structure").value,
        "kind": max(moved, key=lambda kind: mean(moved[kind])),
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    config, shapes = Config(**run.config), Architecture.read(run.path / "merged").linear_shapes()
    adapted = {kind: shapes[kind] for kind in layers_named(config.targets)}
    return ask_about(LoraFound(run.path), adapted, f"{run.id} {config.seed}")
