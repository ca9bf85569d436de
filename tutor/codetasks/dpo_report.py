"""`report.md` of lab-dpo-preference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tutor.codetasks.dpo_found import AFTER, BEFORE, Found
from tutor.engine.bootstrap import Estimate, mean
from tutor.markdown import table

PAIRS_SHOWN = 12
TOKENS_SHOWN = 3

Result = tuple[str, float | Estimate, str, str]


def results(found: Found) -> Iterator[Result]:
    """(name, value, unit, note) of every number worth keeping."""
    yield "held-out preference accuracy", found.accuracy, "", ""
    yield "right answer more likely before", found.ranked("reference"), "", ""
    yield "right answer more likely after", found.ranked("policy"), "", ""
    margin = mean([each.advantage for each in found.scored])
    yield "held-out margin", margin, "nats", "above the reference's"
    yield "chosen moved", found.displacement, "nats", ""
    rejected = mean([each.rejected for each in found.scored])
    yield "rejected moved", rejected, "nats", ""
    yield "KL to the reference", found.kl, "nats/token", "on the model's own answers"
    yield "length ratio", found.longer, "", "tokens of answers, after ÷ before"
    if found.data.tasks:
        for model in (BEFORE, AFTER):
            passed = mean(found.passed[model])
            yield f"pass@1 {model}", passed, "", ""
        yield "pass@1 gain", found.gain, "", ""


def findings(run_id: str, found: Found) -> list[str]:
    """Everything between title and checks."""
    return [
        *_summary(found),
        *_start(found),
        *_pairs(found),
        *_displacement(found),
        *_answers(found),
        *_judge(found),
        "## Talk to it",
        f"```\ntutor chat {run_id}\n```",
    ]


def _summary(found: Found) -> Iterator[str]:
    start = found.start
    made = "which lab-sft-chat made" if start["run"] else "as it is: no run of lab-sft-chat was used"
    yield (
        f"You started from **{start['name']}**, {made}, and trained on {len(found.data.pairs['train'])} pairs. Of "
        f"{found.accuracy.n} held-out pairs, the model moved **{_share(found.accuracy)}** towards the right answer; "
        "chance would move half."
    )
    rows = [
        ("the right answer is the more likely one", *(_share(found.ranked(name)) for name in ("reference", "policy")))
    ]
    if found.data.tasks:
        rows.append(("its first answer passes the tests", *(_share(mean(found.passed[m])) for m in (BEFORE, AFTER))))
    tokens = (
        f"{sum(each.tokens for each in found.models[m].answers) / len(found.models[m].answers):.0f}"
        for m in (BEFORE, AFTER)
    )
    rows.append(("tokens of an answer", *tokens))
    yield table(("", "before", "after"), rows)


def _start(found: Found) -> Iterator[str]:
    first = found.first
    apart = max(abs(each) for each in first["advantages"])
    yield "## Was the reference the model itself?"
    yield (
        f"The loss of the first step was {first['loss']:.4f}; where policy and reference are the same it is "
        f"{first['should']:.4f}. The pairs of that step were at most {apart:.4f} nats apart from the reference."
    )


def _pairs(found: Found) -> Iterator[str]:
    """The pairs that moved least and most, with the tokens that did it."""
    ranked = sorted(zip(found.scored, found.pairs, strict=True), key=lambda pair: pair[0].advantage)
    shown = ranked if len(ranked) <= PAIRS_SHOWN else [*ranked[: PAIRS_SHOWN // 2], *ranked[-PAIRS_SHOWN // 2 :]]
    yield "## Pair by pair"
    yield (
        "How far log π of both answers moved from the reference, in nats, and the chosen tokens that moved most. "
        "`pairs.json` has every token."
    )
    rows = [
        (f"`{each.name}`", f"{each.chosen:+.2f}", f"{each.rejected:+.2f}", f"{each.advantage:+.2f}", _movers(pair))
        for each, pair in shown
    ]
    yield table(("pair", "chosen", "rejected", "margin", "tokens"), rows)


def _movers(pair: dict[str, dict[str, list[float]]]) -> str:
    side = pair["chosen"]
    moved = [
        (ours - theirs, piece)
        for piece, ours, theirs in zip(side["pieces"], side["policy"], side["reference"], strict=True)
    ]
    ranked = sorted(moved, key=lambda each: -abs(each[0]))[:TOKENS_SHOWN]
    return ", ".join(f"`{str(piece).replace('`', ' ')}` {nats:+.2f}" for nats, piece in ranked)


def _displacement(found: Found) -> Iterator[str]:
    moved = found.displacement
    yield "## Did the chosen answers become likelier?"
    what = {
        "better": "They did.",
        "worse": "They became less likely, and the rejected ones even more so: likelihood displacement.",
        "inconclusive": "That is not proved either way.",
    }[moved.verdict]
    yield f"log π of a chosen answer changed by {moved.value:+.2f} nats [{moved.low:+.2f}, {moved.high:+.2f}]. {what}"
    yield f"On its own answers, the model is {found.kl.value:.3f} nats/token away from the reference (KL)."


def _answers(found: Found) -> Iterator[str]:
    """Before against after on the same task, decided by the tests."""
    if not found.data.tasks:
        return
    outcomes = Counter(after - before for before, after in zip(found.passed[BEFORE], found.passed[AFTER], strict=True))
    gain = found.gain
    yield "## Before against after, by the tests"
    yield (
        f"On {len(found.tasks)} held-out tasks the trained model wins {outcomes[1.0]}, loses {outcomes[-1.0]}, and "
        f"{outcomes[0.0]} are the same. The difference in pass@1 is {gain.value:+.2f} "
        f"[{gain.low:+.2f}, {gain.high:+.2f}]: "
        + {"better": "better.", "worse": "worse.", "inconclusive": "no difference proved."}[gain.verdict]
    )


def _judge(found: Found) -> Iterator[str]:
    judged = found.judged
    yield "## Before against after, by a model"
    if not judged:
        yield "All answers were the same, so there was nothing to judge."
        return
    winners = Counter(each.winner for each in judged)
    yield (
        f"The model from before was asked which of two answers is right, in both orders, wherever they differ "
        f"({len(judged)} times). It prefers the new answer {winners[1]} times and the old one {winners[-1]} times. In "
        f"{winners[0]} cases the order decided: it chose the same letter whichever answer stood there, and "
        "that says nothing."
    )


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.0%} [{estimate.low:.0%}, {estimate.high:.0%}]"
