"""How many threads to generate with, found out by trying."""

from __future__ import annotations

import math

LEARN = 2
"""Tokens at the beginning that show how long one thread takes."""
PATIENCE = 3
"""Tokens in a row that may be slower on all cores than on one before the others are given up."""
SHORTEST_STAY, LONGEST_STAY = 8, 256
"""Tokens with one thread until all cores get another chance; doubled each time that fails."""


class ThreadChoice:
    """Chooses between one thread and all cores, from how long tokens take.

    Threads wait for each other at hundreds of barriers in every token, so that a process which wants the same cores
    stops them all: on 2 cores, 4 tokens/s with two threads while a lab trained, 60 with one.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self.current = 1
        self._one = math.inf  # seconds of a token with one thread, lately
        self._slow = 0
        self._left = LEARN  # tokens until one thread gives way
        self._stay = SHORTEST_STAY
        self._on_trial = False

    def record(self, seconds: float) -> None:
        """A token took so long with `current` threads; decides `current` for the next."""
        if self.current == 1 and self._cores > 1:
            self._one = min(self._one, seconds)
            self._left -= 1
            if self._left == 0:
                self.current, self._slow, self._on_trial = self._cores, 0, True
        elif self._cores > 1:
            self._slow = self._slow + 1 if seconds > self._one else 0
            if self._slow == PATIENCE or (self._slow and self._on_trial):
                self._give_up()
            elif not self._slow:
                self._stay = SHORTEST_STAY
            self._on_trial = False

    def _give_up(self) -> None:
        self.current, self._left = 1, self._stay
        self._stay = min(2 * self._stay, LONGEST_STAY)
        self._one = math.inf  # the text is longer now, and so is a token's time
