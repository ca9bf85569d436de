"""Lab 4: teach a small model to explain command-line options in your format, with LoRA.

Collect data (lab 3) → question the base model → train an adapter → merge it into the weights → question the tuned
model → convert it to GGUF → check that all copies say the same → report. Everything that is made stays in the run's
directory, and a stage whose result is already there is skipped: that is all there is to resuming.

The loop is `train`. The step inside it (forward, backward, clip, update) is in `tutor/engine/training.py`; what other
labs do in the same way is in `tutor/stages/`.
"""

from __future__ import annotations

from pathlib import Path

from tutor.clihelp.lab_report import RunFacts, markdown
from tutor.clihelp.measured import Measured
from tutor.clihelp.task import HELD_OUT, TUNED, Task
from tutor.engine import checkpoint
from tutor.engine.base_model import prepare_model
from tutor.engine.device import gpu_memory
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import adapter_options, add_adapter, save_adapter
from tutor.engine.training import Settings, Training
from tutor.runs.context import Run
from tutor.runs.events import read_all
from tutor.runs.steps import StepEvents
from tutor.stages.clihelp import asked, evaluate, load_task, prepare_data
from tutor.stages.copies import compare_gguf, convert, merge_adapter
from tutor.stages.progress import emit_loss
from tutor.stages.training import emit_plan, is_time_to_evaluate, predict_memory, tell_training

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
    with run.stage("base", "Question the base model"):
        before = evaluate(run, task, base, "base")
    with run.stage("train", "Train the adapter"):
        if not (run.path / "adapter").exists():
            train(run, task, base)
    with run.stage("merge", "Merge the adapter into the weights"):
        if not (run.path / "merged").exists():
            merge_adapter(run, base, asked(task))
    with run.stage("tuned", "Question the tuned model"):
        after = evaluate(run, task, run.path / "merged", "tuned")
    with run.stage("gguf", "Convert to GGUF"):
        convert(run)
    with run.stage("parity", "Check that every copy says the same"):
        compare_gguf(run, asked(task))
    with run.stage("report", "Judge and report"):
        measured = Measured.of(task, before, after)
        judge(run, measured)
        report(run, measured)


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
    return Training(model, task.encoded["train"].examples, Settings.from_options(vars(config)), task.pad_id)


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


def judge(run: Run, measured: Measured) -> None:
    """Say what was measured, and whether the lab is passed."""
    config = run.config
    for name, value, unit, note in measured.results():
        run.result(name, value, unit, note)
    for split in HELD_OUT:
        fall = measured.relative_fall(split)
        run.check(f"loss fell {split}", fall >= config.pass_loss_fall, fall, f"by at least {config.pass_loss_fall:.0%}")
    if config.pass_margins:
        for split, metric, baseline, margin in measured.margins():
            verdict = f"{margin} {margin.verdict}"
            run.check(f"{metric} beats {baseline}, {split}", margin.low > 0, verdict, "95 % interval above 0")
    unseen = measured.scores["heldout_out"][TUNED].mean("structure").value
    run.check("format", unseen >= config.pass_structure, unseen, f"at least {config.pass_structure} on unseen tools")
    for split in HELD_OUT:
        for prompt, reference, base, tuned in measured.samples(split, SHOWN):
            run.emit("sample", prompt=prompt, reference=reference, base=base, tuned=tuned)


def report(run: Run, measured: Measured) -> None:
    """`report.md`."""
    directory = run.directory
    facts = RunFacts(
        directory.id, str(run.path), directory.facts, run.results, run.checks, list(read_all(directory.events))
    )
    run.write_report(markdown(facts, measured, SHOWN))
