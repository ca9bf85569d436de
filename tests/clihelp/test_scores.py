"""What counts as a good answer."""

from __future__ import annotations

import pytest

from tutor.clihelp.scores import corpus, nearest_answers, score

REFERENCE = "rg --glob\n  Flags: -g, --glob\n  Does: Include or exclude files.\n  Takes: <GLOB>\n  Default: none"


def test_the_reference_is_perfect() -> None:
    perfect = score(REFERENCE, REFERENCE)
    assert (perfect.structure, perfect.parses, perfect.f1, perfect.exact, perfect.made_up) == (1, 1, 1, 1, 0)
    assert perfect.chrf == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "I do not know.", "--glob --help -h Usage: rg [OPTIONS]"])
def test_prose_with_dashes_scores_nothing_for_format_and_facts(text: str) -> None:
    poor = score(text, REFERENCE)
    assert (poor.structure, poor.parses, poor.precision, poor.recall, poor.f1, poor.exact) == (0, 0, 0, 0, 0, 0)


def test_an_invented_flag_costs_precision_and_is_counted() -> None:
    invented = score(REFERENCE.replace("-g, --glob", "-g, --glob, --globs"), REFERENCE)
    assert (invented.made_up, invented.recall, invented.parses) == (1, 1, 1)
    assert invented.precision == pytest.approx(4 / 5)


def test_a_missing_flag_costs_recall() -> None:
    missing = score(REFERENCE.replace("-g, --glob", "--glob"), REFERENCE)
    assert (missing.made_up, missing.precision) == (0, 1)
    assert missing.recall == pytest.approx(3 / 4)


def test_a_missing_line_breaks_the_format_but_not_all_of_it() -> None:
    cut = score(REFERENCE.rsplit("\n", 1)[0], REFERENCE)
    assert cut.parses == 0
    assert 0.5 < cut.structure < 1


def test_white_space_does_not_matter_for_an_exact_match() -> None:
    assert score(REFERENCE + "  \n", REFERENCE).exact == 1


def test_shorter_answers_are_not_rewarded() -> None:
    full, half = ([text] for text in (REFERENCE, REFERENCE[: len(REFERENCE) // 2]))
    assert corpus(full, [REFERENCE]).bleu == pytest.approx(100)
    assert corpus(half, [REFERENCE]).bleu < 60
    assert "version:" in corpus(full, [REFERENCE]).chrf_signature


def test_the_nearest_question_gives_its_answer() -> None:
    known = [("What does `--glob` do in `rg`?", "glob"), ("Explain the command `git push`.", "push")]
    assert nearest_answers(["Explain the command `git pull`.", "What does `-g` do in `rg`?"], known) == ["push", "glob"]
