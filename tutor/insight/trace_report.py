"""`report.md` of lab-transformer-trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tutor.engine.pieces import code
from tutor.insight.trace_compare import paces, parting
from tutor.insight.trace_found import CHROME, TRACE, Trace
from tutor.markdown import table
from tutor.text import human_bytes

LENS_SHOWN = 3
STEPS_SHOWN = 24


def findings(trace: Trace, layers: range) -> list[str]:
    """Everything between title and checks; `layers` are those whose stages are listed."""
    return [
        _summary(trace),
        *_stages(trace, layers),
        *_times(trace),
        *_lens(trace),
        *_steps(trace),
        *_cache(trace),
        *_files(),
    ]


def _summary(trace: Trace) -> str:
    text = "".join(step["piece"] for step in trace.data["cached"])
    pieces = " ".join(f"{code(piece)}" for piece in trace.data["pieces"])
    return (
        f"The prompt has {len(trace.data['ids'])} tokens: {pieces}\n\nThe model continues it, greedily, with:\n\n"
        f"````\n{text}\n````\n\nComputed with {trace.data['model']} in {trace.data['dtype']}."
    )


def _stages(trace: Trace, layers: range) -> Iterator[str]:
    shown = [stage for stage in trace.stages if stage["layer"] is None or stage["layer"] in layers]
    yield "## Every tensor on the way"
    yield f"Layers {layers.start} to {layers.stop - 1} of {trace.shape['layers']}; `{TRACE}` has all. L2 is the length."
    yield table(("stage", "layer", "shape", "dtype", "min", "max", "mean", "std", "L2", "ms"), map(_stage_row, shown))


def _stage_row(stage: dict[str, Any]) -> tuple[object, ...]:
    numbers = (f"{stage[name]:.4g}" for name in ("min", "max", "mean", "std", "l2"))
    layer = "" if stage["layer"] is None else stage["layer"]
    shape = " × ".join(map(str, stage["shape"]))
    return (stage["name"], layer, shape, stage["dtype"], *numbers, f"{stage['seconds'] * 1e3:.3f}")


def _times(trace: Trace) -> Iterator[str]:
    timed = trace.best_pass
    kinds = trace.seconds_by_kind(timed)
    rows = [
        (name, f"{seconds * 1e3:.2f}", f"{seconds / timed['wall']:.1%}")
        for name, seconds in sorted(kinds.items(), key=lambda item: -item[1])
    ]
    rest = timed["wall"] - sum(kinds.values())
    rows.append(("between the stages", f"{rest * 1e3:.2f}", f"{rest / timed['wall']:.1%}"))
    yield "## Where the time goes"
    count, wall = len(trace.data["passes"]), timed["wall"] * 1e3
    yield f"The quickest of {count} passes over the prompt took {wall:.1f} ms from call to result."
    yield table(("stages", "ms", "share"), rows)


def _lens(trace: Trace) -> Iterator[str]:
    yield "## Reading its mind half-way"
    yield (
        "The logit lens: what the model would say if it ended after each layer. *Length* is that of the last token's "
        "residual vector, *to the first* the share of the layer's attention that the last token gives to the first one."
    )
    rows = []
    for layer, row in enumerate(trace.data["lens"]):
        guesses = ", ".join(f"{code(each['piece'])} {each['p']:.1%}" for each in row[:LENS_SHOWN])
        sink = f"{trace.data['sink'][layer - 1]:.2f}" if 0 < layer <= len(trace.data["sink"]) else ""
        rows.append((layer or "embed", guesses, f"{trace.data['norms'][layer][-1]:.1f}", sink))
    yield table(("after layer", "likeliest", "length", "to the first"), rows)
    yield f"From layer {trace.decided_after} on, the likeliest token is the one that the model chose."


def _steps(trace: Trace) -> Iterator[str]:
    for way, title in (("cached", "Token by token"), ("sampled", "The same, drawn by chance")):
        if trace.data[way]:
            rows = [
                (n, code(step["piece"]), ", ".join(f"{code(each['piece'])} {each['p']:.1%}" for each in step["top"]))
                for n, step in enumerate(trace.data[way][:STEPS_SHOWN])
            ]
            yield f"## {title}"
            yield table(("", "token", "the likeliest"), rows)


def _cache(trace: Trace) -> Iterator[str]:
    with_cache, without = (trace.seconds_per_token(way) * 1e3 for way in ("cached", "uncached"))
    yield "## What the KV cache saves"
    yield (
        f"With the cache a token takes {with_cache:.1f} ms, without {without:.1f} ms: {trace.cache_speedup:.1f} times "
        "as long, and more the longer the text. The cache costs "
        f"{human_bytes(trace.cache_bytes_per_token)} for each token."
    )


def comparison(trace: Trace, other: Trace, name: str) -> Iterator[str]:
    """Against another run: values first, then times."""
    yield f"## Compared with {name}"
    parted = parting(other, trace)
    if parted is None:
        yield "Every stage has the same values."
    else:
        where = parted.stage if parted.layer is None else f"{parted.stage} of layer {parted.layer}"
        yield f"The values part at **{where}**: length {parted.before:.6g} there, {parted.after:.6g} here."
    rows = [
        (pace.stage, f"{pace.ratio:.2f} × [{pace.low:.2f}, {pace.high:.2f}]", pace.verdict)
        for pace in paces(other, trace)
    ]
    yield table(("stages", "time as a multiple, with the 95 % interval", ""), rows)


def _files() -> Iterator[str]:
    yield "## Files"
    rows = [
        (f"`{TRACE}`", "every stage, timed pass, lens, step"),
        (f"`{CHROME}`", "the times, for chrome://tracing or ui.perfetto.dev"),
    ]
    yield table(("file", "what it is"), rows)
