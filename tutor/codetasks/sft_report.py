"""`report.md` of lab-sft-chat."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.codetasks.sft_found import BASE, TUNED, Found
from tutor.codetasks.split import SEEN, UNSEEN
from tutor.engine.bootstrap import Estimate
from tutor.markdown import table

SPLIT_NAMES = {SEEN: "new tasks of families it trained on", UNSEEN: "families it never saw"}
TOKENS_SHOWN = 400
FAILURES_SHOWN = 5

Result = tuple[str, float | Estimate, str, str]


def results(found: Found) -> Iterator[Result]:
    """(name, value, unit, note) of every number worth keeping."""
    yield "supervised share", found.mask.supervised / found.mask.tokens, "", "of the training tokens"
    for split in found.data.held_out:
        for model in (BASE, TUNED):
            yield f"loss {model} {split}", found.loss(model, split), "nats/token", ""
        yield f"loss fall {split}", found.fall(split), "nats/token", ""
    for model in (BASE, TUNED):
        yield f"stopped {model}", found.stopped(model), "", ""
        if found.data.tasks:
            yield f"format {model}", found.formatted(model), "", ""
            yield f"pass@1 {model}", found.pass_at_1(model), "", ""
    if found.data.tasks:
        yield "pass@1 gain", found.gain, "", ""
    yield "forgotten", found.forgotten, "nats/token", "on plain English"


def findings(run_id: str, found: Found) -> list[str]:
    """Everything between title and checks."""
    return [
        _summary(found),
        *_mask(found),
        *_numbers(found),
        *_failures(found),
        *_forgetting(found),
        *_talk(run_id),
    ]


def _summary(found: Found) -> str:
    data = found.data
    parts = [f"You trained on {len(data.conversations['train'])} conversations and measured on others:"]
    rows = [(f"`{name}`", len(data.conversations[name]), SPLIT_NAMES.get(name, "")) for name in data.held_out]
    parts.append(table(("held out", "conversations", ""), rows))
    if data.tasks:
        parts.append(
            f"Of {len(data.judged)} held-out tasks, the base model solves **{_share(found.pass_at_1(BASE))}** with its "
            f"first answer, and the tuned model **{_share(found.pass_at_1(TUNED))}**: every answer was run. The "
            f"difference is {_points(found.gain)}, which is {_says(found.gain)}."
        )
    else:
        parts.append("These data have no tests, so nothing that the models wrote was run.")
    return "\n\n".join(parts)


def _mask(found: Found) -> Iterator[str]:
    mask = found.mask
    yield "## What the loss sees"
    yield (
        f"It sees {mask.supervised:,} of {mask.tokens:,} tokens ({mask.supervised / mask.tokens:.0%}): what the "
        f"assistant says, and {mask.ends - mask.ends_missed} of {mask.ends} ends of answers. In the conversation "
        "below, what it sees is bold. `mask.json` has every token with its role, its label and the base model's loss."
    )
    yield _marked(found)


def _marked(found: Found) -> str:
    """The first kept conversation as text, supervised runs bold."""
    rows, last = [], None
    for token in found.shown[0]["tokens"][:TOKENS_SHOWN]:
        key = (token["role"], token["supervised"])
        if key == last:
            rows[-1][2] += token["text"]
        else:
            rows.append([token["role"], token["supervised"], token["text"]])
        last = key
    cells = [(role, "**yes**" if seen else "no", f"`{text}`") for role, seen, text in rows]
    return table(("role", "in the loss", "text"), cells)


def _numbers(found: Found) -> Iterator[str]:
    yield "## Before and after"
    yield "In brackets: the 95 % interval, by drawing the held-out examples anew."
    rows: list[tuple[object, ...]] = []
    for split in found.data.held_out:
        losses = [f"{found.loss(model, split)}" for model in (BASE, TUNED)]
        rows.append((f"loss, `{split}`, nats/token", *losses, f"{found.fall(split).value:.2f} lower"))
    rows.append(("answers that end by themselves", *(_share(found.stopped(model)) for model in (BASE, TUNED)), ""))
    if found.data.tasks:
        rows.append(("one function and nothing else", *(_share(found.formatted(model)) for model in (BASE, TUNED)), ""))
        passed = [_share(found.pass_at_1(model)) for model in (BASE, TUNED)]
        rows.append(("pass@1: the tests pass", *passed, _says(found.gain)))
    yield table(("", "base", "tuned", ""), rows)


def _failures(found: Found) -> Iterator[str]:
    """What the tuned model still gets wrong."""
    if not found.data.tasks:
        return
    tried = zip(found.data.judged, found.models[TUNED].answers, found.failed[TUNED], strict=True)
    wrong = [(task, answer, failure) for task, answer, failure in tried if failure]
    yield "## What it still gets wrong"
    yield f"{len(wrong)} of {len(found.data.judged)} answers fail. The first of them:"
    for task, answer, failure in wrong[:FAILURES_SHOWN]:
        yield f"**{task.name}** ({task.family}): {task.prompt}"
        yield "\n".join(f"    {line}" for line in answer.text.splitlines())
        yield f"`{failure.replace('`', ' ')}`"


def _forgetting(found: Found) -> Iterator[str]:
    change = found.forgotten
    yield "## What it forgot"
    yield (
        f"On a passage of plain English ({change.n} tokens) the loss changed by {change.value:+.3f} nats/token "
        f"[{change.low:+.3f}, {change.high:+.3f}]. "
        + {"better": "It got worse there.", "worse": "It even got better.", "inconclusive": "No change is proved."}[
            change.verdict
        ]
    )


def _talk(run_id: str) -> Iterator[str]:
    yield "## Talk to it"
    yield f"```\ntutor chat {run_id}\n```"


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.0%} [{estimate.low:.0%}, {estimate.high:.0%}]"


def _points(estimate: Estimate) -> str:
    return f"{100 * estimate.value:+.0f} points [{100 * estimate.low:+.0f}, {100 * estimate.high:+.0f}]"


def _says(difference: Estimate) -> str:
    return {"better": "better", "worse": "worse", "inconclusive": "no difference proved"}[difference.verdict]
