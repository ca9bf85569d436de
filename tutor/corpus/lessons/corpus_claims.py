"""What is said about corpora, held against counts, for topics 3.2.1 to 3.3.3."""

from __future__ import annotations

from typing import Any

from tutor.corpus import config
from tutor.corpus.lessons.corpus_funnel import funnel
from tutor.engine.protocol import Call

__all__ = ["filed", "filtered", "scored"]

HERE = ("sample:tally", "dist:packaging", "dist:platformdirs", "dist:psutil")
"""Sources that are on every machine: the tutor brings them or needs them."""
SAID = (75, 85)
"""Percent that count as 80."""

OF_100 = {
    "ripgrep": 38, "clap": 26, "eza": 17, "tokio": 0, "serde": 0,
    "function": 46, "argument": 29, "example": 14, "error": 5, "module": 6,
}  # fmt: skip
"""Rows of the corpus that the course this one follows published, counted from its Parquet file, which is not here."""
OUTLINE = {"ripgrep": 38, "clap": 28, "function": 29, "argument": 14, "example": 11}
"""What that course's outline says of the same corpus."""


def filtered(call: Call) -> dict[str, Any]:
    """How much of each source is dropped: `cases`, and the `least` and `most` of them in percent."""
    dropped = {name: 100 - funnel(call, name)["percent"] for name in HERE}
    return {
        "cases": [
            {"name": f"percent dropped of {name}", "value": share, "holds": SAID[0] <= share <= SAID[1]}
            for name, share in dropped.items()
        ],
        "least": min(dropped.values()),
        "most": max(dropped.values()),
        "source": "the funnel of tutor corpus, its usual thresholds",
    }


def filed(call: Call) -> dict[str, Any]:
    """What an outline says of the course's corpus, held against its published file: `cases`."""
    return {
        "cases": [
            {"name": f"{name}: {said} said; in the file", "value": OF_100[name], "holds": OF_100[name] == said}
            for name, said in OUTLINE.items()
        ],
        "function": OF_100["function"],
        "argument": OF_100["argument"],
        "example": OF_100["example"],
        "source": "both quoted; the file was counted, and has 100 rows",
    }


def scored(call: Call) -> dict[str, Any]:
    """Whether the shares of the course's corpus lie in the bands that its own examination asks for: `cases`."""
    shares = config.load().balance.shares
    cases = []
    for name, (low, _, high) in shares.items():
        share = OF_100[name] / 100
        cases.append(
            {"name": f"{name}: {low:.0%} to {high:.0%} asked; in the file", "value": f"{share:.0%}",
             "holds": low <= share <= high}
        )  # fmt: skip
    return {"cases": cases, "source": "shares quoted from the published file, bands of criteria 31 to 35"}
