"""What lesson 2.1.1 says of its tokenizers; the trainer itself is tested against the `tokenizers` library."""

from __future__ import annotations

import pytest

from tutor.engine.desk.bpe import LONGEST, cut, encode, next_merge, train
from tutor.engine.desk.bpe_facts import coverage, scattered
from tutor.engine.desk.fertility import STOPS, curve
from tutor.engine.protocol import Call, Message
from tutor.errors import UsageError

CALL = Call(lambda _part: None, lambda: False)
CATS = "the cat sat\nthe cat ran\nthe dog sat\nthe dog ran"


@pytest.mark.parametrize("byte_level", [False, True])
@pytest.mark.parametrize("pretokenize", [False, True])
def test_steps_follow_from_each_other(byte_level: bool, pretokenize: bool) -> None:
    answer = train(CALL, CATS, 30, pretokenize, byte_level)
    steps = answer["steps"]
    assert len(steps) == len(answer["vocabulary"]) + 1
    for before, after, made in zip(steps, steps[1:], answer["vocabulary"], strict=False):
        assert "".join(before["pairs"][0]["pair"]) == after["made"] == made
        assert before["tokens"] - after["tokens"] == before["pairs"][0]["count"]
        assert all(
            "".join(a["pieces"]) == "".join(b["pieces"]) for a, b in zip(before["words"], after["words"], strict=True)
        )
    assert steps[0]["tokens"] == sum(len(word) for word in (CATS.split() if pretokenize else CATS.splitlines()))
    assert answer["alphabet"] == (256 if byte_level else len(set(CATS) - {"\n"} - ({" "} if pretokenize else set())))


def test_encoding_says_how_far_it_is() -> None:
    answer = encode(CALL, CATS, "the zebra sat")
    assert answer["steps"][0]["pieces"] == list("the zebra sat")
    assert answer["steps"][-1]["pieces"] == ["the", " ", "z", "e", "b", "r", "a", " ", "sat"]
    assert [step["rank"] for step in answer["steps"]] == [0, 1, 2, 3, 9]
    assert answer["tokens"] == 7
    assert answer["unknown"] == ["b", "z"]
    assert (answer["as_words"], answer["known_words"]) == (["the", "[UNK]", "sat"], 6)
    assert encode(CALL, CATS, "zebra 🙂", byte_level=True)["unknown"] == []
    assert cut(CALL, CATS, ["rat", "doge"])["cuts"] == ["r·at", "dog·e"]


def test_the_next_merge_is_the_one_that_training_makes() -> None:
    made = train(CALL, CATS)["vocabulary"]
    for after, piece in enumerate(made):
        answer = next_merge(CALL, CATS, after)
        assert answer["options"][0]["name"].replace(" + ", "") == piece
        assert answer["options"][0]["place"] == 1


def test_too_much_and_too_little_text_is_refused() -> None:
    for text in ("", " \n ", "a" * (LONGEST + 1)):
        with pytest.raises(UsageError):
            train(CALL, text)
    with pytest.raises(UsageError):
        encode(CALL, CATS, "  ")


def test_the_slogans() -> None:
    found = scattered(CALL, runs=50)
    assert [case["holds"] for case in found["cases"]] == [True, True, False]
    assert found["cases"][0]["value"] == "s·cat·t·e·r·e·d"
    assert 0 < found["share"] < 100
    assert found["cases"][1]["value"] == "in 100 % of 50 runs"
    assert found["sentences"] > 5
    covered = coverage(CALL)
    assert [case["holds"] for case in covered["cases"]] == [False, True]
    assert covered["letters"].split() == ["C", "b", "v", "z", "ï", "世", "界", "🙂"]


def test_fertility_falls_and_the_library_learns_the_same() -> None:
    parts: list[Message] = []
    answer = curve(Call(parts.append, lambda: False), "course", "naïve 🙂")
    points = answer["points"]
    assert [point["merges"] for point in points[:-1]] == list(STOPS[: len(points) - 1])
    own = len("naïve".encode()) + len("🙂".encode())
    assert answer["texts"]["own"] == {"words": 2, "bytes": own}
    assert points[0]["own"] == {"tokens": own, "per_word": own / 2, "per_token": 1.0}
    for text in ("seen", "unseen", "own"):
        tokens = [point[text]["tokens"] for point in points]
        assert tokens == sorted(tokens, reverse=True)
        assert points[-1][text]["per_word"] == pytest.approx(tokens[-1] / answer["texts"][text]["words"], abs=1e-4)
    assert answer["library"]["same"] == answer["library"]["merges"] == points[-1]["merges"]
    assert len(parts) == len(STOPS)
    with pytest.raises(UsageError):
        curve(CALL, "nothing")
