"""What the live pictures show: a prompt's way through the loaded model, as the engine reported it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tutor.errors import TutorError


@dataclass(frozen=True)
class Settings:
    """How the next token is drawn. `top_k` 0, `top_p` 1 and `penalty` 1 change nothing; temperature 0 takes the
    likeliest."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    penalty: float = 1.0
    """How much less likely tokens become that are in the text already."""
    seed: int = 0
    """What the draws are computed from."""

    def params(self) -> dict[str, float]:
        """What the distribution depends on, as parameters of the engine's methods."""
        return {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p, "penalty": self.penalty}


@dataclass
class Trace:
    """One prompt, traced. `report` and `distribution` are the engine's answers; empty until it has given them."""

    prompt: str = ""
    waiting: str = ""
    """What is under way, in words; empty when nothing is."""
    error: TutorError | None = None
    about: dict[str, Any] = field(default_factory=dict)
    """The model: the answer to `load`."""
    report: dict[str, Any] = field(default_factory=dict)
    """The answer to `trace` or `append`."""
    distribution: dict[str, Any] = field(default_factory=dict)
    """The answer to `distribution` with `settings`."""
    settings: Settings = Settings()
    drawn: list[dict[str, Any]] = field(default_factory=list)
    """Tokens that were sampled and appended since the prompt, oldest first: `{id, piece, p}`."""

    @property
    def provenance(self) -> str:
        """Where the numbers come from: model, dtype, and the time the pass took."""
        if not self.report:
            return ""
        tokens = len(self.report["ids"])
        return (
            f"Computed just now: {self.about['name']}, {self.about['dtype']}, "
            f"{tokens} tokens in {self.report['seconds'] * 1000:.0f} ms."
        )


LIVE_VALUES: Mapping[str, Callable[[Trace], float]] = {
    "tokens": lambda trace: len(trace.report["ids"]),
    "layers": lambda trace: trace.about["layers"],
    "hidden": lambda trace: trace.about["hidden"],
    "vocab": lambda trace: trace.about["vocab"],
    "parameters": lambda trace: trace.about["parameters"],
    "top_percent": lambda trace: 100 * trace.report["top"][0]["p"],
    "entropy": lambda trace: trace.report["entropy"],
}
"""Numbers that a prediction can ask for, by name."""
