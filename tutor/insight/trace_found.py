"""What a run of lab-transformer-trace left behind (`trace.json`), read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tutor.files import damaged, read_json

TRACE, CHROME = "trace.json", "trace.chrome.json"
FORMAT = 1
SHAPE = ("layers", "hidden", "heads", "kv_heads", "head_dim", "vocab")
"""What of the model's `config.json` is kept with a trace."""
LAYER_STAGES = ("norm", "attention", "residual", "norm", "mlp", "residual")
"""What happens in a layer, in this order."""


@dataclass(frozen=True)
class Trace:
    """One trace. `data` is the file; everything else is computed from it each time."""

    path: Path
    data: dict[str, Any]

    @classmethod
    def read(cls, directory: Path) -> Trace:
        """The trace of the run in `directory`.

        Raises:
            TutorError: it is missing or damaged.
        """
        data = read_json(directory / TRACE)
        if data.get("format") != FORMAT:
            raise damaged(directory / TRACE, ValueError("another format"))
        return cls(directory / TRACE, data)

    @property
    def shape(self) -> dict[str, int]:
        """The numbers named in `SHAPE`."""
        return dict(self.data["architecture"])

    @property
    def stages(self) -> list[dict[str, Any]]:
        """All tensors on the way, in order: name, layer, shape, dtype, spread, length, seconds."""
        return list(self.data["stages"])

    def expected_stages(self) -> list[tuple[str, int | None, list[int]]]:
        """Name, layer and shape of every stage as they follow from `config.json` and the number of tokens alone."""
        tokens, hidden = len(self.data["ids"]), self.shape["hidden"]
        vectors, logits = [1, tokens, hidden], [1, 1, self.shape["vocab"]]
        return [
            ("tokenize", None, [1, tokens]),
            ("embed", None, vectors),
            *((name, layer, vectors) for layer in range(self.shape["layers"]) for name in LAYER_STAGES),
            ("final norm", None, vectors),
            ("LM head", None, logits),
            ("softmax", None, logits[2:]),
        ]

    @cached_property
    def wrong_stages(self) -> int:
        """How many stages are missing, of another shape, too many, or out of order."""
        seen = [(stage["name"], stage["layer"], tuple(stage["shape"])) for stage in self.stages]
        expected = [(name, layer, tuple(shape)) for name, layer, shape in self.expected_stages()]
        balance = Counter(expected)
        balance.subtract(seen)
        return sum(map(abs, balance.values())) or sum(a != b for a, b in zip(seen, expected, strict=True))

    @cached_property
    def looks_ahead(self) -> float:
        """By which share the last token changes the length of an earlier position's vector, at most."""
        whole, shorter = np.array(self.data["norms"])[:, :-1], np.array(self.data["norms_without_last"])
        return float(np.max(np.abs(whole - shorter) / shorter))

    @cached_property
    def lens_gap(self) -> float:
        """The largest difference of a probability between the lens after the last layer and the model's output."""
        own = {int(candidate["id"]): float(candidate["p"]) for candidate in self.data["output"]}
        return max(abs(float(each["p"]) - own.get(each["id"], 0.0)) for each in self.data["lens"][-1])

    @property
    def best_pass(self) -> dict[str, Any]:
        """The timed pass that was disturbed least: the shortest."""
        return dict(min(self.data["passes"], key=lambda timed: timed["wall"]))

    @property
    def counted_twice(self) -> bool:
        """Whether two stages of the quickest pass claim the same time."""
        spans = sorted(self.best_pass["spans"], key=lambda span: float(span["begin"]))
        return any(one["begin"] + one["seconds"] > other["begin"] + 1e-6 for one, other in pairwise(spans))

    @property
    def covered(self) -> float:
        """Σ seconds of the stages as a share of the seconds from call to result."""
        timed = self.best_pass
        return float(sum(span["seconds"] for span in timed["spans"]) / timed["wall"])

    def seconds_by_kind(self, timed: dict[str, Any]) -> dict[str, float]:
        """Seconds of a pass, by the name of the stage."""
        kinds: dict[str, float] = {}
        for span in timed["spans"]:
            kinds[span["name"]] = kinds.get(span["name"], 0.0) + span["seconds"]
        return kinds

    def tokens(self, way: str) -> list[int]:
        """The continuation `cached`, `uncached` or `sampled`."""
        return [step["id"] for step in self.data[way]]

    def seconds_per_token(self, way: str) -> float:
        """Mean without the first token, which reads the prompt either way."""
        later = [step["seconds"] for step in self.data[way][1:]]
        return float(sum(later) / len(later))

    @property
    def cache_speedup(self) -> float:
        """How many times as fast a token is with the cache."""
        return self.seconds_per_token("uncached") / self.seconds_per_token("cached")

    @property
    def cache_bytes_per_token(self) -> float:
        """Measured on the tensors of the cache, which holds all tokens but the last one written."""
        return float(self.data["cache_bytes"] / (len(self.data["ids"]) + len(self.data["cached"]) - 1))

    @property
    def matching(self) -> int:
        """How many tokens the cached continuation has in common with `generate`, from the first on."""
        pairs = zip(self.tokens("cached"), self.data["generated"], strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), len(self.data["cached"]))

    @property
    def decided_after(self) -> int:
        """The first layer from which on the lens shows the model's own choice (0: before the first layer)."""
        own = self.data["output"][0]["id"]
        agrees = [row[0]["id"] == own for row in self.data["lens"]]
        return len(agrees) - next((n for n, right in enumerate(reversed(agrees)) if not right), len(agrees))

    @property
    def growth(self) -> float:
        """How many times as long the last token's vector is after the last layer as before the first."""
        return float(self.data["norms"][-1][-1] / self.data["norms"][0][-1])
