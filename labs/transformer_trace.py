"""Lab 1: follow one prompt through a model, stage by stage, and check that what you see is what it really does.

Tokenize → watch one forward pass → time it → continue the text with and without a cache → hold all of it against the
model's own `generate`. The functions that watch are in `tutor/engine/forward.py`, `timing.py` and `decoding.py`. What
is written here can be judged at any time: `checks` reads `trace.json`, not what this run said about it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import torch

from tutor.engine.architecture import Architecture
from tutor.engine.attention import attention_weights
from tutor.engine.base_model import prepare_model
from tutor.engine.decoding import Decoded, decode, generate, greedy
from tutor.engine.faults import planted
from tutor.engine.forward import watch
from tutor.engine.loaded import Loaded, read_model
from tutor.engine.sampling import distribution, draw
from tutor.engine.timing import Pass, time_stages
from tutor.errors import UsageError
from tutor.files import write_json
from tutor.insight.trace_found import CHROME, TRACE, Trace
from tutor.insight.trace_quiz import questions as ask_about
from tutor.insight.trace_report import comparison, findings
from tutor.insight.trace_write import chrome_trace, facts_of, stages_of, steps_of, values_of
from tutor.questions import Question
from tutor.runs import report, store
from tutor.runs.config import Value
from tutor.runs.context import Run
from tutor.runs.grading import Criterion
from tutor.runs.store import RunDir

MOST_TOKENS = 256
FEWEST_EQUAL = 16
"""Tokens in which the trace must agree with `generate`."""
UNTIMED = 2
"""Passes before the timed ones: the first are slower than all others."""


def plan(run: Run) -> None:
    """How much there is to see; the model is not loaded."""
    shape = Architecture.read(prepare_model(run))
    rows = [
        ("model", run.results["model"]["value"], "", run.results["model"]["note"]),
        ("stages", 5 + 6 * shape.layers, "", f"six in each of {shape.layers} layers, and five around them"),
        ("timed passes", run.config.repeats, "", "over the prompt"),
        ("tokens to write", 3 * run.config.new_tokens, "", "with the cache, without it, and by `generate`"),
    ]
    run.emit("plan", rows=[dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows])


def run(run: Run) -> None:
    """The whole lab."""
    if run.config.new_tokens < FEWEST_EQUAL:
        raise UsageError(f"new_tokens is {run.config.new_tokens}.", f"At least {FEWEST_EQUAL} are compared.")
    with run.stage("model", "Load the model"):
        loaded = read_model(prepare_model(run), run.results["model"]["note"])
    with run.stage("tokenize", "Cut the prompt into tokens"):
        ids, seconds = tokenize(run, loaded)
    with planted(loaded.model, run.drill):
        with run.stage("watch", "Watch one forward pass"):
            seen, shorter = watch(loaded.model, ids), watch(loaded.model, ids[:-1])
            sink = attention_weights(loaded.model, ids)[:, :, -1, 0].mean(-1)  # [layers]
        with run.stage("time", "Time every stage"):
            passes = timed_passes(run, loaded, ids)
        with run.stage("decode", "Continue the text, with and without a cache"):
            continued = {way: continuation(run, loaded, ids, way) for way in ("cached", "uncached", "sampled")}
    with run.stage("generate", "Ask the model's own generate"):
        generated = generate(loaded.model, right_tokens(run, loaded), run.config.new_tokens)
    with run.stage("export", "Write the trace"):
        data = facts_of(loaded, run.config.prompt, ids) | stages_of(seen, ids, passes, seconds)
        data |= values_of(loaded, seen) | {"norms_without_last": shorter.norms, "sink": sink.tolist()}
        data |= {way: steps_of(loaded, decoded) for way, decoded in continued.items()}
        data |= {"cache_bytes": continued["cached"].cache_bytes, "generated": generated}
        write_json(run.path / TRACE, data)
        write_json(run.path / CHROME, chrome_trace(Trace.read(run.path)))
    with run.stage("judge", "Judge what was measured"):
        judge(run, Trace.read(run.path))


def right_tokens(run: Run, loaded: Loaded) -> list[int]:
    """The prompt as the model's own tokenizer cuts it.

    Raises:
        UsageError: it is too short to have a past, or too long.
    """
    ids = [int(token) for token in loaded.tokenizer(run.config.prompt)["input_ids"]]
    if not 2 <= len(ids) <= MOST_TOKENS:
        raise UsageError(f"The prompt has {len(ids)} tokens.", f"A trace takes 2 to {MOST_TOKENS}.")
    return ids


def tokenize(run: Run, loaded: Loaded) -> tuple[list[int], float]:
    """Token ids and how many seconds that took. The drill `tokenizer` takes a vocabulary in another order."""
    began = time.perf_counter()
    ids = right_tokens(run, loaded)
    seconds = time.perf_counter() - began
    if run.drill == "tokenizer":
        others = list(range(len(loaded.tokenizer)))
        random.Random(run.config.seed).shuffle(others)
        ids = [others[token] for token in ids]
    return ids, seconds


def timed_passes(run: Run, loaded: Loaded, ids: list[int]) -> list[Pass]:
    """The same pass again and again. The drill `clock` counts the attention of every layer twice."""
    passes = []
    for number in range(UNTIMED + run.config.repeats):
        run.raise_if_stopped()
        run.progress("time", number, UNTIMED + run.config.repeats, "passes")
        timed = time_stages(loaded.model, ids)
        if run.drill == "clock":
            timed.spans += [span for span in timed.spans if span.name == "attention"]
        passes.append(timed)
    return passes[UNTIMED:]


def continuation(run: Run, loaded: Loaded, ids: list[int], way: str) -> Decoded:
    """The text continued: greedily `cached` and `uncached`, and `sampled` where there is a temperature."""
    config = run.config
    if way == "sampled" and not config.temperature:
        return Decoded([], 0)
    seeds = iter(range(config.seed, config.seed + config.new_tokens))

    def chance(logits: torch.Tensor) -> int:
        numbers = logits.double().numpy()
        return draw(distribution(numbers, config.temperature, config.top_k, config.top_p).final, next(seeds))

    return decode(
        loaded.model,
        ids,
        config.new_tokens,
        cache=way != "uncached",
        choose=chance if way == "sampled" else greedy,
        from_zero=run.drill == "position",
        check=run.raise_if_stopped,
    )


def shown_layers(run: Run, layers: int) -> range:
    """The layers whose stages the report lists, of the option `layers` (`2` or `2-5`).

    Raises:
        UsageError: it is neither.
    """
    first, _, last = run.config.layers.partition("-")
    try:
        chosen = range(int(first), int(last or first) + 1)
    except ValueError:
        chosen = range(0)
    if not chosen or not 0 <= chosen[0] <= chosen[-1] < layers:
        todo = f"Write one number or first-last, from 0 to {layers - 1}."
        raise UsageError(f"layers cannot be {run.config.layers!r}.", todo)
    return chosen


def judge(run: Run, trace: Trace) -> None:
    """Say what was measured and whether it holds, leave the questions, write the report."""
    run.message(f"{run.config.prompt}{''.join(step['piece'] for step in trace.data['cached'])}")
    run.message(f"The answer is decided after layer {trace.decided_after} of {trace.shape['layers']}.")
    run.result("pass over the prompt", trace.best_pass["wall"] * 1e3, "ms", f"{len(trace.data['ids'])} tokens")
    for kind, seconds in trace.seconds_by_kind(trace.best_pass).items():
        run.result(f"time in {kind}", seconds * 1e3, "ms")
    faster = f"{trace.cache_speedup:.1f} times as fast as without"
    run.result("token with the cache", trace.seconds_per_token("cached") * 1e3, "ms", faster)
    run.result("KV cache", trace.cache_bytes_per_token, "bytes", "for each token")
    run.result("decided after layer", trace.decided_after, "", "from there on, the lens shows the final answer")
    other = store.find(run.config.compare) if run.config.compare else None
    compared = comparison(trace, Trace.read(other.path), other.id) if other else ()
    found = findings(trace, shown_layers(run, trace.shape["layers"]))
    report.conclude(run, "One prompt through the model", [*found, *compared], checks, facts, questions)


def checks(run: RunDir) -> Iterator[Criterion]:
    """Whether the lab is passed, from its trace."""
    trace = Trace.read(run.path)
    same = trace.data["text"] == trace.data["prompt"]
    yield Criterion("the tokens are the prompt", same, trace.data["text"], "decoded, they give the prompt again")
    wrong = trace.wrong_stages
    yield Criterion("every stage is there", wrong == 0, wrong, "none missing, none of another shape")
    # 16-bit types round, and a text of another length is added up in another order.
    ahead, most = trace.looks_ahead, 1e-3 if trace.data["dtype"] == "float32" else 2e-2
    yield Criterion(
        "nothing looks ahead", ahead < most, ahead, f"the last token changes no earlier vector by {most:.1%}"
    )
    gap = trace.lens_gap
    yield Criterion("the lens ends at the output", gap < 1e-3, gap, "the same probabilities within 1e-3")
    cached, uncached = trace.tokens("cached"), trace.tokens("uncached")
    equal = sum(a == b for a, b in zip(cached, uncached, strict=True))
    yield Criterion("the cache changes nothing", cached == uncached, equal, f"all {len(cached)} tokens as without it")
    covered = trace.covered
    adds_up, wanted = 0.9 <= covered <= 1 and not trace.counted_twice, "90 to 100 % of the pass, no time counted twice"
    yield Criterion("times add up", adds_up, covered, wanted)
    enough = trace.matching >= FEWEST_EQUAL
    yield Criterion("the trace is what generate does", enough, trace.matching, f"at least {FEWEST_EQUAL} equal tokens")


def facts(run: RunDir) -> dict[str, Value]:
    """What the predictions are held against."""
    trace = Trace.read(run.path)
    kinds = trace.seconds_by_kind(trace.best_pass)
    return {
        "tokens": len(trace.data["ids"]),
        "slowest": max(kinds, key=lambda kind: kinds[kind]),
        "cache": trace.cache_speedup,
        "decided": trace.decided_after,
    }


def questions(run: RunDir) -> list[Question]:
    """What to ask about this run."""
    return ask_about(Trace.read(run.path), f"{run.id} {run.config['seed']}")
