"""Questions and answers, and how they are divided."""

from __future__ import annotations

import dataclasses
import random

import pytest

from tutor.clihelp import answers
from tutor.clihelp.collect import Page
from tutor.clihelp.parse import parse
from tutor.clihelp.records import Record, make_records, sentence
from tutor.clihelp.splits import SPLITS, divide, heldout_tools, jaccard, leaks, normalised, words

VERBS = ["keep", "drop", "paint", "count", "feed", "weigh", "wash", "name", "sort", "wake", "find", "move"]
NOUNS = ["frogs", "toads", "newts", "lilies", "reeds", "stones", "fish", "ducks", "herons", "snails", "flies", "mud"]


def page(tool: str, text: str, kind: str = "other", command: str = "") -> Page:
    """A page as the collector makes it, of a text that a test wrote."""
    return Page(
        tool=tool,
        kind=kind,
        licence="MIT",
        cuts_descriptions=False,
        version="1.0",
        command=command or tool,
        summary="",
        text=text,
        sha256="0" * 64,
        help=parse(text),
        collected_at="2026-01-01T00:00:00+0000",
        platform="Pond frog",
    )


def invented(tool: str, kind: str, chance: random.Random, size: int = 30) -> Page:
    """Help of a tool that shares a fifth of its descriptions with all other tools."""
    lines = [f"Manages {tool} in the garden", "", f"Usage: {tool} [OPTIONS]", "", "Options:"]
    for index in range(size):
        where = "everywhere" if index % 5 == 0 else f"of the {tool} pond number {index}"
        verb, noun = (
            (VERBS[index % 12], NOUNS[index % 12]) if index % 5 == 0 else (chance.choice(VERBS), chance.choice(NOUNS))
        )
        value = " <N>" if index % 3 else ""
        lines.append(f"  --{verb}-{index}{value}    {verb.capitalize()} the {noun} {where} [default: {index}]")
    return page(tool, "\n".join(lines), kind)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    chance = random.Random(1)
    kinds = {"ferris": "rust", "crab": "rust", "snail": "other", "worm": "other", "slug": "other"}
    return make_records([invented(tool, kind, chance) for tool, kind in kinds.items()], "mixed", 0.75, 7)[0]


def test_option_record_reads_as_designed() -> None:
    line = "-c, --colour <WHEN>  paint the frogs. Slowly [default: auto] [possible values: auto, never]"
    text = f"Keeps frogs\n\nUsage: pond\n\nOptions:\n  {line}\n"
    made, dropped = make_records([page("pond", text)], "excerpt", 1.0, 0)
    record = next(record for record in made if record.kind == "option")
    assert not dropped
    assert record.completion == (
        "pond --colour\n"
        "  Flags: -c, --colour\n"
        "  Does: Paint the frogs.\n"
        "  Takes: <WHEN>\n"
        "  Default: auto\n"
        "  Values: auto, never"
    )
    assert "`--colour`" in record.prompt or "`pond --colour`" in record.prompt
    assert "-c, --colour <WHEN>  paint the frogs." in record.prompt
    command = next(record for record in made if record.kind == "command")
    assert command.completion == "pond\n  Does: Keeps frogs.\n  Usage: pond\n  Has: --colour <WHEN>"


def test_every_answer_is_in_the_format(records: list[Record]) -> None:
    for record in records:
        answer = answers.read(record.completion)
        assert answer is not None
        assert answer.kind == record.kind
        assert answers.render(answer) == record.completion
        assert answers.structure(record.completion, record.kind) == 1
        assert answers.facts(answer)


def test_an_excerpt_holds_what_the_answer_says(records: list[Record]) -> None:
    quoting = [record for record in records if record.variant == "excerpt" and record.kind == "option"]
    assert quoting
    for record in quoting:
        answer = answers.read(record.completion)
        assert answer is not None
        said = [*answer.get("Flags").split(", "), answer.get("Does").rstrip("."), answer.get("Default")]
        assert all(piece.lower() in record.prompt.lower() for piece in said), record


def test_variants() -> None:
    pages = [invented("pond", "other", random.Random(3), 200)]
    share = {}
    for variant in ("excerpt", "recall", "mixed"):
        made, _ = make_records(pages, variant, 0.75, 7)
        share[variant] = sum(record.variant == "excerpt" for record in made) / len(made)
        assert all(("Its help says" in record.prompt) == (record.variant == "excerpt") for record in made)
    assert share["excerpt"] == 1
    assert share["recall"] == 0
    assert 0.6 < share["mixed"] < 0.9


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("", "no description"),
        ("frogs", "description too short"),
        ("frog " * 60, "description too long"),
        ("install the frogs to the", "description cut off"),
        ("keep frogs (and", "description cut off"),
        ("keep the gren\u00f8uilles", "not plain English"),
    ],
)
def test_what_is_dropped(description: str, reason: str) -> None:
    _, dropped = make_records([page("pond", f"Usage: pond\n\nOptions:\n  --frogs  {description}\n")], "recall", 0, 0)
    assert dropped[reason] >= 1


def test_sentences() -> None:
    assert sentence("do it, e.g. now. Then rest") == "Do it, e.g. now."
    assert sentence("comma-separated list of `x.y` files;") == "Comma-separated list of `x.y` files."
    assert sentence("--all is implied") == "--all is implied."
    assert sentence("pond keeps frogs", name="pond") == "pond keeps frogs."
    assert sentence(" . ") == ""


def test_nothing_leaks(records: list[Record]) -> None:
    divided = divide(records, 60, 12, 7)
    assert leaks(divided.splits) == (0, 0)
    sizes = {name: len(split) for name, split in divided.splits.items()}
    assert sizes["train"] == 60
    assert sizes["heldout_out"] == 12
    assert sizes["heldout_in"] > 0
    assert divided.repeated > 0, "the invented tools share descriptions"
    seen = {record.tool for record in divided.splits["train"]}
    assert seen >= {record.tool for record in divided.splits["heldout_in"]}
    assert not seen & {record.tool for record in divided.splits["heldout_out"]}
    descriptions = [normalised(record.description) for split in divided.splits.values() for record in split]
    assert len(descriptions) == len(set(descriptions))


def test_leaks_are_found(records: list[Record]) -> None:
    """The measure that the lab is judged by must see what the division prevents."""
    one, other = records[1], records[2]
    splits = {"train": [one], "heldout_in": [other], "heldout_out": [dataclasses.replace(one, id="again")]}
    assert leaks(splits) == (1, 1)


def test_near_duplicates_stay_out_of_other_splits() -> None:
    same = "the very same long text about what happens to all the frogs in a pond that is too warm in summer"
    pages = [
        page(tool, f"Usage: {tool}\n\nOptions:\n" + "".join(f"  --go-{n}  Do {same} {n}\n" for n in range(12)), "other")
        for tool in ("one", "two")
    ]
    divided = divide(make_records(pages, "excerpt", 1, 0)[0], 20, 20, 0)
    assert divided.near > 0
    assert leaks(divided.splits) == (0, 0)


def test_the_seed_decides(records: list[Record]) -> None:
    def ids(seed: int, given: list[Record]) -> list[list[str]]:
        splits = divide(given, 60, 12, seed).splits
        return [[record.id for record in splits[name]] for name in SPLITS]

    assert ids(7, records) == ids(7, records)
    assert ids(7, records) != ids(8, records)


def test_two_rust_tools_give_one_to_each_side(records: list[Record]) -> None:
    unseen = heldout_tools(records, 7)
    assert len({"ferris", "crab"} & set(unseen)) == 1
    assert len(unseen) == 2


def test_jaccard(records: list[Record]) -> None:
    assert jaccard(frozenset("abcd"), frozenset("abce")) == pytest.approx(3 / 5)
    assert jaccard(words(records[0]), words(records[0])) == 1


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("pond -a\n  Flags: -a\n  Does: X.\n  Takes: nothing\n  Default: none", 1),
        ("pond -a\n  Flags: -a\n  Does: X.\n  Takes: nothing\n  Default: none\nHope this helps!", 5 / 6),
        ("pond -a\n  Does: X.\n  Flags: -a\n  Takes: nothing\n  Default: none", 5 / 6),
        ("The option `-a` shows everything.", 0),
        ("", 0),
    ],
)
def test_structure_scores_the_format(text: str, score: float) -> None:
    assert answers.structure(text, "option") == pytest.approx(score)
    assert (answers.read(text) is not None) == (score == 1)


def test_facts_are_claims() -> None:
    answer = answers.read("pond -a\n  Flags: -a, --all\n  Does: X.\n  Takes: N\n  Default: 3\n  Values: 1, 3")
    assert answer is not None
    assert answers.facts(answer) == {"flag -a", "flag --all", "takes N", "default 3", "value 1", "value 3"}
