"""Settings without the app."""

from __future__ import annotations

import pytest

from tutor import settings
from tutor.cli import main

Capture = pytest.CaptureFixture[str]


def test_set_get_list_and_path(capsys: Capture) -> None:
    assert main(["settings", "set", "theme", "light"]) == 0
    assert main(["settings", "set", "reduced_motion", "on"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["settings", "get", "reduced_motion"]) == 0
    assert main(["settings", "path"]) == 0
    assert capsys.readouterr().out == f"on\n{settings.settings_file()}\n"
    for words in (["settings"], ["settings", "list"]):
        assert main(words) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == settings.names()
        assert lines[0].split()[1] == "light"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get", "them"], "There is no setting 'them'. Did you mean 'theme'?"),
        (["set", "them", "dark"], "There is no setting 'them'. Did you mean 'theme'?"),
        (["set", "mouse", "maybe"], "The setting 'mouse' has no value 'maybe'. There are: off, on."),
    ],
)
def test_what_does_not_exist_is_a_sentence_and_exit_code_2(words: list[str], said: str, capsys: Capture) -> None:
    assert main(["settings", *words]) == 2
    assert capsys.readouterr().err == f"tutor: {said}\n"


def test_a_mistake_in_the_file_is_told(capsys: Capture) -> None:
    settings.settings_file().parent.mkdir(parents=True)
    settings.settings_file().write_text("mouse = 3\n")
    assert main(["settings"]) == 0
    assert "'mouse' has no value 3" in capsys.readouterr().err
