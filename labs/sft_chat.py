"""Lab 7: teach a small model to answer with one Python function, by supervised fine-tuning on conversations.

Get the data → write it in the model's chat template → check which tokens the loss sees → question the base model →
train an adapter on the assistant's tokens → merge → question the tuned model and run what it wrote → convert to GGUF →
judge. Everything that is made stays in the run's directory, and a stage whose result is already there is skipped.

The loop is `train`. What the loss sees is decided in `tutor/engine/chatdata.py`, and held against the roles of the
tokens in `tutor/engine/mask_view.py`. The tasks are in `tutor/codetasks/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tutor.codetasks import sft_quiz, sft_report
from tutor.codetasks.data import OWN, Data, other_data, own_data
from tutor.codetasks.sft_faults import SMALLER, spoil, training_tokenizer
from tutor.codetasks.sft_found import BASE, DATA, MASK, TUNED, Found
from tutor.codetasks.split import TRAIN
from tutor.engine import checkpoint
from tutor.engine.base_model import prepare_model
from tutor.engine.chatdata import Encoded, encode_all
from tutor.engine.device import gpu_memory
from tutor.engine.heldout import heldout_loss
from tutor.engine.loading import load_model, load_tokenizer, training_attention, training_dtype
from tutor.engine.lora import adapter_options, add_adapter, save_adapter
from tutor.engine.mask_view import check_mask, losses_of_all, mask_tokens
from tutor.engine.training import Settings, Training
from tutor.files import write_json
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.steps import StepEvents
from tutor.runs.store import RunDir
from tutor.stages.code import question_model, what_to_ask
from tutor.stages.copies import compare_gguf, convert, gguf_criteria, merge_adapter, merge_criteria
from tutor.stages.progress import emit_loss
from tutor.stages.training import emit_plan, predict_memory, tell_training

SHOWN = 4
"""Conversations whose every token is kept with its label and its loss. The first of them has two turns."""
SAMPLES = 6
"""Held-out questions whose answers are shown before and after."""


def run(run: Run) -> None:
    """The whole lab."""
    with run.stage("data", "Get the data and run its answers"):
        data = prepare_data(run)
    with run.stage("model", "Get the model"):
        base = prepare_model(run)
        tokenizer = load_tokenizer(base)
    with run.stage("mask", "Check which tokens the loss sees"):
        training_data = encode_training(run, tokenizer, data)
        if not (run.path / MASK).exists():
            check_masks(run, tokenizer, data, training_data, base)
    with run.stage("base", "Question the base model"):
        question_model(run, tokenizer, data, questions_of(data), lambda: load_model(base), BASE, step=0)
    with run.stage("train", "Train the adapter"):
        if not (run.path / "adapter").exists():
            train(run, tokenizer, data, training_data, base)
    with run.stage("merge", "Merge the adapter into the weights"):
        asked = what_to_ask(run, tokenizer, data)
        if not (run.path / "merged").exists():
            merge_adapter(run, base, asked)
    with run.stage("tuned", "Question the tuned model"):
        steps = Settings.from_options(vars(run.config)).total_steps(len(training_data.examples))
        merged = run.path / "merged"
        question_model(run, tokenizer, data, questions_of(data), lambda: load_model(merged), TUNED, steps)
    with run.stage("gguf", "Convert to GGUF and check that every copy says the same"):
        convert(run)
        compare_gguf(run, asked)
    with run.stage("judge", "Run what the models wrote, and judge"):
        judge(run, Found(run.path))


def plan(run: Run) -> None:
    """What a run would do; nothing is kept."""
    data = prepare_data(run)
    base = prepare_model(run)
    tokenizer = load_tokenizer(base)
    encoded = encode_training(run, tokenizer, data)
    memory = predict_memory(run, base, encoded, "lora")
    emit_plan(run, base, new_training(run, tokenizer, encoded, base), encoded, memory)


def prepare_data(run: Run) -> Data:
    """The conversations, as they were when the run began."""
    path, config = run.path / DATA, run.config
    if not path.exists():
        if config.data == OWN:
            data = own_data(config.seed, config.train_examples, config.eval_examples)
        else:
            data = other_data(config.data, config.seed, config.train_examples, config.eval_examples, False)
        if run.drill == "leak":
            leaked = [messages for name in data.held_out for messages in data.conversations[name]]
            data.conversations[TRAIN].extend(leaked)
        data.save(path)
    return Data.load(path)


def encode_training(run: Run, tokenizer: Any, data: Data) -> Encoded:
    """The training conversations as token ids, with what the loss sees marked."""
    writer = training_tokenizer(tokenizer, run.drill)
    encoded = encode_all(writer, data.conversations[TRAIN], run.config.max_length)
    if encoded.truncated:  # an answer without its end does not teach when to stop
        text = f"{encoded.truncated} of {len(encoded.examples)} conversations are longer than max_length"
        run.message(f"{text}={run.config.max_length} and lost their end.", "warning")
    return replace(encoded, examples=[spoil(example, run.drill) for example in encoded.examples])


def check_masks(run: Run, tokenizer: Any, data: Data, encoded: Encoded, base: Path) -> None:
    """Hold every mask against who says what, and keep some conversations token by token."""
    pairs = list(zip(data.conversations[TRAIN], encoded.examples, strict=True))
    tokens = [mask_tokens(tokenizer, messages, example) for messages, example in pairs]
    checks = [check_mask(each, example) for each, (_, example) in zip(tokens, pairs, strict=True)]
    model = load_model(base)
    shown = []
    for (messages, _), each in list(zip(pairs, tokens, strict=True))[:SHOWN]:
        losses = [None, *losses_of_all(model, each)]
        rows = [asdict(replace(token, loss=loss)) for token, loss in zip(each, losses, strict=True)]
        shown.append({"messages": messages, "tokens": rows})
    total = sum(checks[1:], checks[0])
    write_json(run.path / MASK, {"check": asdict(total), "conversations": shown})
    run.message(f"The loss sees {total.supervised:,} of {total.tokens:,} tokens, and {total.ends} ends of answers.")


def questions_of(data: Data) -> list[Any]:
    """Every held-out conversation up to its last answer, split by split."""
    return [messages[:-1] for split in data.held_out for messages in data.conversations[split]]


def new_training(run: Run, tokenizer: Any, encoded: Encoded, base: Path) -> Training:
    """The frozen base with a fresh adapter, ready for its first step."""
    config = run.config
    model = load_model(base, training_dtype(), training_attention(config.max_length))
    model = add_adapter(model, **adapter_options(vars(config)))
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    settings = Settings.from_options(vars(config))
    if run.drill == "lr":
        settings = replace(settings, lr=settings.lr / SMALLER)
    return Training(model, encoded.examples, settings, int(tokenizer.eos_token_id))


def train(run: Run, tokenizer: Any, data: Data, encoded: Encoded, base: Path) -> None:
    """The loop. A run that was stopped or killed goes on at its last checkpoint, exactly as if nothing had happened."""
    predict_memory(run, base, encoded, "lora")
    training = new_training(run, tokenizer, encoded, base)
    checkpoints = run.path / "checkpoints"
    if path := checkpoint.restore(checkpoints, training, lambda text: run.message(text, "warning")):
        run.message(f"Going on from {path.name}.")
    events = StepEvents(run, training.total, gpu_memory)

    held = {split: encode_all(tokenizer, data.conversations[split], run.config.max_length) for split in data.held_out}

    for step in training:  # forward, backward, clip, update
        events.add(step)
        if step.ends_epoch and step.number < training.total:
            for split, each in held.items():
                emit_loss(run, split, heldout_loss(training.model, each.examples, tokenizer.eos_token_id), step.number)
        if step.number % run.config.save_every == 0 or run.stop_requested:
            path = checkpoint.save(checkpoints, training)
            run.emit("checkpoint", step=step.number, path=str(path.relative_to(run.path)))
        run.raise_if_stopped()

    tell_training(run, base, training, events)
    save_adapter(training.model, run.path / "adapter")


def judge(run: Run, found: Found) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    for name, value, unit, note in sft_report.results(found):
        run.result(name, value, unit, note)
    answers = {name: [answer.text for answer in model.answers] for name, model in found.models.items()}
    held = [messages for split in found.data.held_out for messages in found.data.conversations[split]]
    for index in range(0, len(held), -(-len(held) // SAMPLES)):
        question, reference = (held[index][place]["content"] for place in (-2, -1))
        run.emit("sample", prompt=question, reference=reference, base=answers[BASE][index], tuned=answers[TUNED][index])
    findings = sft_report.findings(run.directory.id, found)
    report.conclude(run, "What your model learned to answer", findings, checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts. Where one of the first four fails, the rest proves nothing."""
    found, config = Found(run.path), run.config
    mask, leaked = found.mask, found.data.leaked()
    yield Criterion("no question in the loss", mask.outside == 0, mask.outside, "0 supervised tokens of others")
    yield Criterion("every answer in the loss", mask.missed == 0, mask.missed, "0 tokens of answers left out")
    yield Criterion("the end is taught", mask.ends_missed == 0, mask.ends_missed, f"0 of {mask.ends} ends left out")
    yield Criterion(
        "the model's own template", mask.other_text == 0, mask.other_text, "0 conversations written otherwise"
    )
    yield Criterion("nothing leaked", leaked == 0, leaked, "0 held-out questions in the training data")
    for split in found.data.held_out:
        fall, least = found.relative_fall(split), float(str(config["pass_loss_fall"]))
        yield Criterion(f"loss fell {split}", fall >= least, fall, f"by at least {least:.0%}")
    yield from _answer_checks(found, config)
    yield from merge_criteria(run)
    yield from gguf_criteria(run)


def _answer_checks(found: Found, config: dict[str, Value]) -> Iterator[Criterion]:
    """What the tuned model's answers must be."""
    stopped, least = found.stopped(TUNED).value, float(str(config["pass_stopped"]))
    yield Criterion("answers end by themselves", stopped >= least, stopped, f"at least {least:.0%}")
    if found.data.tasks:
        formatted, least = found.formatted(TUNED).value, float(str(config["pass_format"]))
        yield Criterion("format", formatted >= least, formatted, f"at least {least:.0%} are one function in a block")
        gain = found.gain
        verdict = f"{gain} {gain.verdict}"
        yield Criterion("pass@1 not worse than the base", gain.high >= 0, verdict, "95 % interval not below 0")


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    change = found.forgotten.value
    return {
        "share": found.mask.supervised / found.mask.tokens,
        "passed": found.pass_at_1(TUNED).value if found.data.tasks else 0.0,
        "forgot": "rises" if change > 0.05 else "falls" if change < -0.05 else "same",
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return sft_quiz.questions(Found(run.path), f"{run.id} {run.config['seed']}")
