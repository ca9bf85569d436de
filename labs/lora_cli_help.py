"""Lab 4: teach a small model to explain command-line options in your format, with LoRA.

Collect data (lab 3) → question the base model → train an adapter → merge it into the weights → question the tuned
model → convert it to GGUF → check that all copies say the same → report. Everything that is made stays in the run's
directory, and a stage whose result is already there is skipped: that is all there is to resuming.

The loop is `train`. The step inside it (forward, backward, clip, update) is in `tutor/engine/training.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tutor.clihelp import dataset
from tutor.clihelp.evaluation import Evaluation, evaluate_base, evaluate_tuned
from tutor.clihelp.lab_report import RunFacts, markdown
from tutor.clihelp.measured import Measured
from tutor.clihelp.task import HELD_OUT, TUNED, Task
from tutor.engine import checkpoint, export, merge, parity, safetensors_file
from tutor.engine.architecture import Architecture
from tutor.engine.base_model import prepare_model
from tutor.engine.device import gpu_memory, pick_device
from tutor.engine.heldout import HeldOut
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import add_adapter, load_adapter, save_adapter
from tutor.engine.memory import CPU, GPU, MemoryPlan, budget, plan_memory
from tutor.engine.training import Settings, Training
from tutor.errors import TutorError
from tutor.files import sha256
from tutor.runs.config import load_lab
from tutor.runs.config import resolve as resolve_options
from tutor.runs.context import Run
from tutor.runs.events import read_all
from tutor.runs.steps import StepEvents

PARITY_PROMPTS = 5
"""Questions that merged model and GGUF must answer with the same text."""
PARITY_TEXTS = 6
"""Held-out conversations over whose positions a GGUF is held against the merged model."""
PROBE_STEPS = 3
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
            merge_adapter(run, task, base)
    with run.stage("tuned", "Question the tuned model"):
        after = evaluate(run, task, run.path / "merged", "tuned")
    with run.stage("gguf", "Convert to GGUF"):
        convert(run)
    with run.stage("parity", "Check that every copy says the same"):
        compare_gguf(run, task)
    with run.stage("report", "Judge and report"):
        measured = Measured.of(task, before, after)
        judge(run, measured)
        report(run, measured)


def plan(run: Run) -> None:
    """What a run would do: parameters, tokens, steps, memory, and time from a probe of a few real steps."""
    config = run.config
    prepare_data(run)
    base = prepare_model(run)
    task = load_task(run, base)
    memory = predict_memory(run, task, base)
    training = new_training(run, task, base)
    probe = [training.step() for _ in range(1 + PROBE_STEPS)][1:]  # the first step is slower than all others
    seconds_per_token = sum(step.seconds for step in probe) / sum(step.tokens for step in probe)
    data = task.encoded["train"]
    parameters = sum(parameter.numel() for parameter in training.parameters.values())
    rows = [
        ("model", run.results["model"]["value"], "", str(base)),
        ("trainable parameters", parameters, "", f"r={config.r} on {', '.join(config.targets)}"),
        ("examples", len(data.examples), "", f"{data.truncated} truncated to {config.max_length} tokens"),
        ("tokens per epoch", data.tokens, "tokens", f"the longest example has {task.longest}"),
        ("steps", training.total, "", f"{config.epochs} epochs of {training.steps_per_epoch}"),
        ("memory", memory.total, "bytes", "predicted peak of training"),
        ("training time", seconds_per_token * data.tokens * config.epochs, "s", f"from {len(probe)} real steps"),
    ]
    run.emit("plan", rows=[dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows])


def predict_memory(run: Run, task: Task, base: Path) -> MemoryPlan:
    """The peak of training by component, which readers show beside what is measured."""
    config = run.config
    plan = plan_memory(
        Architecture.read(base),
        "lora",
        batch=config.batch_size,
        seq=task.longest,
        rank=config.r,
        targets=config.targets,
        dtype=training_dtype(),
        supervised_fraction=task.encoded["train"].supervised_fraction,
        dropout=config.dropout,
        checkpointing=config.gradient_checkpointing,
        place=GPU if pick_device().device.type == "cuda" else CPU,
    )
    rows = [{"name": name, "bytes": size} for name, size in plan.rows()]
    run.emit("memory", rows=rows, available=budget().size)
    return plan


def prepare_data(run: Run) -> None:
    """Collect the dataset where it does not exist (lab 3), and refuse to resume on another one.

    Raises:
        TutorError: the dataset changed since the run began.
    """
    options = resolve_options(load_lab("lab-cli-help-data"), {"smoke": run.config.smoke, "dataset": run.config.dataset})
    folder = dataset.ensure(
        dataset.DataConfig.from_options(options),
        progress=lambda done, total, _tool: run.progress("data", done, total, "tools"),
        check_stop=run.raise_if_stopped,
    )
    digest = sha256(folder / "train.records.jsonl")
    if run.results.get("training data", {"value": digest})["value"] != digest:
        raise TutorError(f"The dataset {run.config.dataset} has changed since this run began.", "Start a new run.")
    run.result("training data", digest, note="SHA-256 of its records")


def load_task(run: Run, base: Path) -> Task:
    """The data, tokenized for the model."""
    config = run.config
    task = Task.load(config.dataset, base, config.max_length, config.train_examples, config.eval_examples)
    for split, encoded in task.encoded.items():
        if encoded.truncated:  # an answer without its end does not teach when to stop
            text = f"{encoded.truncated} of {len(encoded.examples)} conversations of {split} are longer than max_length"
            run.message(f"{text}={config.max_length} and lost their end.", "warning")
    return task


def evaluate(run: Run, task: Task, model_dir: Path, name: str) -> Evaluation:
    """Losses and answers of the base or the tuned model, measured once and kept in the run."""
    path = run.path / "evaluation" / f"{name}.json"
    if not path.exists():
        measure = evaluate_base if name == "base" else evaluate_tuned
        found = measure(task, load_model(model_dir), run.config.answer_tokens, watch(run, name, "answers"))
        last = Settings.from_options(vars(run.config)).total_steps(len(task.encoded["train"].examples))
        for split in HELD_OUT:
            emit_loss(run, split, found.losses[split], 0 if name == "base" else last)
        found.save(path)
    return Evaluation.load(path)


def new_training(run: Run, task: Task, base: Path) -> Training:
    """The frozen base with a fresh adapter, ready for its first step."""
    config = run.config
    model = load_model(base, training_dtype(), training_attention(config.max_length))
    model = add_adapter(
        model, r=config.r, alpha=config.alpha, dropout=config.dropout, targets=config.targets, seed=config.seed
    )
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return Training(model, task.encoded["train"].examples, Settings.from_options(vars(config)), task.pad_id)


def train(run: Run, task: Task, base: Path) -> None:
    """The loop. A run that was stopped or killed goes on at its last checkpoint, exactly as if nothing had happened."""
    predict_memory(run, task, base)
    training = new_training(run, task, base)
    checkpoints = run.path / "checkpoints"
    if path := checkpoint.restore(checkpoints, training, lambda text: run.message(text, "warning")):
        run.message(f"Going on from {path.name}.")
    events = StepEvents(run, training.total, gpu_memory)

    for step in training:  # forward, backward, clip, update
        events.add(step)
        if step.ends_epoch and step.number < training.total:
            for split in HELD_OUT:
                emit_loss(run, split, task.losses(training.model, split), step.number)
        if step.number % run.config.save_every == 0 or run.stop_requested:
            path = checkpoint.save(checkpoints, training)
            run.emit("checkpoint", step=step.number, path=str(path.relative_to(run.path)))
        run.raise_if_stopped()

    parameters = sum(parameter.numel() for parameter in training.parameters.values())
    run.result("trainable parameters", parameters)
    run.result("trainable share", parameters / Architecture.read(base).parameters().total)
    run.result("training examples", len(task.encoded["train"].examples))
    run.result("training time", events.seconds, "s", "this process's steps only, where the run was resumed")
    run.result("tokens per second", events.tokens / events.seconds, "tokens/s")
    run.result("computed in", training_dtype(), note=pick_device().reason)
    save_adapter(training.model, run.path / "adapter")


def merge_adapter(run: Run, task: Task, base: Path) -> None:
    """Add the adapter to the weights, prove that nothing changed, and store the sum in the base's own precision."""
    model = load_adapter(load_model(base, dtype="float32"), run.path / "adapter")
    prompts = task.prompt_ids(parity_questions(task))
    transcripts = parity.transcribe(model, prompts, task.pad_id, run.config.answer_tokens)
    texts = [transcript.ids for transcript in transcripts]
    adapted = parity.logits_of(model, texts)
    merged, changes = merge.fold(model)
    exact = parity.compare(adapted, parity.logits_of(merged, texts), transcripts)
    dtype = safetensors_file.main_dtype(safetensors_file.read_model(base))
    merged.to(getattr(torch, dtype))  # rounds every sum once, in place
    stored = parity.compare(adapted, parity.logits_of(merged.float(), texts), transcripts)

    run.result(
        "max |Δlogit| merged", exact.max_logit_difference, note="adapter against merged weights, both in float32"
    )
    run.result("max |Δlogit| stored", stored.max_logit_difference, note=f"after rounding the sum to {dtype}")
    run.result("same answers stored", stored.same_answers, f"of {stored.transcripts}", f"after rounding to {dtype}")
    for change in sorted(changes, key=lambda change: -change.relative):
        run.result(f"ΔW {change.layer}", change.delta, note=f"{change.relative:.2%} of the weight's norm")
    run.check("merged logits equal", exact.max_logit_difference < 1e-3, exact.max_logit_difference, "below 1e-3")
    same = f"{exact.same_answers} of {exact.transcripts}"
    run.check(
        "merged answers equal", exact.same_answers == exact.transcripts, same, "the same greedy text for every prompt"
    )
    facts = {"model": f"{base.name} tuned by {run.directory.id}", "source": run.directory.id, "base": str(base)}
    merge.save_merged(merged.to(getattr(torch, dtype)), base, run.path / "merged", facts)


def convert(run: Run) -> None:
    """GGUF for llama.cpp: once in 16 bits, once quantized to about 4.8 bits a weight."""
    f16, small = run.path / "gguf" / "model-f16.gguf", run.path / "gguf" / "model-q4_k_m.gguf"
    if not f16.exists():
        export.to_gguf(run.path / "merged", f16)
    run.raise_if_stopped()
    if not small.exists():
        export.quantize_gguf(f16, small)
    for path in (f16, small):
        run.result(f"size {path.name}", path.stat().st_size, "bytes")


def compare_gguf(run: Run, task: Task) -> None:
    """llama.cpp on the GGUF files against torch on the merged model: the same tokens in, the same probabilities out."""
    if "gguf top-1 q4_k_m" in run.results:
        return
    model = load_model(run.path / "merged", dtype="float32")
    questions = parity_questions(task)
    prompts = task.prompt_ids(questions)
    transcripts = parity.transcribe(model, prompts, task.pad_id, run.config.answer_tokens)
    examples = [example for split in HELD_OUT for example in task.encoded[split].examples[: PARITY_TEXTS // 2]]
    texts = [example.ids for example in examples] + [transcript.ids for transcript in transcripts]
    reference = parity.logits_of(model, texts)
    for kind, least, most_kl in (("f16", 0.97, 0.001), ("q4_k_m", 0.8, 0.2)):
        run.raise_if_stopped()
        theirs, their_prompts = parity.gguf_logits(run.path / "gguf" / f"model-{kind}.gguf", texts, questions)
        found = parity.compare(reference, theirs, transcripts)
        run.result(
            f"gguf KL {kind}", found.mean_kl, "nats", f"merged against GGUF, mean of {found.positions} positions"
        )
        run.result(f"gguf same answers {kind}", found.same_answers, f"of {found.transcripts}", "greedy text")
        run.check(f"{kind} reads the same tokens", their_prompts == prompts, their_prompts == prompts, "true")
        run.check(f"{kind} predicts the same", found.top1 >= least, found.top1, f"top-1 agreement at least {least}")
        run.check(f"{kind} stays close", found.mean_kl <= most_kl, found.mean_kl, f"KL at most {most_kl} nats")
        run.result(f"gguf top-1 {kind}", found.top1, note="share of positions with the same most likely token")


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


def parity_questions(task: Task) -> list[Any]:
    """A few held-out questions, of seen and unseen tools in turn."""
    pairs = zip(*(task.questions(split) for split in HELD_OUT), strict=False)
    return [question for pair in pairs for question in pair][:PARITY_PROMPTS]


def emit_loss(run: Run, split: str, held_out: HeldOut, step: int) -> None:
    """An `eval` event."""
    loss = held_out.loss()
    run.emit("eval", step=step, split=split, loss=loss.value, low=loss.low, high=loss.high, n=loss.n)


def watch(run: Run, stage: str, unit: str) -> Callable[[int, int], None]:
    """Progress of a stage as (done, total), and the place where it can be stopped."""

    def progress(done: int, total: int) -> None:
        run.raise_if_stopped()
        run.progress(stage, done, total, unit)

    return progress
