"""Questions about a run of lab-transformer-trace, made of its own trace."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tutor.insight.trace_found import LAYER_STAGES, Trace
from tutor.questions import Question

KEYS = "abcd"


def questions(trace: Trace, seed: str) -> list[Question]:
    """All of them; the same run and seed give the same."""
    return [*_shapes(trace, random.Random(seed)), *_order(random.Random(seed)), *_numbers(trace, random.Random(seed))]


def _shapes(trace: Trace, chance: random.Random) -> Iterator[Question]:
    tokens, shape = len(trace.data["ids"]), trace.shape
    layer = chance.randrange(shape["layers"])
    how = "Write it as numbers with commas, the batch of 1 first."
    yield Question(
        "embed",
        f"The prompt has {tokens} tokens, a vector has {shape['hidden']} numbers. What shape has the embedded prompt? "
        f"{how}",
        answer=(f"1,{tokens},{shape['hidden']}",),
        why="One row of the embedding matrix for each token.",
    )
    yield Question(
        "mlp",
        f"What shape does the MLP of layer {layer} hand on? {how}",
        answer=(f"1,{tokens},{shape['hidden']}",),
        why="Inside it is wider, but what it adds to the stream must fit the stream.",
    )
    yield Question(
        "map",
        f"How many attention weights does layer {layer} compute for this prompt, all heads together, masked ones too?",
        answer=(str(shape["heads"] * tokens * tokens),),
        why=f"{shape['heads']} heads with a map of {tokens} × {tokens} each.",
    )
    yield Question(
        "logits",
        "To choose one token, the LM head was asked for the last position only. What shape are its logits? "
        + how.replace("first", "first, then positions, then the vocabulary"),
        answer=(f"1,1,{shape['vocab']}",),
        why=f"A score for each of {shape['vocab']:,} tokens, at one position.",
    )


def _order(chance: random.Random) -> Iterator[Question]:
    place = chance.choice((1, 2, 4))
    options = dict(zip(KEYS, ("norm", "attention", "residual", "mlp"), strict=True))
    yield Question(
        "after",
        f"What comes right after the {LAYER_STAGES[place]} "
        + {1: "of a layer?", 2: "that adds the attention to the stream?", 4: "of a layer?"}[place],
        options,
        tuple(key for key, name in options.items() if name == LAYER_STAGES[place + 1]),
        why="A layer is norm, attention, add, norm, MLP, add.",
    )
    options = dict(zip(KEYS, ("softmax", "the LM head", "the final norm", "the tokenizer"), strict=True))
    yield Question(
        "last", "What does the vector go through right after the last layer?", options, ("c",),
        why="Then the LM head makes logits of it, and softmax makes probabilities of those.",
    )  # fmt: skip


def _numbers(trace: Trace, chance: random.Random) -> Iterator[Question]:
    shape, stage = trace.shape, trace.stages[1]
    size = stage["bytes"] // (stage["shape"][1] * stage["shape"][2])
    yield Question(
        "cache",
        f"{shape['layers']} layers, {shape['kv_heads']} key/value heads of {shape['head_dim']} numbers, {size} bytes a "
        "number. How many bytes does the KV cache need for one token?",
        answer=(f"{trace.cache_bytes_per_token:.0f}",),
        why="A key and a value in every key/value head of every layer. That is what this run measured, too.",
    )
    yield Question(
        "decided",
        f"From which layer on does the logit lens show the final answer and stay with it? (0 to {shape['layers']}; the "
        "report has the table)",
        answer=(str(trace.decided_after),),
        why="Later layers only make it more certain.",
    )
    yield Question(
        "growth",
        "How many times as long is the last token's residual vector after the last layer as before the first?",
        answer=(f"{trace.growth:.3g}",),
        tolerance=0.1,
        why="Layers add to the stream and never overwrite it.",
    )
    number = chance.randrange(1, len(trace.data["cached"]))
    step = trace.data["cached"][number]
    shown = step["top"][:4]
    order = chance.sample(range(len(shown)), len(shown))
    options = {key: repr(shown[place]["piece"]) for key, place in zip(KEYS, order, strict=False)}
    right = next(key for key, place in zip(KEYS, order, strict=False) if place == 1)
    yield Question(
        "runner-up",
        f"Token {number} of the continuation (counted from 0) is {step['piece']!r}. What came second?",
        options,
        (right,),
        why=f"It had {shown[1]['p']:.1%}, against {shown[0]['p']:.1%}.",
    )
