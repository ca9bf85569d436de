"""A lab's configuration: the `.toml` beside the recipe declares every option once.

The value gives the option's type, the comment above it its help. The form in the app, `--set`, and the
plan all read this one declaration. Precedence: defaults < smoke values < `--config` < flags and `--set`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Comment, Whitespace

from tutor import paths
from tutor.errors import UsageError, nearest

Value = bool | int | float | str | list[Any]


@dataclass(frozen=True)
class Option:
    """One option of a lab."""

    name: str
    default: Value
    help: str
    """The comment above the option in the lab's file."""
    smoke: Value | None
    """Its value under `smoke=true`, or None where smoke does not change it."""


@dataclass(frozen=True)
class Lab:
    """A lab as its `.toml` declares it."""

    name: str
    """As typed: `lab-lora-cli-help`."""
    title: str
    summary: str
    minutes: float
    """Time of the default configuration with the embedded model on a 2-core machine."""
    recipe: Path
    """The Python file a learner opens and changes."""
    options: dict[str, Option]
    memory: str = ""
    """What its memory is planned as: a mode of `tutor.engine.memory`, or '' where it loads no model."""

    def defaults(self) -> dict[str, Value]:
        """Every option with its default value."""
        return {name: option.default for name, option in self.options.items()}


def file_stem(lab_name: str) -> str:
    """`lab-lora-cli-help` → `lora_cli_help`."""
    return lab_name.removeprefix("lab-").replace("-", "_")


def lab_names() -> list[str]:
    """Names of the labs that can run, in alphabetical order."""
    declared = (path for path in paths.labs_dir().glob("*.toml") if path.with_suffix(".py").is_file())
    return sorted("lab-" + path.stem.replace("_", "-") for path in declared)


def load_lab(name: str) -> Lab:
    """The lab called `name` (with or without its `lab-`).

    Raises:
        UsageError: there is no such lab; the sentence names the nearest.
    """
    wanted = name if name.startswith("lab-") else f"lab-{name}"
    path = paths.labs_dir() / f"{file_stem(wanted)}.toml"
    if wanted not in lab_names():
        raise UsageError(f"There is no lab called {name!r}.", nearest(wanted, lab_names()))
    document = tomlkit.parse(path.read_text())
    header, smoke = document["lab"], document.unwrap().get("smoke", {})
    comments = _comments(document["options"])
    options = {
        key: Option(key, value, comments.get(key, ""), smoke.get(key))
        for key, value in document["options"].unwrap().items()
    }
    return Lab(
        name=wanted,
        title=str(header["title"]),
        summary=str(header["summary"]),
        minutes=float(header["minutes"]),
        recipe=path.with_suffix(".py"),
        options=options,
        memory=str(header.get("memory", "")),
    )


def _comments(table: Any) -> dict[str, str]:
    """The comment lines directly above each key of a tomlkit table."""
    found: dict[str, str] = {}
    lines: list[str] = []
    for key, item in table.value.body:
        if isinstance(item, Comment):
            lines.append(item.trivia.comment.lstrip("# ").rstrip())
        elif isinstance(item, Whitespace):
            lines = []
        elif key is not None:
            found[key.key] = " ".join(lines)
            lines = []
    return found


def read_config_file(path: Path) -> dict[str, Any]:
    """The options in a `--config` file: its `[options]` table, or its top level where it has none.

    Raises:
        UsageError: the file is missing or is not TOML.
    """
    document = _read(path)
    options = document.get("options", document)
    return {key: value for key, value in options.items() if not isinstance(value, dict)}


def lab_of_file(path: Path) -> str | None:
    """The lab that a `--config` file is for: it says `lab = "lab-..."`, or it is the declaration of a lab itself.

    Raises:
        UsageError: the file is missing or is not TOML.
    """
    named = _read(path).get("lab")
    if isinstance(named, str):
        return named
    return f"lab-{path.stem.replace('_', '-')}" if isinstance(named, dict) else None


def _read(path: Path) -> dict[str, Any]:
    ours = paths.labs_dir() / path.name  # an installed tutor has no `labs/` in the working directory
    try:
        found = ours if not path.exists() and str(path.parent) == "labs" else path
        return tomllib.loads(found.read_text())
    except FileNotFoundError:
        raise UsageError(f"The configuration file {path} does not exist.", "Check the path.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Give a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Mend that line.") from error


def parse_set(lab: Lab, assignments: Iterable[str]) -> dict[str, Value]:
    """`["r=16", "targets=q_proj,v_proj"]` → typed values.

    Raises:
        UsageError: no `=`, an unknown option, or a value of another type.
    """
    values: dict[str, Value] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment!r} has no '='.", "Write --set name=value.")
        option = _option(lab, name.strip())
        values[option.name] = _from_text(lab, option, text.strip())
    return values


def resolve(lab: Lab, *layers: Mapping[str, Any]) -> dict[str, Value]:
    """Defaults, overlaid by `layers` from left to right; smoke values apply below all layers.

    Raises:
        UsageError: a layer holds an unknown option or a value of another type.
    """
    given = {_option(lab, name).name: _typed(lab, name, value) for layer in layers for name, value in layer.items()}
    config = lab.defaults()
    if given.get("smoke", config.get("smoke")):
        config |= {name: option.smoke for name, option in lab.options.items() if option.smoke is not None}
    return config | given


def _option(lab: Lab, name: str) -> Option:
    if name not in lab.options:
        raise UsageError(f"{lab.name} has no option {name!r}.", nearest(name, lab.options))
    return lab.options[name]


def _wrong(lab: Lab, option: Option, value: Any) -> UsageError:
    kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list a,b,c"}
    return UsageError(
        f"{lab.name}: {option.name} cannot be {value!r}.",
        f"It takes {kind[type(option.default)]}; its default is {option.default!r}.",
    )


def _typed(lab: Lab, name: str, value: Any) -> Value:
    """`value` if it has the option's type (an int where a float is wanted becomes one)."""
    option = _option(lab, name)
    if isinstance(option.default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(option.default):
        raise _wrong(lab, option, value)
    return value


def _from_text(lab: Lab, option: Option, text: str) -> Value:
    if isinstance(option.default, bool):
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in known:
            raise _wrong(lab, option, text)
        return known[text.lower()]
    if isinstance(option.default, list):
        items = [item.strip() for item in text.strip("[]").split(",") if item.strip()]
        return [item.strip("'\"") for item in items]
    if isinstance(option.default, str):
        return text
    try:
        return int(text) if isinstance(option.default, int) else float(text)
    except ValueError:
        raise _wrong(lab, option, text) from None
