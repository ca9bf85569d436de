"""What the help text of one command says, whatever style it is written in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Option:
    """One option of a command."""

    flags: tuple[str, ...]
    """Every spelling, in the order of the help text: `("-q", "--quiet")`."""
    placeholder: str = ""
    """The value it takes, as written (`<PATH>`, `FILE`, `[<SPEC>]`); empty where it takes none."""
    default: str = ""
    choices: tuple[str, ...] = ()
    description: str = ""
    """Its first paragraph on one line, without notes such as `[default: x]`."""
    section: str = ""
    """The heading it stands under, without the colon."""
    excerpt: str = field(default="", compare=False)
    """The lines of the help text it was read from, dedented."""

    @property
    def short(self) -> str:
        """The first spelling with one dash, or ''."""
        return next((flag for flag in self.flags if not flag.startswith("--")), "")

    @property
    def long(self) -> str:
        """The first spelling with two dashes, or ''."""
        return next((flag for flag in self.flags if flag.startswith("--")), "")

    @property
    def name(self) -> str:
        """How people call it: the long spelling where there is one."""
        return self.long or self.short


@dataclass(frozen=True)
class Entry:
    """A sub-command or a positional argument: a name (with aliases) and what it is."""

    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Help:
    """A parsed help text."""

    description: str = ""
    """The first paragraph about the command itself, on one line."""
    usage: str = ""
    """The first form of the usage, on one line, without the word `Usage`."""
    positionals: tuple[Entry, ...] = ()
    options: tuple[Option, ...] = ()
    commands: tuple[Entry, ...] = ()
    leftover: tuple[str, ...] = ()
    """Lines that begin like an option and could not be read as one."""

    @property
    def is_complete(self) -> bool:
        """Whether the text was understood: what it is for or how it is called, and its options or commands.

        Lines that begin like an option and could not be read may be a twentieth of all options.
        """
        listed = len(self.options) + len(self.commands)
        return bool((self.description or self.usage) and listed and len(self.leftover) * 20 <= len(self.options))
