"""Lab 8: make a model prefer right code to wrong code, by direct preference optimization (DPO).

Start from what lab 7 trained → what does this model give both answers of every pair? (the reference) → question it →
train an adapter that holds right and wrong answers further apart → question the trained model and run what it wrote →
look at held-out pairs, token by token → merge → convert to GGUF → judge.

The loop is `train`. The loss is in `tutor/engine/objective.py`, and the log-probabilities that it takes in
`tutor/engine/preference.py`. Policy and reference are one model: with its adapter, and with the adapter switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutor.codetasks import dpo_quiz, dpo_report
from tutor.codetasks.data import OWN, Data, other_data, own_data
from tutor.codetasks.dpo_faults import spoil_data
from tutor.codetasks.dpo_found import AFTER, BEFORE, DATA, FIRST, JUDGED, KL, START, Found, asked_tasks
from tutor.codetasks.evaluation import Evaluation
from tutor.codetasks.judge import judge_all
from tutor.codetasks.kl import kl_of_answers
from tutor.codetasks.split import TRAIN
from tutor.engine import bootstrap, checkpoint
from tutor.engine.chatdata import Message
from tutor.engine.device import gpu_memory
from tutor.engine.dpo import PreferenceTraining, Scored, log_probs_of_all, score
from tutor.engine.loading import load_model, load_tokenizer, training_attention, training_dtype
from tutor.engine.lora import adapter_options, add_adapter, save_adapter
from tutor.engine.objective import Objective
from tutor.engine.preference import PairExample
from tutor.engine.training import Settings
from tutor.files import read_json, write_json
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.steps import StepEvents
from tutor.runs.store import RunDir
from tutor.stages.code import question_model, what_to_ask
from tutor.stages.copies import compare_gguf, convert, gguf_criteria, merge_adapter, merge_criteria
from tutor.stages.pairs import (
    HELD,
    Pairs,
    add_reference,
    as_encoded,
    compare_pairs,
    differing,
    encode_pairs,
    load_policy,
)
from tutor.stages.progress import watch
from tutor.stages.start import prepare_start
from tutor.stages.training import emit_plan, predict_memory, tell_training

CLOSELY = 16
"""Answers on which the divergence is measured, and which the model from before judges."""
SAMPLES = 6


def run(run: Run) -> None:
    """The whole lab."""
    with run.stage("start", "Find the model to start from"):
        start = prepare_start(run, run.path / START)
        tokenizer = load_tokenizer(start)
    with run.stage("data", "Get the pairs and run their answers"):
        data = prepare_data(run)
        asked = questions_of(run, data)
    with run.stage("reference", "See what the model gives both answers now"):
        pairs = add_reference(run, tokenizer, encode_pairs(run, tokenizer, data), start)
    with run.stage("before", "Question the model as it is"):
        before = question_model(run, tokenizer, data, asked, lambda: load_model(start), BEFORE, step=0)
    with run.stage("train", "Train the adapter"):
        if not (run.path / "adapter").exists():
            train(run, tokenizer, pairs, start)
    with run.stage("after", "Question the trained model"):
        steps = Settings.from_options(vars(run.config)).total_steps(len(pairs[TRAIN]))
        after = question_model(run, tokenizer, data, asked, lambda: load_policy(run, start), AFTER, steps)
    with run.stage("compare", "Hold policy and reference against each other"):
        compare(run, tokenizer, pairs, start, asked, after)
    with run.stage("prefer", "Let the model from before judge, in both orders"):
        let_judge(run, tokenizer, start, asked, before, after)
    with run.stage("merge", "Merge the adapter into the weights"):
        same = what_to_ask(run, tokenizer, data)
        if not (run.path / "merged").exists():
            merge_adapter(run, start, same, "float32")  # a change as small as this is lost in bfloat16
    with run.stage("gguf", "Convert to GGUF and check that every copy says the same"):
        convert(run)
        compare_gguf(run, same)
    with run.stage("judge", "Run what the models wrote, and judge"):
        judge(run, Found(run.path))


def plan(run: Run) -> None:
    """What a run would do; nothing is kept."""
    start = prepare_start(run, run.path / START)
    tokenizer = load_tokenizer(start)
    pairs = encode_pairs(run, tokenizer, prepare_data(run))[TRAIN]
    memory = predict_memory(run, start, as_encoded(pairs), "lora", supervised_fraction=differing(pairs))
    emit_plan(run, start, new_training(run, tokenizer, pairs, start), as_encoded(pairs), memory)


def prepare_data(run: Run) -> Data:
    """The pairs, as they were when the run began; split as in the run that this one starts from."""
    path, config = run.path / DATA, run.config
    if not path.exists():
        if config.data == OWN:
            data = own_data(read_json(run.path / START)["seed"], config.train_examples, config.eval_examples)
        else:
            data = other_data(config.data, config.seed, config.train_examples, config.eval_examples, True)
        spoil_data(data, run.drill)
        data.save(path)
    return Data.load(path)


def questions_of(run: Run, data: Data) -> list[list[Message]]:
    """What the model is asked before and after."""
    if data.tasks:
        return [task.question() for task in asked_tasks(data, run.config.questions)]
    held = [messages[:-1] for split in data.held_out for messages in data.conversations[split]]
    return held[: run.config.questions]


def new_training(run: Run, tokenizer: Any, pairs: Sequence[PairExample], start: Path) -> PreferenceTraining:
    """The model with a fresh adapter that changes nothing yet, ready for its first step."""
    config = run.config
    model = load_model(start, training_dtype(), training_attention(config.max_length))
    model = add_adapter(model, **adapter_options(vars(config)))
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    objective = Objective(config.loss, 0.0 if run.drill == "beta" else config.beta)
    return PreferenceTraining(model, pairs, objective, Settings.from_options(vars(config)), int(tokenizer.eos_token_id))


def train(run: Run, tokenizer: Any, pairs: Pairs, start: Path) -> None:
    """The loop. A run that was stopped or killed goes on at its last checkpoint, exactly as if nothing had happened."""
    data = pairs[TRAIN]
    predict_memory(run, start, as_encoded(data), "lora", supervised_fraction=differing(data))
    training = new_training(run, tokenizer, data, start)
    checkpoints = run.path / "checkpoints"
    if path := checkpoint.restore(checkpoints, training, lambda text: run.message(text, "warning")):
        run.message(f"Going on from {path.name}.")
    events = StepEvents(run, training.total, gpu_memory)

    for step in training:  # forward, backward, clip, update
        events.add(step)
        emit_pairs(run, step.number, training.scored)
        if step.number == 1:
            advantages = [each.advantage for each in training.scored]
            should = Objective(run.config.loss, run.config.beta).first
            write_json(run.path / FIRST, {"loss": step.loss, "should": should, "advantages": advantages})
        if step.ends_epoch:
            emit_heldout(run, tokenizer, training, pairs[HELD], step.number)
        if step.number % run.config.save_every == 0 or run.stop_requested:
            path = checkpoint.save(checkpoints, training)
            run.emit("checkpoint", step=step.number, path=str(path.relative_to(run.path)))
        run.raise_if_stopped()

    tell_training(run, start, training, events)
    save_adapter(training.model, run.path / "adapter")


def emit_pairs(run: Run, step: int, scored: Sequence[Scored]) -> None:
    """The pairs of a step, each with the nats that it has moved from the reference."""
    rows = [{"name": each.name, "chosen": each.chosen, "rejected": each.rejected} for each in scored]
    run.emit("preference", step=step, pairs=rows)


def emit_heldout(
    run: Run, tokenizer: Any, training: PreferenceTraining, pairs: Sequence[PairExample], step: int
) -> None:
    """The DPO loss on held-out pairs as an `eval` event."""
    config = run.config
    end, progress = int(tokenizer.eos_token_id), watch(run, "train", "held-out pairs")
    found = log_probs_of_all(training.model, pairs, end, config.batch_size, config.seed, progress)
    advantages = [score(pair, each).advantage for pair, each in zip(pairs, found, strict=True)]
    loss = bootstrap.mean(Objective(config.loss, config.beta).of_all(advantages))
    run.emit("eval", step=step, split=HELD, loss=loss.value, low=loss.low, high=loss.high, n=loss.n)


def compare(
    run: Run, tokenizer: Any, pairs: Pairs, start: Path, asked: Sequence[list[Message]], after: Evaluation
) -> None:
    """Held-out pairs token by token, and how far the policy has gone on its own answers."""
    policy = compare_pairs(run, tokenizer, pairs, start)
    if not (run.path / KL).exists():
        answers = [answer.text for answer in after.answers[:CLOSELY]]
        progress = watch(run, "compare", "answers")
        found = kl_of_answers(policy, tokenizer, asked[:CLOSELY], answers, run.config.max_length, progress)
        write_json(run.path / KL, {"answers": found})


def let_judge(
    run: Run, tokenizer: Any, start: Path, asked: Sequence[list[Message]], before: Evaluation, after: Evaluation
) -> None:
    """Ask the model from before which answer is right, the new one or its own, where they differ."""
    if (run.path / JUDGED).exists():
        return
    answers = [(new.text, old.text) for new, old in zip(after.answers, before.answers, strict=True)]
    differ = [number for number, (new, old) in enumerate(answers) if new != old][:CLOSELY]
    tasks = [asked[number][-1]["content"] for number in differ]
    progress = watch(run, "prefer", "pairs of answers")
    found = judge_all(load_model(start), tokenizer, tasks, [answers[number] for number in differ], progress)
    write_json(run.path / JUDGED, {"judgements": [asdict(each) for each in found]})


def judge(run: Run, found: Found) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    for name, value, unit, note in dpo_report.results(found):
        run.result(name, value, unit, note)
    asked = questions_of(run, found.data)
    answers = {name: [answer.text for answer in model.answers] for name, model in found.models.items()}
    chosen = [task.chosen for task in found.tasks] if found.data.tasks else [""] * len(asked)
    for index in range(0, len(asked), -(-len(asked) // SAMPLES)):
        question, old, new = asked[index][-1]["content"], answers[BEFORE][index], answers[AFTER][index]
        run.emit("sample", prompt=question, reference=chosen[index], base=old, tuned=new)
    findings = dpo_report.findings(run.directory.id, found)
    report.conclude(run, "What your model prefers now", findings, checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts. Where the first two fail, the reference is not the start."""
    found, config = Found(run.path), run.config
    loss, should = found.first["loss"], found.first["should"]
    apart = max(abs(each) for each in found.first["advantages"])
    yield Criterion("first loss", abs(loss - should) < 0.01 * should, loss, f"{should:.4f}, within 1 %")
    yield Criterion("first margin", apart < 0.1, apart, "0 nats at every pair, within 0.1")
    longest, ratio = float(str(config["pass_length"])), found.lengths.value
    balanced = 1 / longest <= ratio <= longest
    yield Criterion("answers alike in length", balanced, ratio, f"chosen ÷ rejected in 1/{longest:g} to {longest:g}")
    yield Criterion("nothing leaked", found.leaked == 0, found.leaked, "0 held-out questions in any training data")
    accuracy, least = found.accuracy, float(str(config["pass_preference"]))
    yield Criterion("held-out preference", accuracy.low > least, str(accuracy), f"95 % interval above {least:g}")
    most = float(str(config["pass_kl"]))
    yield Criterion("near the reference", found.kl.value <= most, found.kl.value, f"KL at most {most:g} nats/token")
    if found.data.tasks:
        verdict = f"{found.gain} {found.gain.verdict}"
        yield Criterion("pass@1 not worse", found.gain.high >= 0, verdict, "95 % interval not below 0")
    yield from merge_criteria(run)
    yield from gguf_criteria(run)


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    return {
        "first": float(found.first["loss"]),
        "accuracy": found.accuracy.value,
        "chosen": "rises" if found.displacement.value > 0 else "falls",
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return dpo_quiz.questions(Found(run.path), f"{run.id} {run.config['seed']}", run.config)
