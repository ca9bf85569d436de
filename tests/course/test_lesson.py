"""Lesson files: pages, live blocks, and errors that name file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.course.blocks import Prediction, Prose, Quiz, WidgetBlock
from tutor.course.lesson import LessonError, load_lesson

FRONT = """+++
id = "9.9.9"
title = "T"
minutes = 3
objectives = ["o"]
glossary = []
sources = []
+++
"""

BODY = """
## One

Some *text*.

```python
print("## not a page")
```

```widget heat
rows = 4
```

More.

## Two

```predict
question = "How many?"
value = "tokens"
after = "That many."
```

```quiz
question = "Which?"
options = ["a", "b"]
answer = 2
why = "Because."
```
"""


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "9.9.9-t.md"
    file.write_text(text)
    return file


def test_pages_and_blocks_in_order(tmp_path: Path) -> None:
    lesson = load_lesson(_write(tmp_path, FRONT + BODY))
    assert [page.title for page in lesson.pages] == ["One", "Two"]
    first, second = (page.blocks for page in lesson.pages)
    assert first[0] == Prose('Some *text*.\n\n```python\nprint("## not a page")\n```')
    assert first[1] == WidgetBlock("heat", {"rows": 4}, 18)
    assert first[2] == Prose("More.")
    assert isinstance(second[0], Prediction)
    assert second[0].value == "tokens"
    assert isinstance(second[1], Quiz)
    assert second[1].options == ("a", "b")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("## One\ntext", 1, "no front matter"),
        ("+++\nid = 1\n", 1, "no end"),
        (FRONT.replace("minutes = 3", "minutes = x"), 4, "not valid TOML"),
        (FRONT.replace("minutes = 3\n", ""), 1, "'minutes'"),
        (FRONT + "text\n## One\nx", 9, "before the first page"),
        (FRONT + "## One\n\n## Two\nx", 9, "'One' is empty"),
        (FRONT + "## One\n```widget heat\n", 10, "no end"),
        (FRONT + "## One\n```widget\n```\n", 10, "no name"),
        (FRONT + "## One\n```widget heat\na = 1\nb = =\n```\n", 12, "not valid TOML"),
        (FRONT + '## One\n```predict\nquestion = "q"\nvalue = "v"\n```\n', 10, "'after'"),
        (
            FRONT + '## One\n```quiz\nquestion = "q"\noptions = ["a"]\nanswer = 1\nwhy = ""\n```\n',
            10,
            "at least two options",
        ),
        (
            FRONT + '## One\n```quiz\nquestion = "q"\noptions = ["a", "b"]\nanswer = 3\nwhy = ""\n```\n',
            10,
            "no option .3.",
        ),
        (FRONT + '## One\n```predict\nquestion = ""\nvalue = ""\nafter = ""\nb = 1\n```\n', 10, "unknown key 'b'"),
        (FRONT, 8, "no pages"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = _write(tmp_path, text)
    with pytest.raises(LessonError, match=says) as caught:
        load_lesson(file)
    assert caught.value.line == line
    assert f"{file}:{line}:" in caught.value.what
