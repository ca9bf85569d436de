"""The mistakes that people make: each is caught, with a message that leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.course.exercises.exercise import all_exercises, find_exercise
from tutor.course.exercises.runner import check

MISTAKES = {
    "matmul-shapes": [
        ("batch.append(max(a, b))", "batch.append(b)", "should be"),
        ("fillvalue=1", "fillvalue=0", "batch sizes 0 and"),
        ("if a != b and 1 not in (a, b):", "if False:", "should raise ValueError"),
        ("return 2 * prod", "return prod", "matmul_flops("),
        ("{inner} columns on the left meet {right_inner} rows on the right", "no", "should contain"),
    ],
    "gradient-step": [
        ("2 * inputs.T @ error / len(targets)", "inputs.T @ error / len(targets)", "gradient(…)[0]"),
        ("2 * inputs.T @ error / len(targets)", "2 * inputs.T @ error", "gradient(…)[0]"),
        ("weight - rate * by_weight, bias - rate", "weight + rate * by_weight, bias + rate", "raised"),
        ("return weight - rate", "weight -= rate * by_weight; return weight - 0", "in place"),
    ],
    "cross-entropy": [
        ("- rows.max(axis=1, keepdims=True)", "", "exp overflowed"),
        ("return float(np.mean(", "return len(wanted) / len(targets) * float(np.mean(", "-100"),
        ("if not keep.any():", "if False:", "should raise ValueError"),
        ("np.log(np.exp", "np.log2(np.exp", "should be"),
    ],
    "sampler": [
        ("return np.eye(len(logits))[np.argmax(logits)]", "temperature = 1e-9", "temperature=0"),
        ("logits / temperature", "logits * temperature", "temperature=0.3"),
        ("[order[before >= top_p]]", "[order[np.cumsum(probabilities[order]) > top_p]]", "top_p"),
        ("return probabilities / probabilities.sum()", "return probabilities", "top_p"),
        ("scores = logits / temperature", "logits /= temperature\n    scores = logits", "changed the array"),
        ('side="right"', 'side="left"', "pick("),
        (
            "return min(token, int(np.flatnonzero(probabilities)[-1]))",
            "return min(token, len(probabilities) - 1)",
            "pick(",
        ),
    ],
    "bpe-trainer": [
        ("(-counts[pair], pair)", "-counts[pair]", "sorts before it"),
        ("counts[pair] += count", "counts[pair] += 1", "occurs"),
        (" or counts[best] < 2", "", "should be []"),
        ("            i += 2\n", "            i += 1\n", "train("),
    ],
    "bpe-encoder": [
        ("min(known, key=ranks.__getitem__)", "known[0]", "encode('abc'"),
        ("merged[-1] += piece", "merged[-1] = piece", "encode("),
        ("pieces = list(word)", "pieces = [letter for letter in word if letter.isascii()]", "añb"),
    ],
    "causal-attention": [
        (" / np.sqrt(head_dim)", "", "the weights should be"),
        ("k=1", "k=0", "the sum of each row"),
        ("    scores = np.where(future, -np.inf, scores)\n", "", "comes later, with weight"),
        ("-np.inf, scores)", "0, scores)", "comes later, with weight"),
        (" - scores.max(axis=-1, keepdims=True)", "", "exp overflowed"),
        ("weights.sum(axis=-1", "weights.sum(axis=-2", "the sum of each row"),
        ("return weights @ values, weights", "return weights @ values", "should return (output, weights)"),
    ],
    "swiglu-mlp": [
        ("gated / (1 + np.exp(-gated))", "1 / (1 + np.exp(-gated))", "swiglu_mlp("),
        ("gated / (1 + np.exp(-gated))", "np.maximum(gated, 0)", "swiglu_mlp("),
        ("return 3 *", "return 2 *", "parameters(4, 6) should be 72"),
    ],
    "lora-linear": [
        ("torch.zeros(base.out_features, rank)", "torch.randn(base.out_features, rank)", "which matrix must start"),
        ("torch.randn(rank, base.in_features)", "torch.zeros(rank, base.in_features)", "neither matrix ever"),
        ("base.requires_grad_(False)", "base", "requires_grad"),
        ("alpha / rank", "alpha", "rank 2 and alpha 6"),
        ("self.scale * self.lora_b @ self.lora_a", "self.lora_b @ self.lora_a", "merged()(x)"),
        ("                layer.bias.copy_(self.base.bias)", "                layer.bias.zero_()", "bias=True"),
    ],
    "absmax-int8": [
        ("/ 127", "/ 128", "the scales"),
        ("np.rint(weight / divisor[:, None])", "(weight / divisor[:, None])", "the largest code of each row"),
        ("np.where(scale == 0, 1, scale)", "scale", "invalid value encountered in divide"),
        ("max(axis=1) / 127", "max() / 127 * np.ones(len(weight))", "the scales"),
    ],
    "nf4-blocks": [
        (".argmin(axis=-1)", ".argmax(axis=-1)", "the nearest"),
        ("np.where(absmax == 0, 1, absmax)", "absmax", "invalid value encountered in divide"),
        ("np.abs(blocks).max(axis=1)", "blocks.max(axis=1)", "absmax"),
        ("4 + 32 / block", "4", "bits_per_weight(16)"),
    ],
    "stratified-split": [
        ('random.Random(f"{seed}/{category}").shuffle(ids)', "pass", "gave the same test set"),
        ("ids = sorted(row for row", "ids = list(row for row", "in another order"),
        ('random.Random(f"{seed}/{category}")', "random", "second call"),
        ("for category in sorted(set(categories.values())):", "for category in ['all']:", "in no split"),
        ("by_remainder[: rows - sum(counts.values())]", "by_remainder[:0]", "in no split"),
    ],
    "quality-gate": [
        ('not 0.5 <= row["score"] <= 1', 'row["score"] < 0.5 or row["score"] > 1', "score of nan"),
        ("if len(rows) < FEWEST_ROWS", "if 0 < len(rows) < FEWEST_ROWS", "corpus of 0 rows"),
        ('row["answer"].strip()', 'row["answer"]', "as the answer of"),
        ('" ".join(row["question"].lower().split())', 'row["question"].lower()', "asked again"),
        ("2 * count > len(rows)", "2 * count >= len(rows)", "7 of 14 rows"),
        ("return not any(findings.values())", "return True", "passes(…) for a corpus of 0 rows should be False"),
        ("return not any(findings.values())", "return all(findings.values())", "passes(…)"),
    ],
    "chat-loss-mask": [
        (
            "answering = token != end",
            "answering = token != end; labels[i] = token if answering else IGNORE",
            "id 2) should be 2",
        ),
        ("answering = token == assistant", "answering = assistant in ids[i:]", "should be -100"),
        ("labels = [IGNORE] * len(ids)", "labels = list(ids)", "should be -100"),
        ("            answering = token != end\n", "", "newline"),
    ],
    "dpo-loss": [
        ("logits[:-1], labels[1:]", "logits, labels", "sequence_logp"),
        ("np.logaddexp(0, -beta * margin)", "-np.log(1 / (1 + np.exp(-beta * margin)))", "the loss is inf"),
        ("-beta * margin", "beta * margin", "should"),
        ("(policy_chosen - reference_chosen)", "policy_chosen", "agree"),
        ("    keep = wanted != IGNORE\n", "    keep = wanted == wanted\n", "index -100 is out of bounds"),
    ],
}
"""For each exercise: a piece of its solution, what someone might write instead, and what the message must say."""


@pytest.mark.parametrize(
    ("name", "right", "wrong", "message"),
    [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes],
)
def test_mistake_is_caught(name: str, right: str, wrong: str, message: str, tmp_path: Path) -> None:
    exercise = find_exercise(name)
    assert right in exercise.solution
    file = tmp_path / "work.py"
    file.write_text(exercise.solution.replace(right, wrong))
    result = check(exercise, file)
    assert not result.passed
    assert result.failure is not None
    assert message in result.failure.message


def test_every_exercise_is_covered() -> None:
    assert set(MISTAKES) == {exercise.id for exercise in all_exercises()}
