"""`tutor lessons check`: the course is whole, and whatever is not is named by file and line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tutor import paths
from tutor.cli import main

LESSON = "1.3-transformer/1.3.2-six-step-pipeline.md"
TERMS = "glossary.toml"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return Path(shutil.copytree(paths.lessons_dir(), tmp_path / "lessons"))


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["lessons", "check", "--quick", str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_the_course_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(paths.lessons_dir(), capsys) == (0, [])


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("name", "change", "line", "says"),
    [
        (LESSON, instead('id = "1.3.2"', 'id = "1.3.9"'), 'id = "1.3.9"', "id is '1.3.9' here and '1.3.2'"),
        (LESSON, instead("minutes = 20", "minutes = 5"), "minutes = 5", "minutes is 5 here and 20"),
        (LESSON, instead('"LM head"', '"LM foot"'), "glossary = [", "'LM foot' is not in glossary.toml"),
        (LESSON, instead("```widget lens", "```widget lense"), "```widget lense", "Did you mean 'lens'?"),
        (
            LESSON,
            instead("```widget lens\nevery = 3", "```widget lens\neach = 3"),
            "```widget lens",
            "does not take these arguments",
        ),
        (LESSON, instead('value = "tokens"', 'value = "token"'), "```predict", "Did you mean 'tokens'?"),
        (LESSON, instead("That is all it does.", "[a](b)"), "of text that could follow. [a](b)", "a link"),
        (LESSON, instead("replaces each", "x" * 121), "x" * 121, "more than 120"),
        (LESSON, instead("Frequent words", "word " * 8 + "\n" + "word " * 150), "## Step 1: tokenize", "150"),
        (LESSON, instead("## Step 2: embed", "## Step 1: tokenize"), None, "has the title 'Step 1: tokenize' too"),
        (LESSON, instead('title = "The six', "title = The six"), 'title = The six-step pipeline"', "not valid TOML"),
        (TERMS, instead('name = "rank"', 'name = "loss"'), None, "'loss' is defined on line"),
        ("1.3-transformer/exercises/sampler/exercise.toml", instead('"1.3.2"', '"1.3.7"'), 'topic = "1.3.7"', "1.3.7"),
    ],
)
def test_what_is_wrong_is_named(
    course: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: Callable[[str], str],
    line: str | None,
    says: str,
) -> None:
    file = course / name
    file.write_text(change(file.read_text()))
    code, lines = check(course, capsys)
    assert code == 1
    found = next(one for one in lines if says in one)
    number = int(found.removeprefix(f"{file}:").partition(":")[0])
    if line is not None:
        assert file.read_text().splitlines()[number - 1].startswith(line)


def test_a_file_that_no_topic_has_is_named(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "1.3-transformer" / "1.3.8-forgotten.md").write_text("")
    code, lines = check(course, capsys)
    assert code == 1
    assert lines == [f"{course}/1.3-transformer/1.3.8-forgotten.md:1: no topic of course.toml has this file."]
