"""Lab 5: the task of lab 4 with QLoRA: the base is held in 4 bits, and only the adapter is trained, in full precision.

Measure the base in 16 and in 4 bits → train LoRA on the one and QLoRA on the other → merge QLoRA in three ways, and
hold each against what was trained → store the faithful one, convert it to GGUF → report. Read it beside
`lora_cli_help.py`: what differs is `new_training`, and what follows from it, `merge_adapter`.

What is in 4 bits, and how it is dequantized, is in `tutor/engine/quantized.py`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tutor.clihelp.task import HELD_OUT, Task
from tutor.engine import checkpoint, merge, parity, quantized
from tutor.engine.base_model import prepare_model
from tutor.engine.device import gpu_memory
from tutor.engine.footprint import count_memory, memory_in_use
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import adapter_options, add_adapter, load_adapter, save_adapter
from tutor.engine.memory import MemoryPlan
from tutor.engine.training import Settings, Training
from tutor.files import read_json, write_json
from tutor.insight.qlora_found import (
    ARITHMETIC,
    BASE,
    BASE_4BIT,
    DEQUANTIZED,
    LORA,
    MODELS,
    ORIGINAL,
    PATHS,
    QLORA,
    REQUANTIZED,
    STORED,
    Found,
    Memory,
)
from tutor.insight.qlora_quiz import questions as ask_about
from tutor.insight.qlora_report import findings
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.steps import StepEvents, peak_memory
from tutor.runs.store import RunDir
from tutor.stages.clihelp import load_task, prepare_data
from tutor.stages.copies import convert
from tutor.stages.progress import emit_loss, watch
from tutor.stages.training import emit_plan, predict_memory

COMPARED_TEXTS = 6
"""Held-out conversations over whose positions a merged model is held against the trained one."""
SHOWN = 2
"""Questions of each held-out split whose answers are shown before and after."""
STORED_AS = torch.float16
"""The type of the merged model: it rounds eight times as finely as bfloat16, and weights are far from its limits."""


def run(run: Run) -> None:
    """The whole lab."""
    found = Found(run.path)
    with run.stage("data", "Get the data"):
        prepare_data(run)
    with run.stage("model", "Get the model"):
        base = prepare_model(run)
        task = load_task(run, base)
    with run.stage("base", "Measure the base in 16 and in 4 bits"):
        measure_bases(run, task, base)
    for arm, title in ((LORA, "Train LoRA on the 16-bit base"), (QLORA, "Train QLoRA on the 4-bit base")):
        with run.stage(arm, title):
            if not (run.path / arm / "adapter").exists():
                train(run, task, base, arm)
            if not found.path("losses", arm).exists():
                measure(run, task, arm, tuned(run, base, arm))
    with run.stage("merge", "Merge in three ways"):
        if not (run.path / "merged").exists():
            merge_adapter(run, task, base)
    with run.stage("answers", "Question the merged model"):
        if not (run.path / "samples.json").exists():
            question(run, task, base)
    with run.stage("gguf", "Convert to GGUF"):
        convert(run)
    with run.stage("report", "Judge and report"):
        judge(run, found)


def plan(run: Run) -> None:
    """What a run would do; nothing is kept. Both arms take about as long."""
    prepare_data(run)
    base = prepare_model(run)
    task = load_task(run, base)
    training, data = new_training(run, task, base, QLORA), task.encoded["train"]
    emit_plan(run, base, training, data, predict(run, task, base, QLORA))


def compute_dtype(run: Run) -> str:
    """What matrices are dequantized to."""
    return training_dtype() if run.config.compute_dtype == "auto" else str(run.config.compute_dtype)


def load_base(run: Run, base: Path, arm: str, attention: str = "sdpa") -> Any:
    """The frozen base of an arm, in 4 bits for QLoRA."""
    config = run.config
    if arm == LORA or run.drill == "plain":
        return load_model(base, training_dtype(), attention)
    model = quantized.load_quantized(base, config.quant, config.double_quant, compute_dtype(run), attention)
    if run.drill == "head":
        quantized.quantize_head(model, config.quant)
    return model


def measure_bases(run: Run, task: Task, base: Path) -> None:
    """Held-out loss of the base, before and after rounding; and what every rounded matrix takes."""
    found = Found(run.path)
    if not found.path("losses", BASE).exists():
        measure(run, task, BASE, load_model(base, training_dtype()))
    if not found.path("losses", BASE_4BIT).exists():
        model = load_base(run, base, QLORA)
        found.save_matrices(quantized.matrices(model))
        measure(run, task, BASE_4BIT, model)


def measure(run: Run, task: Task, name: str, model: Any) -> None:
    """Held-out losses of one of `MODELS`."""
    run.raise_if_stopped()
    losses = {split: task.losses(model, split) for split in HELD_OUT}
    Found(run.path).save_losses(name, losses)
    for split, loss in losses.items():
        run.result(f"loss {name} {split}", loss.loss(), "nats/token", MODELS[name])
        if name == QLORA:
            emit_loss(run, split, loss, 2 * settings(run).total_steps(len(task.encoded["train"].examples)))


def predict(run: Run, task: Task, base: Path, arm: str) -> MemoryPlan:
    """The peak of one training by component."""
    if arm == LORA:
        return predict_memory(run, base, task.encoded["train"], "lora")
    how = {"double_quant": run.config.double_quant, "dtype": compute_dtype(run)}
    return predict_memory(run, base, task.encoded["train"], "qlora", **how)


def new_training(run: Run, task: Task, base: Path, arm: str) -> Training:
    """The frozen base with a fresh adapter in float32, ready for its first step."""
    config = run.config
    model = load_base(run, base, arm, training_attention(config.max_length))
    model = add_adapter(model, **adapter_options(vars(config)))
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return Training(model, task.encoded["train"].examples, settings(run), task.pad_id)


def settings(run: Run) -> Settings:
    """How both adapters are trained."""
    lr = 1e-12 if run.drill == "frozen" else run.config.lr
    return Settings.from_options(vars(run.config) | {"lr": lr})


def train(run: Run, task: Task, base: Path, arm: str) -> None:
    """The loop, once for each arm. Both see the same examples in the same order, with the same first adapter."""
    before = memory_in_use()
    prediction = predict(run, task, base, arm)
    training = new_training(run, task, base, arm)
    checkpoints = run.path / arm / "checkpoints"
    if path := checkpoint.restore(checkpoints, training, lambda text: run.message(text, "warning")):
        run.message(f"Going on from {path.name}.")
    done_before = 0 if arm == LORA else training.total
    events = StepEvents(run, 2 * training.total, gpu_memory, before=done_before, trial=arm)
    seconds = []

    for step in training:  # forward, backward, clip, update
        events.add(step)
        seconds.append(step.seconds)
        if step.number % run.config.save_every == 0 or run.stop_requested:
            path = checkpoint.save(checkpoints, training)
            run.emit("checkpoint", step=done_before + step.number, path=str(path.relative_to(run.path)))
        run.raise_if_stopped()

    counted = {"runtime": before, **count_memory(training)}
    place, peak = ("GPU", gpu_memory()["gpu_used_bytes"]) if gpu_memory() else ("memory", peak_memory())
    pace = statistics.median(seconds[1:] or seconds)
    Found(run.path).save_memory(arm, Memory(dict(prediction.rows()), counted, peak, place, pace))
    run.result(f"tokens per second {arm}", events.tokens / events.seconds, "tokens/s")
    save_adapter(training.model, run.path / arm / "adapter")


def tuned(run: Run, base: Path, arm: str) -> Any:
    """An arm's base with the adapter that was trained on it."""
    return load_adapter(load_base(run, base, arm), run.path / arm / "adapter")


def merge_adapter(run: Run, task: Task, base: Path) -> None:
    """Merge QLoRA's adapter in every way, hold the sums against what was trained, and store the faithful one."""
    found = Found(run.path)
    texts = [example.ids for split in HELD_OUT for example in task.encoded[split].examples[: COMPARED_TEXTS // 2]]
    model = tuned(run, base, QLORA)
    rounded = parity.logits_of(model, texts)
    trained = parity.logits_of(quantized.in_float32(model), texts)

    def compare(path: str, logits: list[Tensor]) -> None:
        pairs = zip(trained, logits, strict=True)
        found.save_merge(path, [parity.compare([ours], [theirs], []) for ours, theirs in pairs])

    compare(ARITHMETIC, rounded)
    for path in (REQUANTIZED, ORIGINAL, DEQUANTIZED):
        model = merged(run, base, path)
        compare(path, parity.logits_of(model, texts))
        measure(run, task, path, model)
    model.to(STORED_AS)  # rounds every sum once, in place
    compare(STORED, parity.logits_of(model.float(), texts))
    facts = {"model": f"{base.name} tuned by {run.directory.id}", "source": run.directory.id, "base": str(base)}
    merge.save_merged(model.to(STORED_AS), base, run.path / "merged", facts)


def merged(run: Run, base: Path, path: str) -> Any:
    """A plain model with QLoRA's adapter in its weights."""
    path = run.drill if run.drill in PATHS and path == DEQUANTIZED else path
    if path == REQUANTIZED:
        return quantized.dequantized(base, quantized.merge_requantized(tuned(run, base, QLORA)))
    exact = path == DEQUANTIZED
    plain = quantized.dequantized(base, load_base(run, base, QLORA)) if exact else load_model(base, "float32")
    return merge.fold(load_adapter(plain, run.path / QLORA / "adapter"))[0]


def question(run: Run, task: Task, base: Path) -> None:
    """A few answers of the base and of the merged model."""
    asked = [question for split in HELD_OUT for question in task.questions(split)[:SHOWN]]
    references = [answer for split in HELD_OUT for answer in task.references(split)[:SHOWN]]
    answers = [
        task.answers(load_model(path), asked, run.config.answer_tokens, watch(run, "answers", "answers"))
        for path in (base, run.path / "merged")
    ]
    prompts = [str(each[0]["content"]) for each in asked]
    rows = list(zip(prompts, references, *answers, strict=True))
    write_json(run.path / "samples.json", {"rows": rows})
    for prompt, reference, before, after in rows:
        run.emit("sample", prompt=prompt, reference=reference, base=before, tuned=after)


def judge(run: Run, found: Found) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    if found.memory(QLORA).place != "GPU":
        run.message("On a CPU this lab is functional, not a demonstration of memory or speed.")
    run.result("QLoRA loss minus LoRA loss", found.gap, "nats/token")
    run.result("bits per weight", found.bits, "bits", "of the blocks, with their scales")
    run.result("base shrank", found.shrinking, "times", "all weights together")
    run.result("step time, 4 bits / 16 bits", found.slowdown)
    for path, title in PATHS.items():
        run.result(f"KL merged {path}", found.kl(path), "nats", f"{title}: from the trained model")
        run.result(f"same top token {path}", found.top1(path))
    memory = found.memory(QLORA)
    run.result("peak memory", memory.peak, "bytes", f"predicted {memory.error:+.0%} off")
    samples = [tuple(row) for row in read_json(run.path / "samples.json")["rows"]]
    parts = findings(found, vars(run.config), samples)
    report.conclude(run, "What 4 bits cost", parts, checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts."""
    found = Found(run.path)
    blocks = sum("layers." in matrix.name for matrix in found.matrices)
    promised = quantized.bits_per_weight(bool(run.config["double_quant"]))
    inside = sum("layers." in matrix.name for matrix in found.four_bit)
    least: Any = run.config["pass_loss_fall"]
    yield Criterion("blocks are in 4 bits", inside == blocks > 0, inside, f"all {blocks} matrices of the blocks")
    others = len(found.four_bit) - inside
    yield Criterion("nothing else is", others == 0, others, "0 other matrices in 4 bits")
    yield Criterion("bits a weight", abs(found.bits / promised - 1) < 0.05, found.bits, f"{promised:.3f} within 5 %")
    for split in HELD_OUT:
        fall = found.relative_fall(split)
        yield Criterion(f"loss fell {split}", fall >= least, fall, f"by at least {least:.0%}")
    kl, top = found.kl(STORED).value, found.top1(STORED).value
    yield Criterion("merged is what was trained", kl <= 0.001, kl, "KL at most 0.001 nats")
    yield Criterion("merged chooses the same", top >= 0.98, top, "the same top token at 98 % of positions")
    memory = found.memory(QLORA)
    if memory.place == "GPU":  # on a CPU libraries and allocator outweigh a small model
        off = abs(memory.error)
        yield Criterion("memory as predicted", off <= 0.2, memory.error, "within 20 % of the measured peak")


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    closest = min(PATHS, key=lambda path: found.kl(path).value)
    return {"shrink": found.shrinking, "gap": found.gap_verdict, "merge": closest, "slowdown": found.slowdown}


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return ask_about(Found(run.path), f"{run.id} {run.config['seed']}", bool(run.config["double_quant"]))
