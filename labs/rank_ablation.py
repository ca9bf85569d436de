"""Lab 6: which rank, layers, data and rule for alpha? The same training again and again, with one thing changed.

Measure the base → for every setup and seed: add a fresh adapter to the same frozen base, train it with the same budget,
measure it, take it off → compare. `setups` is the design of the experiment; a trial is `train`. The statistics are in
`tutor/engine/trials.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutor.clihelp.task import HELD_OUT, Task
from tutor.engine.architecture import LINEAR_TARGETS, Architecture, layers_named
from tutor.engine.base_model import prepare_model
from tutor.engine.chatdata import Example
from tutor.engine.device import gpu_memory
from tutor.engine.footprint import give_back_memory
from tutor.engine.heldout import heldout_loss
from tutor.engine.loading import load_model, training_attention, training_dtype
from tutor.engine.lora import ADAPTER, add_adapter, lora_layers, save_adapter
from tutor.engine.lora_scale import scale_of
from tutor.engine.memory import MemoryPlan, lora_parameters
from tutor.engine.plots import trade_off
from tutor.engine.spectrum import effective_rank
from tutor.engine.training import Settings, Training
from tutor.errors import UsageError, nearest
from tutor.files import write_json
from tutor.insight.ranks_found import ALPHA, DATA, RANKS, RULES, TARGETS, Found, Setup, Trial, trial_name
from tutor.insight.ranks_quiz import questions as ask_about
from tutor.insight.ranks_report import findings, trade_offs
from tutor.questions import Question
from tutor.runs import report
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.steps import StepEvents, peak_memory
from tutor.runs.store import RunDir
from tutor.stages.clihelp import prepare_data
from tutor.stages.training import predict_memory

SHARES = {"half": 0.5, "quarter": 0.25}
"""Of the training data, in the arm that varies it."""


def run(run: Run) -> None:
    """The whole lab."""
    config = run.config
    with run.stage("data", "Get the data"):
        prepare_data(run)
    with run.stage("model", "Get the model"):
        base = prepare_model(run)
        task = read_task(run, base)
        wanted = setups(run, Architecture.read(base))
        model = load_model(base, training_dtype(), training_attention(config.max_length))
    with run.stage("base", "Measure the base model"):
        if not (run.path / "design.json").exists():
            write_design(run, task, base, wanted, model)
    found = Found(run.path)
    trials = [(setup, seed) for setup in wanted for seed in seeds(run.directory)]  # all seeds of a rank before the next
    for number, (setup, seed) in enumerate(trials):
        name = trial_name(setup, seed)
        if not found.has(name):
            with run.stage(name, f"Trial {number + 1} of {len(trials)}: {setup.name}, seed {seed}"):
                give_back_memory()  # or every trial would be charged for those before it
                steps = StepEvents(
                    run, len(trials) * config.steps, gpu_memory, before=number * config.steps, trial=name
                )
                found.save(train(run, task, model, setup, seed, steps, predict(run, task, base, setup)))
    with run.stage("report", "Judge and report"):
        judge(run, found)


def plan(run: Run) -> None:
    """How many trials there are, and what the largest one would take; nothing is trained."""
    prepare_data(run)
    base = prepare_model(run)
    task = read_task(run, base)
    shape = Architecture.read(base)
    wanted, repeats = setups(run, shape), len(seeds(run.directory))
    largest = max(wanted, key=lambda setup: lora_parameters(shape, setup.r, setup.targets))
    rows = [
        ("model", run.results["model"]["value"], "", str(base)),
        ("setups", len(wanted), "", ", ".join(setup.name for setup in wanted)),
        ("trials", len(wanted) * repeats, "", f"each setup with {repeats} seeds"),
        ("steps", len(wanted) * repeats * run.config.steps, "", f"{run.config.steps} in every trial"),
        ("trainable parameters", lora_parameters(shape, largest.r, largest.targets), "", f"at most, {largest.name}"),
        ("memory", predict(run, task, base, largest).total, "bytes", "predicted peak of the largest trial"),
    ]
    run.emit("plan", rows=[dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows])


def read_task(run: Run, base: Path) -> Task:
    """As many examples as a trial's steps see once, tokenized."""
    config = run.config
    count = config.steps * config.batch_size * config.grad_accumulation
    return Task.load(config.dataset, base, config.max_length, count, config.eval_examples)


def predict(run: Run, task: Task, base: Path, setup: Setup) -> MemoryPlan:
    """The peak of one trial by component."""
    return predict_memory(run, base, task.encoded["train"], "lora", rank=setup.r, targets=setup.targets)


def seeds(run: RunDir) -> list[int]:
    """All of them; each decides an adapter's first weights, the order of the data and the dropout."""
    options: dict[str, Any] = run.config
    return [options["seed"] + number for number in range(options["seeds"])]


def setups(run: Run, shape: Architecture) -> list[Setup]:
    """The design: the ranks, and for every other arm what differs from the rank `r`.

    Raises:
        UsageError: an option makes no sense.
    """
    config = run.config
    refuse_nonsense(run)
    rule, targets = config.alpha_rule, tuple(layers_named(config.targets))
    main = [Setup(f"r{r}", RANKS, r, rule, targets) for r in sorted(set(config.ranks))]
    middle, largest = next(setup for setup in main if setup.r == config.r), main[-1]
    # As many parameters on all layers of a block, as nearly as a whole rank comes.
    one = lora_parameters(shape, 1, LINEAR_TARGETS)
    wide = max(1, round(lora_parameters(shape, middle.r, targets) / one))
    others = {
        TARGETS: [Setup(f"r{wide}-all-linear", TARGETS, wide, rule, LINEAR_TARGETS)],
        DATA: [replace(middle, name=f"r{middle.r}-{name}", arm=DATA, share=share) for name, share in SHARES.items()],
        ALPHA: [
            replace(largest, name=f"r{largest.r}-{other}", arm=ALPHA, rule=other) for other in RULES if other != rule
        ],
    }
    return [*main, *(setup for arm in config.arms for setup in others[arm])]


def refuse_nonsense(run: Run) -> None:
    """Raises a UsageError where the options describe no experiment."""
    config = run.config
    for arm in config.arms:
        if arm not in (TARGETS, DATA, ALPHA):
            raise UsageError(f"There is no arm {arm!r}.", nearest(arm, [TARGETS, DATA, ALPHA]))
    if config.alpha_rule not in RULES:
        raise UsageError(f"alpha_rule cannot be {config.alpha_rule!r}.", nearest(config.alpha_rule, RULES))
    if len(set(config.ranks)) < 2 or min(config.ranks) < 1 or config.r not in config.ranks:
        raise UsageError(f"ranks cannot be {config.ranks}.", f"Name two or more, among them r={config.r}.")
    if config.steps < 4 or config.steps % 4:
        raise UsageError(f"steps cannot be {config.steps}.", "Choose a multiple of 4.")


def write_design(run: Run, task: Task, base: Path, wanted: list[Setup], model: Any) -> None:
    """Keep what is to be tried, on which examples, and the loss of the base."""
    shape, loss = Architecture.read(base), heldout_loss(model, held_out(task), task.pad_id)
    reference = f"r{run.config.r}"
    design = {
        "setups": [vars(setup) for setup in wanted],
        "seeds": seeds(run.directory),
        "references": {TARGETS: reference, DATA: reference, ALPHA: f"r{max(run.config.ranks)}"},
        "base": vars(loss),
        "total": shape.parameters().total,
        "parameters": {setup.name: lora_parameters(shape, setup.r, setup.targets) for setup in wanted},
        "held out": [fingerprint(example) for example in held_out(task)],
        "trained on": [fingerprint(example) for example in examples(run, task, 1.0)],
    }
    write_json(run.path / "design.json", design)
    run.result("loss base", loss.loss(), "nats/token")


def held_out(task: Task) -> list[Example]:
    """What every trial is measured on."""
    return [example for split in HELD_OUT for example in task.encoded[split].examples]


def examples(run: Run, task: Task, share: float) -> list[Example]:
    """What a trial trains on: as many as its steps see once, or a part of them that is seen more often.

    Raises:
        UsageError: there are not so many.
    """
    config = run.config
    count = config.steps * config.batch_size * config.grad_accumulation
    known = task.encoded["train"].examples
    if run.drill == "leak":
        known = [*held_out(task), *known]
    if len(known) < count:
        raise UsageError(f"{config.steps} steps need {count} examples, and there are {len(known)}.", "Lower steps.")
    return known[: round(count * share)]


def fingerprint(example: Example) -> str:
    """The same for the same text."""
    return hashlib.sha256(str(example.ids).encode()).hexdigest()[:16]


def new_training(run: Run, task: Task, model: Any, setup: Setup, seed: int) -> Training:
    """The shared base with a fresh adapter. Every setup takes the same number of steps."""
    config = run.config
    is_largest = setup.arm == RANKS and setup.r == max(config.ranks)
    rule = "fixed" if run.drill == "scale" else setup.rule
    targets = setup.targets[::2] if run.drill == "targets" and is_largest else setup.targets
    strength = scale_of(RULES[rule], setup.r, config.r, config.alpha / config.r)
    adapted = add_adapter(
        model, r=setup.r, alpha=strength * setup.r, dropout=config.dropout, targets=targets, seed=seed
    )
    if config.gradient_checkpointing:
        adapted.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    epochs = round(1 / setup.share) * (2 if run.drill == "budget" and is_largest else 1)
    order = seed + setup.r if run.drill == "order" else seed
    settings = Settings.from_options(vars(config) | {"epochs": epochs, "seed": order})
    return Training(adapted, examples(run, task, setup.share), settings, task.pad_id)


def train(run: Run, task: Task, model: Any, setup: Setup, seed: int, events: StepEvents, memory: MemoryPlan) -> Trial:
    """One trial. It is short, so one that was stopped begins again."""
    training = new_training(run, task, model, setup, seed)
    seen = []
    for step in training:  # forward, backward, clip, update
        events.add(step)
        seen.append(step.tokens)
        run.raise_if_stopped()
    peak = gpu_memory().get("gpu_used_bytes", peak_memory())

    loss = heldout_loss(training.model, held_out(task), task.pad_id)
    learned = heldout_loss(training.model, examples(run, task, setup.share)[: len(loss.nats)], task.pad_id)
    layers = list(lora_layers(training.model).values())
    used = [effective_rank(layer.lora_B[ADAPTER].weight, layer.lora_A[ADAPTER].weight) for layer in layers]
    folder = Found(run.path).folder(trial_name(setup, seed)) / "adapter"
    save_adapter(training.model, folder)
    trial = Trial(
        setup,
        seed,
        parameters=sum(parameter.numel() for parameter in training.parameters.values()),
        scaling=float(layers[0].scaling[ADAPTER]),
        adapter_bytes=(folder / "adapter_model.safetensors").stat().st_size,
        seen=seen,
        train=learned,
        heldout=loss,
        seconds=events.seconds,
        peak=peak,
        predicted=memory.total,
        effective_rank=sum(used) / len(used),
    )
    run.result(f"loss {trial.name}", loss.loss(), "nats/token", f"{trial.parameters:,} parameters")
    training.model.unload()  # the shared base is plain again
    return trial


def judge(run: Run, found: Found) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    for name in found.by_setup:
        each = found.spread(name)
        run.result(f"held-out loss {name}", each.mean, "nats/token", f"± {each.sd:.3f} over seeds")
    rank, shares = found.recommendation
    run.result("recommended rank", rank, "", f"the same in {shares[rank]:.0%} of resamples")
    run.result("smallest minus largest rank", found.ends, "nats/token", found.conclusion)
    title = "Held-out loss against parameters (mean ± standard deviation over seeds)"
    trade_off(run.path / "trade-off", trade_offs(found), "trainable parameters", "nats/token", title)
    report.conclude(run, "How large a rank?", findings(found, vars(run.config)), checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts."""
    found = Found(run.path)
    trials, planned = found.trials, len(found.design["setups"]) * len(seeds(run))
    yield Criterion("all trials are done", len(trials) == planned, len(trials), str(planned))
    yield Criterion("enough seeds", len(seeds(run)) >= 3, len(seeds(run)), "at least 3")
    budgets = sorted({len(trial.seen) for trial in trials})
    yield Criterion("equal budgets", len(budgets) == 1, ", ".join(map(str, budgets)), "the same steps for all")
    orders = found.unequal_orders
    yield Criterion("same data in the same order", orders == 0, orders, "0 trials that saw another with their seed")
    wrong = [trial.name for trial in trials if trial.parameters != found.design["parameters"][trial.setup.name]]
    yield Criterion("parameters as computed", not wrong, len(wrong), "0 trials that differ from r (inputs + outputs)")
    options: dict[str, Any] = run.config
    scale = options["alpha"] / options["r"]
    strange = [trial.name for trial in trials if not trial.follows_rule(options["r"], scale)]
    yield Criterion("alpha follows its rule", not strange, len(strange), "0 trials with another scale")
    leaked = len(set(found.design["held out"]) & set(found.design["trained on"]))
    yield Criterion("nothing leaked", leaked == 0, leaked, "0 held-out examples in the training data")
    failed = [name for name in found.by_setup if found.spread(name).mean >= found.base.loss().value]
    yield Criterion(
        "every setup learned", not failed, len(failed), "0 setups with a held-out loss not below the base's"
    )


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    return {"elbow": found.recommendation[0], "ends": found.conclusion, "memory": found.memory_growth}


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return ask_about(Found(run.path), f"{run.id} {run.config['seed']}")
