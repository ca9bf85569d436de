"""How good answers about command-line options are: their format, their facts, their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tutor.clihelp.answers import Answer, facts, read, structure


@dataclass(frozen=True)
class Score:
    """One answer held against its reference. Shares and chrF go from 0 to 1."""

    structure: float
    """How much of the format is there."""
    parses: float
    """1 where the answer is in the format throughout."""
    precision: float
    """Claimed facts (spellings, value, default, usage, ...) that are right, of those claimed."""
    recall: float
    """Facts of the reference that the answer has."""
    f1: float
    """Harmonic mean of the two."""
    made_up: float
    """How many claimed facts are in no reference: a count, not a share."""
    exact: float
    """1 where it equals the reference up to white space."""
    chrf: float
    """Character n-gram F-score of this answer (Popović 2015)."""


METRICS = tuple(field.name for field in fields(Score))


@dataclass(frozen=True)
class Corpus:
    """Scores that are defined over all answers together, 0 to 100, with sacrebleu's signatures."""

    bleu: float
    chrf: float
    bleu_signature: str
    chrf_signature: str


def score(text: str, reference: str) -> Score:
    """Score one answer. `reference` is in the format."""
    wanted = read(reference)
    assert wanted is not None, reference
    given = read(text)
    precision, recall, f1, made_up = _content(given, wanted)
    return Score(
        structure=structure(text, wanted.kind),
        parses=float(given is not None),
        precision=precision,
        recall=recall,
        f1=f1,
        made_up=made_up,
        exact=float(text.split() == reference.split()),
        chrf=_sentence_chrf(text, reference),
    )


def _content(given: Answer | None, wanted: Answer) -> tuple[float, float, float, float]:
    """(precision, recall, F1, made up). An answer that is not in the format claims nothing that could be counted."""
    claimed = facts(given) if given else frozenset()
    true = facts(wanted)
    right = len(claimed & true)
    precision, recall = right / max(1, len(claimed)), right / max(1, len(true))
    f1 = 2 * right / (len(claimed) + len(true)) if right else 0.0
    return precision, recall, f1, float(len(claimed - true))


def _sentence_chrf(text: str, reference: str) -> float:
    from sacrebleu.metrics import CHRF

    return float(CHRF().sentence_score(text, [reference]).score) / 100


def corpus(texts: Sequence[str], references: Sequence[str]) -> Corpus:
    """BLEU-4 and chrF of all answers by sacrebleu (Post 2018)."""
    from sacrebleu.metrics import BLEU, CHRF

    bleu, chrf = BLEU(), CHRF()
    return Corpus(
        bleu=float(bleu.corpus_score(list(texts), [list(references)]).score),
        chrf=float(chrf.corpus_score(list(texts), [list(references)]).score),
        bleu_signature=str(bleu.get_signature()),
        chrf_signature=str(chrf.get_signature()),
    )


def nearest_answers(prompts: Sequence[str], known: Sequence[tuple[str, str]]) -> list[str]:
    """For each prompt the answer of the most similar known one: what copying without understanding achieves.

    Args:
        known: (prompt, answer) pairs of the training split.
    """
    grams = [(_trigrams(prompt), answer) for prompt, answer in known]
    return [_nearest(_trigrams(prompt), grams) for prompt in prompts]


def _nearest(own: frozenset[str], known: Sequence[tuple[frozenset[str], str]]) -> str:
    return max(known, key=lambda pair: len(own & pair[0]) / len(own | pair[0]))[1]


def _trigrams(text: str) -> frozenset[str]:
    squeezed = " ".join(text.lower().split())
    return frozenset(squeezed[start : start + 3] for start in range(max(1, len(squeezed) - 2)))
