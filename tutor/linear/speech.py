"""Lines out and lines in: no colours, no cursor movement, nothing that is taken back."""

from __future__ import annotations

import re
import shutil
import textwrap
from typing import TextIO

from textual.content import Content

from tutor.text import clean_text

WIDEST = 78
EMPHASIS = re.compile(r"(\*\*|\*|`)(?=\S)(.+?)(?<=\S)\1")


class Left(Exception):
    """The learner has left, or the input has ended."""


class Speech:
    """Prints to one stream and reads from another."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self.width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)

    def say(self, text: str | Content = "") -> None:
        """Print lines as they are."""
        lines = text.plain if isinstance(text, Content) else text
        print(clean_text(lines), file=self._target, flush=True)

    def tell(self, markdown: str) -> None:
        """Print a text of Markdown as sentences, wrapped."""
        for paragraph in markdown.split("\n\n"):
            plain = EMPHASIS.sub(r"\2", paragraph)
            lines = plain.splitlines()
            if any(line.lstrip().startswith(("-", "|", "#", "```")) for line in lines):
                self.say(plain)
            else:
                self.say(textwrap.fill(" ".join(lines), self.width))
            self.say()

    def ask(self, prompt: str) -> str:
        """One line of input, without blanks around it.

        Raises:
            Left: there is no more input.
        """
        print(prompt, end=" ", file=self._target, flush=True)
        line = self._source.readline()
        if not line:
            self.say()
            raise Left
        return line.strip()
