"""How the next token is drawn, in lines: the settings, and what they do to the probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from tutor.linear.figures import LinearPicture, nearest_number
from tutor.linear.speech import Speech
from tutor.widgets.lesson.loop import SEEDS
from tutor.widgets.lesson.sampler import PENALTIES, TEMPERATURES, TOP_KS, TOP_PS, sampler_bars
from tutor.widgets.lesson.trace import Settings, Trace

OFFERS: dict[str, Sequence[float]] = {
    "temperature": TEMPERATURES,
    "top_k": TOP_KS,
    "top_p": TOP_PS,
    "penalty": PENALTIES,
    "seed": SEEDS,
}
SHOWN = 10


class LinearSampler(LinearPicture):
    """The likeliest next tokens, and `set` for each setting."""

    def __init__(self, speech: Speech, trace: Trace, adjust: Callable[[Settings], None]) -> None:
        super().__init__(speech)
        self._trace = trace
        self._adjust = adjust
        self.values = asdict(trace.settings)

    def show(self) -> None:
        """Print the candidates, if there are any yet, and the settings."""
        if self._trace.distribution:
            self._speech.say(sampler_bars(self._trace, SHOWN, self._speech.width))
        for name, offered in OFFERS.items():
            self._speech.say(f"  {name} = {self.values[name]:g}   ({offered[0]:g} to {offered[-1]:g})")

    def set(self, name: str, text: str) -> None:
        """Take the nearest value that the app offers; the answer is printed.

        Raises:
            TutorError: there is no such setting, or the text is no number.
        """
        if name not in OFFERS:
            super().set(name, text)
        offered = OFFERS[name]
        value = nearest_number(offered, text, f"{name} goes from {offered[0]:g} to {offered[-1]:g}.")
        settings = replace(self._trace.settings, **{name: type(getattr(self._trace.settings, name))(value)})
        self.values = asdict(settings)
        self._adjust(settings)
        self.show()
