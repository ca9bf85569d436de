"""What the learner has set: `settings.toml` in the data directory. A mistake in it is a sentence, not a closed door."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from tutor import paths
from tutor.errors import TutorError, UsageError, nearest
from tutor.files import write_whole

Value = str | int | bool
AUTO = "auto"
"""Decided by what the terminal and the link to it can do."""


def _setting(about: str, values: Mapping[str, Value]) -> Any:
    """A field with the words that can be chosen, in order, and what each is in the file; the first is the default."""
    return field(default=next(iter(values.values())), metadata={"about": about, "values": values})


def _words(*words: str) -> dict[str, Value]:
    return {word: word for word in words}


@dataclass(frozen=True)
class Settings:
    """Every setting, with its default."""

    theme: str = _setting("Colours of the app", _words("dark", "light", "dark-contrast", "light-contrast"))
    colours: str = _setting("How many are sent", _words(AUTO, "truecolor", "256", "16", "none"))
    glyphs: str = _setting("What pictures are made of", _words(AUTO, "unicode", "ascii"))
    repaint: str | int = _setting("Live numbers, times a second", {AUTO: AUTO, "1": 1, "2": 2, "4": 4, "8": 8})
    reduced_motion: bool = _setting("Nothing blinks or plays by itself", {"off": False, "on": True})
    mouse: bool = _setting("Clicks go to the app, not the terminal", {"on": True, "off": False})


def names() -> list[str]:
    """Every setting, in the order they are shown."""
    return [known.name for known in fields(Settings)]


def about(name: str) -> str:
    """What a setting is for."""
    return str(_known(name).metadata["about"])


def choices(name: str) -> dict[str, Any]:
    """The words of a setting, and what each is in the file."""
    return dict(_known(name).metadata["values"])


def word(settings: Settings, name: str) -> str:
    """The word for the value that a setting has.

    Raises:
        UsageError: there is no such setting.
    """
    known = choices(name)
    return next(word for word, value in known.items() if _same(value, getattr(settings, name)))


def with_word(settings: Settings, name: str, chosen: str) -> Settings:
    """`settings` with another value.

    Raises:
        UsageError: there is no such setting, or it has no such value.
    """
    known = choices(name)
    if chosen not in known:
        raise UsageError(f"The setting {name!r} has no value {chosen!r}.", nearest(chosen, known))
    return replace(settings, **{name: known[chosen]})


def settings_file() -> Path:
    """Where the settings are."""
    return paths.home() / "settings.toml"


def load() -> tuple[Settings, list[str]]:
    """The settings, and a sentence for everything in the file that could not be used."""
    try:
        text = settings_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), []
    except (OSError, UnicodeDecodeError) as error:
        return Settings(), [f"{settings_file()} cannot be read ({error}); the defaults are used."]
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Settings(), [f"{settings_file()} is not valid TOML ({error}); the defaults are used."]
    settings, complaints = Settings(), []
    for name, value in found.items():
        try:
            settings = replace(settings, **{name: _checked(name, value)})
        except UsageError as error:
            complaints.append(f"{settings_file().name}: {error}")
    return settings, complaints


def save(name: str, chosen: str) -> Settings:
    """Write one setting into the file, whose comments and order stay; the settings as they are from now on.

    Raises:
        UsageError: there is no such setting, or it has no such value.
        TutorError: the file cannot be changed.
    """
    import tomlkit
    from tomlkit.exceptions import ParseError

    value = choices(name).get(chosen)
    settings = with_word(load()[0], name, chosen)
    path = settings_file()
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise TutorError(f"{path} cannot be changed: {error}.", "Mend it, or delete it to start anew.") from error
    document[name] = value
    write_whole(path, tomlkit.dumps(document))
    return settings


def _known(name: str) -> Any:
    for known in fields(Settings):
        if known.name == name:
            return known
    raise UsageError(f"There is no setting {name!r}.", nearest(name, names()))


def _checked(name: str, value: object) -> Any:
    for chosen in choices(name).values():
        if _same(chosen, value):
            return chosen
    raise UsageError(f"the setting {name!r} has no value {value!r}.", nearest(str(value), choices(name)))


def _same(one: object, other: object) -> bool:
    """Equal, and of one type: in TOML `1` and `true` are not the same."""
    return type(one) is type(other) and one == other
