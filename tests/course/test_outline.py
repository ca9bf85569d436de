"""The outline: what ships, and what a broken file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.course.lesson import load_lesson
from tutor.course.outline import load_outline
from tutor.errors import TutorError


def test_the_course_has_its_modules_lessons_topics_and_labs() -> None:
    outline = load_outline()
    assert len(outline.modules) == 3
    assert len(list(outline.lessons())) == 9
    assert len(list(outline.topics())) == 26
    assert len(list(outline.labs())) == 8
    ids = [topic.id for topic in outline.topics()]
    assert len(set(ids)) == 26
    assert ids == sorted(ids)


def test_topics_belong_to_their_lesson_by_number() -> None:
    for lesson in load_outline().lessons():
        assert all(topic.id.startswith(lesson.id + ".") for topic in lesson.topics)


def test_what_a_step_needs_is_found_by_its_id() -> None:
    outline = load_outline()
    attention, dpo = outline.step("2.1.3"), outline.step("lab-dpo-preference")
    assert attention is not None and attention.needs == ("2.1.2",)
    assert dpo is not None and dpo.needs == ("lab-sft-chat",)
    assert outline.step("9.9.9") is None


def test_a_written_lesson_agrees_with_the_outline() -> None:
    written = [topic for topic in load_outline().topics() if topic.file is not None]
    assert "1.3.2" in [topic.id for topic in written]
    for topic in written:
        assert topic.file is not None
        lesson = load_lesson(topic.file)
        assert (lesson.id, lesson.title, lesson.minutes) == (topic.id, topic.title, topic.minutes)


def _outline(folder: Path, text: str) -> Path:
    (folder / "course.toml").write_text(text)
    return folder


ONE = """
format = 1
[[module]]
id = "1"
title = "M"
[[module.lesson]]
id = "1.1"
title = "L"
folder = "1.1-l"
topics = [{ id = "1.1.1", title = "T", minutes = 5 }, { id = "1.1.10", title = "U", minutes = 5 }]
labs = [{ name = "lab-a-b", title = "A", minutes = 1 }]
"""


def test_a_topic_is_open_once_its_file_exists(tmp_path: Path) -> None:
    folder = _outline(tmp_path, ONE)
    assert [topic.file for topic in load_outline(folder, tmp_path).topics()] == [None, None]
    (folder / "1.1-l").mkdir()
    file = folder / "1.1-l" / "1.1.10-later.md"
    file.write_text("")
    assert [topic.file for topic in load_outline(folder, tmp_path).topics()] == [None, file]


def test_a_lab_is_open_once_recipe_and_options_exist(tmp_path: Path) -> None:
    folder = _outline(tmp_path, ONE)
    (tmp_path / "a_b.toml").write_text("")
    assert [lab.available for lab in load_outline(folder, tmp_path).labs()] == [False]
    (tmp_path / "a_b.py").write_text("")
    assert [lab.available for lab in load_outline(folder, tmp_path).labs()] == [True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = 2", "format 2"),
        ("format = [", "not valid TOML"),
        (ONE.replace('title = "T", ', ""), "no 'title'"),
        (ONE.replace("minutes = 1 }", 'minutes = 1, needs = ["9.9.9"] }'), "lab-a-b needs '9.9.9'"),
        (ONE.replace('"T", ', '"T", needs = ["1.1.10"], '), "does not come before"),
        (ONE.replace('"T", ', '"T", needs = ["1.1.1"], '), "does not come before"),
    ],
)
def test_a_broken_outline_is_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TutorError, match=says):
        load_outline(_outline(tmp_path, text), tmp_path)
