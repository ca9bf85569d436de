"""A generated Help, written in each style, is read back as it was."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutor.clihelp.help import Entry, Help, Option
from tutor.clihelp.parse import parse

WORD = st.from_regex(r"[a-z]{2,9}", fullmatch=True)
NAME = st.from_regex(r"[a-z]{3,8}(-[a-z]{2,6})?", fullmatch=True)
SENTENCE = st.lists(WORD, min_size=3, max_size=30).map(lambda words: " ".join(words).capitalize())
TITLES = {"usage", "options", "commands", "default", "defaults", "choices"}


@st.composite
def helps(draw: st.DrawFn) -> Help:
    """A command with options in one section, each with a spelling, perhaps a value, a default, some choices."""
    names = draw(st.lists(NAME, min_size=1, max_size=7, unique=True))
    shorts = draw(st.permutations("abcdefgjklmnop"))
    options = []
    for index, name in enumerate(names):
        takes = draw(st.booleans())
        choices = (
            tuple(draw(st.lists(WORD, min_size=2, max_size=4, unique=True))) if takes and draw(st.booleans()) else ()
        )
        default = draw(WORD) if takes and not choices and draw(st.booleans()) else ""
        flags = (f"-{shorts[index]}", f"--{name}") if draw(st.booleans()) else (f"--{name}",)
        description = draw(SENTENCE)
        placeholder = name.upper().replace("-", "_") if takes else ""
        options.append(Option(flags, placeholder, default, choices, description, "Options"))
    commands = [Entry(name, draw(SENTENCE)) for name in draw(st.lists(NAME, max_size=4, unique=True))]
    return Help(draw(SENTENCE), "prog [OPTIONS] FILE", (), tuple(options), tuple(commands))


def table(rows: list[tuple[str, str]], width: int = 28) -> str:
    """Two columns; a left column that is too long stands alone; the right one is wrapped."""
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, 100 - width, break_on_hyphens=False)
        fits = len(left) + 2 <= width
        lines += [left.ljust(width) + wrapped[0] if fits else left]
        lines += [" " * width + line for line in (wrapped[1:] if fits else wrapped)]
    return "\n".join(lines)


def clap(page: Help, is_long: bool = False) -> str:
    rows = []
    for option in page.options:
        left = ("  " if option.short else "      ") + ", ".join(option.flags)
        left += f" <{option.placeholder}>" if option.placeholder else ""
        notes = f" [default: {option.default}]" if option.default else ""
        notes += f" [possible values: {', '.join(option.choices)}]" if option.choices else ""
        rows.append((left, option.description + notes))
    body = table(rows)
    if is_long:
        body = "\n\n".join(f"{left}\n{textwrap.indent(textwrap.fill(right, 80), ' ' * 10)}" for left, right in rows)
    listed = table([(f"  {command.name}", command.description) for command in page.commands], 20)
    commands = f"\nCommands:\n{listed}\n" if page.commands else ""
    return f"{page.description}\n\nUsage: {page.usage}\n{commands}\nOptions:\n{body}\n"


def clap_long(page: Help) -> str:
    return clap(page, is_long=True)


def argparse(page: Help) -> str:
    rows = []
    for option in page.options:
        value = "{" + ",".join(option.choices) + "}" if option.choices else option.placeholder
        left = "  " + ", ".join(f"{flag} {value}".strip() for flag in option.flags)
        rows.append((left, option.description + (f" (default: {option.default})" if option.default else "")))
    subcommands = ""
    if page.commands:
        names = ",".join(command.name for command in page.commands)
        listed = table([(f"    {command.name}", command.description) for command in page.commands], 24)
        subcommands = f"\npositional arguments:\n  {{{names}}}\n{listed}\n"
    return f"usage: {page.usage}\n\n{page.description}\n{subcommands}\nOptions:\n{table(rows, 24)}\n"


def gnu(page: Help) -> str:
    rows = []
    for option in page.options:
        left = ("  " if option.short else "      ") + ", ".join(option.flags)
        left += f"={option.placeholder}" if option.placeholder else ""
        rows.append((left, option.description + (f" (default {option.default})" if option.default else "")))
    return f"Usage: {page.usage}\n  or:  prog --other\n{page.description}\n\nOptions:\n{table(rows, 29)}\n"


def git(page: Help) -> str:
    rows = []
    for option in page.options:
        left = "    " + ", ".join(option.flags) + (f" <{option.placeholder}>" if option.placeholder else "")
        rows.append((left, option.description))
    return f"usage: {page.usage}\n   or: prog other\n\n{table(rows, 26)}\n"


def go(page: Help) -> str:
    rows = []
    for option in page.options:
        left = (
            ("  " if option.short else "      ") + ", ".join(option.flags) + (" string" if option.placeholder else "")
        )
        rows.append((left, option.description + (f' (default "{option.default}")' if option.default else "")))
    listed = table([(f"  {command.name}", command.description) for command in page.commands], 20)
    commands = f"\nManagement Commands:\n{listed}\n" if page.commands else ""
    return f"Usage:  {page.usage}\n\n{page.description}\n{commands}\nOptions:\n{table(rows, 30)}\n"


def npm(page: Help) -> str:
    synopsis = "\n".join(
        f"[{'|'.join(option.flags)}{f' <{option.placeholder}>' if option.placeholder else ''}]"
        for option in page.options
    )
    blocks = "\n\n".join(f"  {'|'.join(option.flags)}\n    {option.description}" for option in page.options)
    return f"{page.description}\n\nUsage:\n{page.usage}\n\nOptions:\n{synopsis}\n\n{blocks}\n"


Seen = Callable[[Option], tuple[object, ...]]


def everything(option: Option) -> tuple[object, ...]:
    return (option.flags, option.placeholder.strip("<>"), option.default, option.choices, option.description)


def choices_as_value(option: Option) -> tuple[object, ...]:
    value = "" if option.choices else option.placeholder
    return (option.flags, "" if value.startswith("{") else value, option.default, option.choices, option.description)


def without_choices(option: Option) -> tuple[object, ...]:
    return (option.flags, option.placeholder, option.default, option.description)


def without_notes(option: Option) -> tuple[object, ...]:
    return (option.flags, option.placeholder.strip("<>"), option.description)


def only_whether_it_takes(option: Option) -> tuple[object, ...]:
    return (option.flags, bool(option.placeholder), option.default, option.description)


STYLES: list[tuple[Callable[[Help], str], Seen, bool, bool]] = [
    # style, what it can say of an option, whether it lists commands, whether it describes the program
    (clap, everything, True, True),
    (clap_long, everything, True, True),
    (argparse, choices_as_value, True, True),
    (gnu, without_choices, False, True),
    (git, without_notes, False, False),
    (go, only_whether_it_takes, True, True),
    (npm, without_notes, False, True),
]


@pytest.mark.parametrize(("write", "seen", "has_commands", "has_description"), STYLES)
@settings(max_examples=60, deadline=None)
@given(page=helps())
def test_round_trip(
    page: Help, write: Callable[[Help], str], seen: Seen, has_commands: bool, has_description: bool
) -> None:
    read = parse(write(page))
    assert [seen(option) for option in read.options] == [seen(option) for option in page.options]
    assert read.usage == page.usage
    assert read.is_complete
    if has_commands:
        assert [(command.name, command.description) for command in read.commands] == [
            (command.name, command.description) for command in page.commands
        ]
    if has_description:
        assert read.description == page.description


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("-=[]{}<>|:,. \t\nabcUSAGEusageoptions'\"()$\x00\u00e9"), max_size=400))
def test_any_text_is_read(text: str) -> None:
    page = parse(text)
    assert all(option.flags and all(flag.startswith("-") for flag in option.flags) for option in page.options)
    assert all(option.excerpt for option in page.options)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    ["-", "--a ", "[", "  -x [<", "  -x A|", "  -x a-", "-a,", "  a, ", "(default ", "usage: [", "  --x='", "{a,"],
)
def test_huge_input_takes_bounded_time(piece: str) -> None:
    parse(piece * 200_000)
    parse((piece * 400 + "\n") * 300)
