"""How the next answer is chosen and how long it may be: one line of steppers."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal

from tutor.widgets.stepper import Stepper

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
TOP_P = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
TOP_K = (0, 1, 5, 10, 20, 40, 100)
LENGTHS = (32, 64, 128, 256, 512, 1024)
SEEDS = 100


class ChatControls(Horizontal):
    """Tab moves between them, left and right change them."""

    def compose(self) -> ComposeResult:
        """One stepper a setting."""
        yield Stepper("temp", TEMPERATURES, 0.0, id="temperature")
        yield Stepper("top-p", TOP_P, 1.0, id="top-p")
        yield Stepper("top-k", TOP_K, 0, names={0: "off"}, id="top-k")
        yield Stepper("length", LENGTHS, 256, id="length")
        yield Stepper("seed", range(SEEDS), 0, id="seed")

    def _value(self, name: str) -> float:
        return self.query_one(f"#{name}", Stepper).value

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is always taken."""
        return self._value("temperature") == 0

    def settings(self) -> dict[str, Any]:
        """The values by their names in the protocol of the role `chat`."""
        return {
            "max_tokens": int(self._value("length")),
            "temperature": self._value("temperature"),
            "top_p": self._value("top-p"),
            "top_k": int(self._value("top-k")),
            "seed": int(self._value("seed")),
        }

    def next_seed(self) -> None:
        """Another seed, for another answer."""
        seed = self.query_one("#seed", Stepper)
        seed.set_value((seed.value + 1) % SEEDS)
