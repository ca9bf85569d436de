"""`report.md` of lab-lora-cli-help."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.clihelp.lora_found import LoraFound
from tutor.clihelp.measured import Measured
from tutor.clihelp.report_training import changed_layers, training_parts
from tutor.clihelp.task import HELD_OUT, TUNED, ZERO_SHOT
from tutor.engine.bootstrap import Estimate
from tutor.markdown import table
from tutor.text import human_bytes

SPLIT_NAMES = {"heldout_in": "tools it trained on, other options", "heldout_out": "tools it never saw"}
SHOWN_METRICS = {
    "structure": "format",
    "parses": "fully in format",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "made_up": "made up",
    "exact": "exact",
}


@dataclass(frozen=True)
class RunFacts:
    """What the report says about the run besides its measurements."""

    id: str
    directory: str
    results: Mapping[str, Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    lr: float
    """The highest learning rate."""

    def value(self, name: str) -> Any:
        """A measured value."""
        return self.results[name]["value"]


def findings(run: RunFacts, found: LoraFound, samples: int) -> list[str]:
    """Everything between the title and the predictions."""
    measured = found.measured
    return [
        _summary(run, measured),
        *_samples(measured, samples),
        "## Measured on questions it never trained on",
        _explain_metrics(),
        *_scores(measured),
        *_margins(measured),
        *_losses(run, measured),
        *training_parts(run.lr, found),
        *_same_model(run),
        *changed_layers(found.changes),
        *_files(run),
        *_numbers(run, measured),
    ]


def _summary(run: RunFacts, measured: Measured) -> str:
    sentences = [
        f"You took **{run.results['model']['note']}**, trained an adapter of {run.value('trainable parameters'):,} "
        f"numbers ({run.value('trainable share'):.2%} of the model) on {run.value('training examples')} questions and "
        f"answers about command-line tools, and added it to the weights."
    ]
    for split in HELD_OUT:
        before, after = (e.losses[split].loss() for e in (measured.before, measured.after))
        base, tuned = (measured.scores[split][method] for method in (ZERO_SHOT, TUNED))
        n = len(tuned.each)
        sentences.append(
            f"- **{SPLIT_NAMES[split].capitalize()}** ({n} questions): answers in your format "
            f"{_count(base, 'parses')} → {_count(tuned, 'parses')} of {n}; held-out loss "
            f"{before.value:.2f} → {after.value:.2f} nats/token "
            f"({measured.relative_fall(split):.0%} less), which makes the right next token "
            f"{math.exp(before.value - after.value):.1f} times as likely as before."
        )
    return "\n\n".join([sentences[0], "\n".join(sentences[1:])])


def _count(scores: Any, metric: str) -> int:
    return round(sum(scores.values(metric)))


def _samples(measured: Measured, count: int) -> list[str]:
    parts = ["## Before and after"]
    for split in HELD_OUT:
        parts.append(f"### {SPLIT_NAMES[split].capitalize()}")
        for prompt, reference, base, tuned in measured.samples(split, count):
            parts += [_quote(prompt), "Before:", _block(base), "After:", _block(tuned)]
            parts += ["That is exactly the reference."] if tuned == reference else ["The reference:", _block(reference)]
    return parts


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() + "  " for line in text.splitlines())


def _block(text: str) -> str:
    return f"````\n{text or '(nothing)'}\n````"


def _explain_metrics() -> str:
    return (
        "*Format*: how much of the wanted format is there. *Precision* and *recall*: facts (spellings, value, "
        "default, usage) that are right of those claimed, and that are there of those wanted; an answer that is not "
        "in the format claims nothing that could be counted. *Made up*: wrong facts an answer. *BLEU* and *chrF*: "
        "shared words and letters, by sacrebleu, 0 to 100. In brackets: the 95 % interval over questions."
    )


def _scores(measured: Measured) -> list[str]:
    parts = []
    for split in HELD_OUT:
        rows = [
            (
                f"**{method}**" if method == TUNED else method,
                *(_short(scores.mean(metric)) for metric in SHOWN_METRICS),
                f"{scores.whole.bleu:.1f}",
                f"{scores.whole.chrf:.1f}",
            )
            for method, scores in measured.scores[split].items()
        ]
        parts += [f"### {SPLIT_NAMES[split].capitalize()}", table(("", *SHOWN_METRICS.values(), "BLEU", "chrF"), rows)]
    return parts


def _margins(measured: Measured) -> list[str]:
    rows = [
        (SPLIT_NAMES[split], metric, baseline, _short(margin, sign="+"), margin.verdict)
        for split, metric, baseline, margin in measured.margins()
    ]
    text = (
        "A tuned model is worth its training only if nothing simpler does as well: the base model as it is, the base "
        "model shown two examples, and copying the answer of the most similar training question. Where the interval "
        "of the difference includes 0, nothing is proved."
    )
    return [
        "## Was training worth it?",
        text,
        table(("questions about", "metric", "against", "margin", "verdict"), rows),
    ]


def _losses(run: RunFacts, measured: Measured) -> list[str]:
    evals = {(event["step"], event["split"]): event for event in run.events if event["kind"] == "eval"}
    steps = sorted({step for step, _ in evals})
    rows = [(step, *(_loss_cell(evals.get((step, split))) for split in HELD_OUT)) for step in steps]
    train = measured.after.losses["train"].loss()
    gaps = " and ".join(f"{measured.gap(split):+.2f} ({SPLIT_NAMES[split]})" for split in HELD_OUT)
    text = (
        f"On {train.n} of its training examples the tuned model's loss is {_short(train)} nats/token. The gap to "
        f"held-out data is {gaps}: a large one means learning by heart."
    )
    return ["## Held-out loss while training", table(("step", *SPLIT_NAMES.values()), rows), text]


def _loss_cell(event: Mapping[str, Any] | None) -> str:
    return f"{event['loss']:.3f} [{event['low']:.3f}, {event['high']:.3f}]" if event else ""


def _same_model(run: RunFacts) -> list[str]:
    rows = [
        ("adapter and merged weights, float32", f"max |Δlogit| {run.value('max |Δlogit| merged'):.2g}", ""),
        (
            "adapter and merged weights as stored",
            f"max |Δlogit| {run.value('max |Δlogit| stored'):.2g}",
            f"same text for {run.value('same answers stored')} {run.results['same answers stored']['unit']} prompts",
        ),
    ]
    for kind in ("f16", "q4_k_m"):
        same = run.results[f"gguf same answers {kind}"]
        rows.append(
            (
                f"merged weights and GGUF {kind} ({human_bytes(run.value(f'size model-{kind}.gguf'))})",
                f"same top token {run.value(f'gguf top-1 {kind}'):.1%}, KL {run.value(f'gguf KL {kind}'):.2g} nats",
                f"same text for {same['value']} {same['unit']} prompts",
            )
        )
    text = "Merging and converting must not change what it says. Rounding moves it a little, quantizing a little more."
    return ["## Is it still the same model?", text, table(("between", "difference", "greedy answers"), rows)]


def _files(run: RunFacts) -> list[str]:
    model = run.value("model")
    rows = [
        ("`adapter/`", "the adapter alone, in PEFT's format"),
        ("`merged/`", "the tuned model: safetensors, tokenizer, manifest"),
        ("`gguf/model-f16.gguf`", "the same for llama.cpp"),
        ("`gguf/model-q4_k_m.gguf`", "the same, quantized: what the chat loads"),
    ]
    commands = (
        f"```\ntutor chat {run.id} --versus {model}\ntutor run {run.id} --prompt 'What does `--all` do in `ls`?'\n```"
    )
    return ["## Talk to it", commands, f"Everything is in `{run.directory}`:", table(("file", "what it is"), rows)]


def _numbers(run: RunFacts, measured: Measured) -> list[str]:
    whole = next(iter(measured.scores[HELD_OUT[0]].values())).whole
    rows = [
        ("computed in", run.value("computed in")),
        ("training", f"{run.value('training time'):.0f} s, {run.value('tokens per second'):.0f} tokens/s"),
        ("training data", f"`{run.value('training data')}` (SHA-256)"),
        ("BLEU", f"`{whole.bleu_signature}`"),
        ("chrF", f"`{whole.chrf_signature}`"),
    ]
    return ["## How it was measured", table(("", ""), rows)]


def _short(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.value:{sign}.2f} [{estimate.low:{sign}.2f}, {estimate.high:{sign}.2f}]"
