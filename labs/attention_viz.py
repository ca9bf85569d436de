"""Lab 2: look at what every attention head of a model does, find heads with a habit, and silence them.

Weights of some texts → a table of habits → the loss without a few heads → pictures → with an adapter, the same again.
The functions that compute are in `tutor/engine/attention.py`. What is written here can be judged at any time:
`checks` reads the files, not what this run said about them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.engine.architecture import Architecture
from tutor.engine.attention import attention_weights, head_stages, repeated_sequence, token_losses, without_heads
from tutor.engine.attention_maps import ADAPTED, HEADS, MAPS, AttentionMaps, TextMap, seven_digits
from tutor.engine.base_model import prepare_model
from tutor.engine.faults import planted
from tutor.engine.head_table import as_csv, best, parse_head
from tutor.engine.loaded import Loaded, read_model
from tutor.engine.plots import heat_map
from tutor.errors import UsageError
from tutor.files import read_json, whole_directory, write_json, write_whole
from tutor.insight.attention_found import ADAPTED_LOSS, SILENCED, Found, save_losses, save_stages
from tutor.insight.attention_quiz import questions as ask_about
from tutor.insight.attention_report import findings
from tutor.questions import Question
from tutor.runs import report, store
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.store import RunDir

PROBES = {
    "pronoun": "Anna gave Tom her umbrella because he had lost his.",
    "brackets": "total(sum(a, [b, c]), d)",
}
"""Texts beside the learner's own, with something to look back at."""
HABITS = ("previous", "induction", "first", "entropy")
"""The best head of each is drawn and silenced where the learner names none."""
WORD = re.compile(" ?[a-z]{3,7}")
"""Tokens that the repetition is made of: random, but readable."""
PASSAGE = paths.assets_dir() / "passage.txt"
MOST_TOKENS = 64
"""Of a text: beyond it maps are too fine to be read, and `attention.json` grows with the square."""


def plan(run: Run) -> None:
    """How much there is to see; the model is not loaded."""
    architecture = Architecture.read(prepare_model(run))
    maps = architecture.layers * architecture.heads
    silenced = maps if run.config.heads == ["all"] else len(run.config.heads) or len(HABITS)
    rows = [
        ("model", run.results["model"]["value"], "", run.results["model"]["note"]),
        ("heads", maps, "", f"{architecture.layers} layers of {architecture.heads}"),
        ("texts", len(sentences(run)) + len(PROBES) + 1, "", "yours, the probes and the repetition"),
        ("heads to silence", silenced, "", f"one pass over {PASSAGE.name} for each"),
    ]
    run.emit("plan", rows=[dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows])


def run(run: Run) -> None:
    """The whole lab."""
    found = Found(run.path)
    with run.stage("model", "Load the model"):
        loaded = read_model(prepare_model(run), run.results["model"]["note"])
    with planted(loaded.model, run.drill):
        with run.stage("maps", "Read the attention weights"):
            if not (run.path / MAPS).exists():
                record(run, loaded, loaded.model).write(run.path / MAPS)
        with run.stage("heads", "Score every head"):
            write_json(run.path / "heads.json", [asdict(row) for row in found.table])
            write_whole(run.path / "heads.csv", as_csv(found.table))
        with run.stage("silence", "Silence heads, one at a time"):
            if not (run.path / SILENCED).exists():
                silence(run, loaded, found)
        with run.stage("draw", "Draw heads"):
            if not (run.path / HEADS).exists():
                draw(run, loaded, found)
    if run.config.adapter:
        with run.stage("adapter", "Read the weights with the adapter"):
            compare_adapter(run, loaded)
    with run.stage("judge", "Judge what was measured"):
        judge(run, found)


def sentences(run: Run) -> list[str]:
    """The learner's texts.

    Raises:
        UsageError: there is none.
    """
    given = [text.strip() for text in run.config.sentences.split("|") if text.strip()]
    if not given:
        raise UsageError("There is no sentence to look at.", "Set sentences, with | between them.")
    return given


def record(run: Run, loaded: Loaded, model: Any) -> AttentionMaps:
    """The maps of all texts by `model`, which is `loaded.model` with or without an adapter."""
    shape = loaded.architecture
    texts = []
    wanted = list(texts_to_read(run, loaded))
    for number, (name, ids, repeats) in enumerate(wanted):
        run.raise_if_stopped()
        run.progress("maps", number, len(wanted), "texts")
        weights = seven_digits(attention_weights(model, ids).tolist())
        texts.append(TextMap(name, loaded.tokenizer.decode(ids), repeats, ids, loaded.pieces(ids), weights))
    name, dtype = loaded.about["name"], loaded.about["dtype"]
    return AttentionMaps(name, dtype, shape.layers, shape.heads, shape.kv_heads, shape.head_dim, texts)


def texts_to_read(run: Run, loaded: Loaded) -> Iterator[tuple[str, list[int], int]]:
    """Name, token ids and length of the repeated half (0: none) of each text."""
    tokenizer = loaded.tokenizer
    for name, text in [*((f"yours-{n}", text) for n, text in enumerate(sentences(run), 1)), *PROBES.items()]:
        ids = [int(token) for token in tokenizer(text)["input_ids"]]
        if len(ids) > MOST_TOKENS:
            raise UsageError(f"{text[:40]!r} … has {len(ids)} tokens, more than {MOST_TOKENS}.", "Take a shorter one.")
        yield name, ids, 0
    words = [token for token, text in enumerate(loaded.pieces(list(range(len(tokenizer))))) if WORD.fullmatch(text)]
    length = run.config.repeat
    if not 2 <= length <= min(len(words), MOST_TOKENS // 2):
        raise UsageError(f"repeat cannot be {length}.", f"Choose 2 to {min(len(words), MOST_TOKENS // 2)} tokens.")
    # A first token of its own keeps the sink apart from the first repeated one.
    yield "repetition", repeated_sequence(words, length, run.config.seed, tokenizer.eos_token_id), length


def typical_heads(run: Run, found: Found) -> list[str]:
    """The best head of each habit."""
    habits = HABITS[:2] if run.config.smoke else HABITS
    return list(dict.fromkeys(best(found.table, habit).name for habit in habits))


def chosen_heads(run: Run, found: Found) -> list[str]:
    """The typical heads, and those that the learner names.

    Raises:
        UsageError: one of them is not there.
    """
    known = [row.name for row in found.table]
    wanted = known if run.config.heads == ["all"] else run.config.heads
    if unknown := sorted(set(wanted) - set(known)):
        raise UsageError(f"The model has no head {', '.join(unknown)}.", f"They go from {known[0]} to {known[-1]}.")
    return list(dict.fromkeys([*typical_heads(run, found), *wanted]))


def silence(run: Run, loaded: Loaded, found: Found) -> None:
    """The loss on a passage: of the whole model twice, then without each of the chosen heads."""
    ids = passage(loaded)
    losses = {name: token_losses(loaded.model, ids).tolist() for name in ("whole", "again")}
    heads = chosen_heads(run, found)
    for number, head in enumerate(heads):
        run.raise_if_stopped()
        run.progress("silence", number, len(heads), "heads")
        with without_heads(loaded.model, [parse_head(head)]):
            losses[head] = token_losses(loaded.model, ids).tolist()
    save_losses(run.path / SILENCED, losses)


def passage(loaded: Loaded) -> list[int]:
    """The text on which losses are measured, as tokens."""
    return [int(token) for token in loaded.tokenizer(PASSAGE.read_text())["input_ids"]]


def draw(run: Run, loaded: Loaded, found: Found) -> None:
    """Heads on the learner's first text and on the repetition, as JSON, SVG and PNG."""
    heads = typical_heads(run, found) if run.config.heads == ["all"] else chosen_heads(run, found)
    with whole_directory(run.path / HEADS) as folder:
        for text in (found.maps.texts[0], found.maps.texts[-1]):
            stages = head_stages(loaded.model, text.ids, map(parse_head, heads))
            for head in heads:
                run.raise_if_stopped()
                layer, number = parse_head(head)
                path = save_stages(folder, head, text, stages[layer, number])
                matrix = [
                    [weight if key <= query else math.nan for key, weight in enumerate(row)]
                    for query, row in enumerate(text.weights[layer][number])
                ]
                title = f"Layer {layer}, head {number}: {text.name}"
                heat_map(path, matrix, text.pieces, text.pieces, title, log=run.config.log_scale)


def compare_adapter(run: Run, loaded: Loaded) -> None:
    """The maps and the loss once more, with the adapter on top of the same model.

    Raises:
        UsageError: it was trained on another model.
    """
    from tutor.engine.lora import load_adapter  # PEFT takes seconds to import, and most runs have no adapter

    directory = adapter_directory(run.config.adapter)
    try:
        adapted = load_adapter(loaded.model, directory)
    except (RuntimeError, ValueError) as error:  # PEFT: sizes differ, or layers are not there
        base = read_json(directory / "adapter_config.json").get("base_model_name_or_path")
        raise UsageError(f"The adapter in {directory} does not fit this model.", f"It belongs to {base}.") from error
    record(run, loaded, adapted).write(run.path / ADAPTED)
    save_losses(run.path / ADAPTED_LOSS, {"whole": token_losses(adapted, passage(loaded)).tolist()})


def adapter_directory(name: str) -> Path:
    """The adapter that `name` means: a run, or a directory.

    Raises:
        UsageError: there is none.
    """
    path = Path(name).expanduser()
    directory = path if (path / "adapter_config.json").is_file() else store.find(name).path / "adapter"
    if not (directory / "adapter_config.json").is_file():
        raise UsageError(f"{name} has no adapter.", "Name a finished run of a training lab, or a PEFT directory.")
    return directory


def judge(run: Run, found: Found) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    for habit in HABITS:
        row = best(found.table, habit)
        unit = "nats" if habit == "entropy" else ""
        run.result(f"highest {habit}", float(getattr(row, habit)), unit, f"head {row.name}")
    before, copies = best(found.table, "previous"), best(found.table, "induction")
    run.message(f"Head {before.name} gives {before.previous:.0%} of its attention to the token before.")
    run.message(f"Head {copies.name} gives {copies.induction:.0%} to what followed last time, where a text repeats.")
    run.result("loss", found.loss.value, "nats/token", "on the passage, whole model")
    for head, harm in found.harm.items():
        run.result(f"Δ loss without {head}", harm, "nats/token")
    missed = max(found.harm, key=lambda head: found.harm[head].value)
    run.message(f"Of the silenced heads, the model misses {missed} most: {found.harm[missed].value:+.3f} nats/token.")
    report.conclude(run, "What the heads do", findings(found), checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its artefacts. Where one of the first three fails, the maps are not attention."""
    found = Found(run.path)
    top = best(found.table, "previous")
    difference = max(abs(a - b) for a, b in zip(found.losses["whole"], found.losses["again"], strict=True))
    # 16-bit types round every weight to 8 or 11 bits.
    sums, scores = (1e-5, 1e-4) if found.maps.dtype == "float32" else (1e-2, 2e-2)
    error, gap = found.row_sum_error, found.unexplained
    yield Criterion("rows sum to 1", error < sums, error, f"off by less than {sums:g}")
    yield Criterion("nothing looks ahead", found.future_weight < 1e-9, found.future_weight, "weights below 1e-9")
    yield Criterion("weights follow from scores", gap < scores, gap, f"softmax(q·k/√d + mask) within {scores:g}")
    yield Criterion("a head looks one back", top.previous >= 0.5, top.previous, f"at least 0.5; the best is {top.name}")
    yield Criterion("the loss repeats", difference < 1e-6, difference, "the same twice, within 1e-6 nats")
    yield Criterion("heads were silenced", len(found.harm) > 0, len(found.harm), "at least one, with its Δ loss")
    if run.config["adapter"]:
        moved = max(found.moved.values())
        yield Criterion("the adapter moved attention", moved > 1e-4, moved, "a head that moved more than 1e-4")


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    found = Found(run.path)
    by_habit = {habit: best(found.table, habit).name for habit in HABITS}
    harm = {habit: found.harm[head].value for habit, head in by_habit.items() if head in found.harm}
    return {
        "sink": sum(row.first for row in found.table) / len(found.table),
        "previous": best(found.table, "previous").previous,
        "worst": max(harm, key=lambda habit: harm[habit]).replace("entropy", "even") if harm else "",
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return ask_about(Found(run.path), f"{run.id} {run.config['seed']}")
