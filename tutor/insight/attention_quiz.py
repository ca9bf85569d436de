"""Questions about a run of lab-attention-viz, made of its own maps."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from tutor.engine.attention_maps import TextMap
from tutor.engine.head_table import HABITS, best
from tutor.insight.attention_found import Found
from tutor.questions import Question

CLEAR = 0.1
"""A row is asked about only where its largest weight leads by this much."""
KEYS = "abcd"


def questions(found: Found, seed: str) -> list[Question]:
    """All of them; the same run and seed give the same."""
    chance = random.Random(seed)
    return [
        _find_a_head(found),
        _read_a_row(found, chance),
        _compare_scores(found, chance),
        _masked(found),
        _grouping(found, chance),
        *([_missed_most(found)] if len(found.harm) > 1 else []),
    ]


def _find_a_head(found: Found) -> Question:
    good = [row.name for row in found.table if row.previous >= HABITS["previous"]]
    top = best(found.table, "previous")
    return Question(
        "head",
        f"Name a head (layer.head) that gives at least {HABITS['previous']:g} of its attention to the token just "
        "before, on average; if there is none, the one that gives most.",
        answer=(top.name, *good),
        why=f"{top.name} gives {top.previous:.2f}. In its map, the line just below the diagonal is bright.",
    )


def _read_a_row(found: Found, chance: random.Random) -> Question:
    """Where one row of one drawn head looks, among the tokens it can see."""
    asked = list(_clear_rows(found))
    head, text, row = chance.choice(asked) if asked else (best(found.table, "previous").name, found.maps.texts[0], 3)
    layer, number = (int(part) for part in head.split("."))
    weights = text.weights[layer][number][row]
    ranked = sorted(range(row + 1), key=lambda key: -weights[key])
    shown = ranked[:1] + chance.sample(ranked[1:], min(3, len(ranked) - 1))
    chance.shuffle(shown)
    options = {key: f"{text.pieces[place]!r}, token {place}" for key, place in zip(KEYS, shown, strict=False)}
    right = next(key for key, place in zip(KEYS, shown, strict=False) if place == ranked[0])
    return Question(
        "row",
        f"Head {head}, text {text.name}: where does token {row}, {text.pieces[row]!r}, look most?",
        options,
        (right,),
        why=f"It gives {weights[ranked[0]]:.2f} to token {ranked[0]}; that is row {row} of the map, read across.",
    )


def _clear_rows(found: Found) -> Iterator[tuple[str, TextMap, int]]:
    for head, texts in found.drawn.items():
        layer, number = (int(part) for part in head.split("."))
        for name in texts:
            text = found.text(name)
            for row in range(3, len(text.ids)):
                first, second = sorted(text.weights[layer][number][row], reverse=True)[:2]
                if first - second >= CLEAR:
                    yield head, text, row


def _compare_scores(found: Found, chance: random.Random) -> Question:
    """From two scores to the proportion of their weights, without the rest of the row."""
    head = chance.choice(list(found.drawn))
    name, stages = next(iter(found.drawn[head].items()))
    row = len(found.text(name).ids) - 1
    near = sorted(range(row), key=lambda key: abs(float(stages.scores[row, key] - stages.scores[row, row])))
    other = near[-1] if abs(float(stages.scores[row, near[-1]] - stages.scores[row, row])) < 4 else near[0]
    high, low = sorted((round(float(stages.scores[row, key]), 2) for key in (row, other)), reverse=True)
    return Question(
        "scores",
        f"Head {head}, text {name}, last row: two tokens have the scores {high:g} and {low:g}. How many times as large "
        "as the second one's weight is the first one's?",
        answer=(f"{math.exp(high - low):.3g}",),
        tolerance=0.05,
        why=f"Softmax divides both by the same sum, so only the difference counts: e^({high:g} - {low:g}).",
    )


def _masked(found: Found) -> Question:
    n = len(found.maps.texts[0].ids)
    return Question(
        "masked",
        f"Text {found.maps.texts[0].name} has {n} tokens. How many cells of one map does the causal mask take away?",
        answer=(str(n * (n - 1) // 2),),
        why=f"Row i sees i + 1 tokens, so {n} · {n - 1} / 2 cells lie to the right of the diagonal.",
    )


def _grouping(found: Found, chance: random.Random) -> Question:
    row = chance.choice(found.table)
    size = found.maps.heads // found.maps.kv_heads
    return Question(
        "group",
        f"The model has {found.maps.heads} query heads and {found.maps.kv_heads} key/value heads in each layer. Which "
        f"key/value head does query head {row.head} use? Count from 0.",
        answer=(str(row.kv_head),),
        why=f"{size} neighbours share one: {row.head} divided by {size}, rounded down.",
    )


def _missed_most(found: Found) -> Question:
    worst = max(found.harm, key=lambda head: found.harm[head].value)
    return Question(
        "missed",
        f"Which of the silenced heads ({', '.join(found.harm)}) does the model miss most on the passage?",
        answer=(worst,),
        why=f"Without it the loss changes by {found.harm[worst].value:+.3f} nats/token, the largest of all.",
    )
