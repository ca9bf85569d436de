"""Settings are kept, and mistakes in the file are sentences."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tutor import settings
from tutor.errors import TutorError, UsageError
from tutor.settings import Settings


def _write(text: str) -> None:
    settings.settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings.settings_file().write_text(text)


def test_without_a_file_there_are_defaults() -> None:
    assert settings.load() == (Settings(), [])
    assert not settings.settings_file().exists()


@pytest.mark.parametrize("name", settings.names())
def test_every_value_is_kept_as_it_was_set(name: str) -> None:
    for word in settings.choices(name):
        kept = settings.save(name, word)
        assert settings.word(kept, name) == word
        assert settings.load() == (kept, [])


@pytest.mark.parametrize("name", settings.names())
def test_defaults_are_values_and_everything_is_described(name: str) -> None:
    default = getattr(Settings(), name)
    assert default in settings.choices(name).values()
    assert len(settings.about(name)) < 60


def test_other_settings_and_comments_stay() -> None:
    _write('# mine\ntheme = "light" # bright room\n')
    settings.save("repaint", "2")
    assert settings.settings_file().read_text() == '# mine\ntheme = "light" # bright room\nrepaint = 2\n'
    assert settings.load()[0] == Settings(theme="light", repaint=2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('them = "light"', "There is no setting 'them'. Did you mean 'theme'?"),
        ('theme = "lihgt"', "the setting 'theme' has no value 'lihgt'. Did you mean 'light'?"),
        ('mouse = "on"', "the setting 'mouse' has no value 'on'"),
        ("repaint = true", "the setting 'repaint' has no value True"),
        ("theme = ", "is not valid TOML"),
        ("theme.dark = 1", "the setting 'theme' has no value"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_the_default(text: str, complaint: str) -> None:
    _write(text)
    found, complaints = settings.load()
    assert found == Settings()
    (said,) = complaints
    assert complaint in said
    assert "settings.toml" in said


def test_one_mistake_does_not_hide_the_rest() -> None:
    _write('colour = "16"\nglyphs = "ascii"\n')
    found, complaints = settings.load()
    assert found == Settings(glyphs="ascii")
    assert len(complaints) == 1


def test_a_file_that_cannot_be_read_leaves_the_defaults() -> None:
    settings.settings_file().mkdir(parents=True)
    found, (complaint,) = settings.load()
    assert found == Settings()
    assert "cannot be read" in complaint


def test_a_broken_file_is_not_overwritten() -> None:
    _write("theme = ")
    with pytest.raises(TutorError, match="cannot be changed"):
        settings.save("theme", "light")
    assert settings.settings_file().read_text() == "theme = "


def test_what_does_not_exist_cannot_be_set() -> None:
    with pytest.raises(UsageError, match="Did you mean 'glyphs'"):
        settings.save("glyph", "ascii")
    with pytest.raises(UsageError, match="has no value 'emoji'"):
        settings.save("glyphs", "emoji")
    assert not settings.settings_file().exists()


def test_every_setting_has_words() -> None:
    for known in fields(Settings):
        assert len(known.metadata["values"]) > 1
