"""One of a few words, changed with the arrows like a number."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.widgets.stepper import Stepper


class Choice(Stepper):
    """`name ◂ word ▸`; its value is the place of the word."""

    def __init__(self, label: str, options: Sequence[str], option: str, *, id: str | None = None) -> None:  # noqa: A002
        names: dict[float, str] = dict(enumerate(options))
        super().__init__(label, list(names), options.index(option), names=names, id=id)
        self._options = options

    @property
    def option(self) -> str:
        """The word that is chosen."""
        return self._options[int(self.value)]

    def set_option(self, option: str) -> None:
        """Take `option` and say so."""
        self.set_value(self._options.index(option))
