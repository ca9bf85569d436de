"""What the corpus screens say of a row: one line of it in a list, and all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.content import Content
from textual.highlight import highlight

from tutor.text import clean_text
from tutor.widgets.glyphs import bar, padded

WIDE = 100
"""Cells from which a list has room for everything."""
BAR = 10


def head(row: Mapping[str, Any], width: int) -> Content:
    """The names of a list's columns."""
    last = "dropped for" if "reasons" in row else "place"
    return Content.styled(_before("score", "category", "kind", "symbol", width) + last, "$muted")


def line(row: Mapping[str, Any], width: int) -> Content:
    """A row of a list: where a kept one comes from, why a rejected one was dropped."""
    before = _before(f"{row['quality_score']:.2f}", row["category"], row["kind"], row["symbol"], width)
    if "reasons" in row:
        return Content.assemble(before, (clean_text(row["reasons"]), "$problem"))
    return Content.assemble(
        before, (clean_text(f"{row['source_repo']} {row['source_file']}:{row['source_line']}"), "$muted")
    )


def _before(score: str, category: str, kind: str, symbol: str, width: int) -> str:
    """The columns before the last, which takes what is left of `width`."""
    cells = [padded(score, 5), padded(category, 8), *([padded(kind, 9)] if width >= WIDE else [])]
    left = width - sum(len(cell) + 2 for cell in cells)
    return "  ".join([*cells, padded(clean_text(symbol), max(16, left // 2)), ""])


def code(text: str, language: str) -> Content:
    """Source text in colours."""
    return highlight(clean_text(text), language=language)


def kept(row: Mapping[str, Any]) -> Content:
    """All of a row of the corpus."""
    passed = sum(not why for why in row["gates"].values())
    return Content("\n").join(
        [
            *_pair(row),
            Content.assemble(("Gates  ", "bold"), (f"{passed} of {len(row['gates'])} passed", "$muted")),
            *(_fault(name, why) for name, why in (*row["gates"].items(), *row["checks"].items()) if why),
            Content(),
            *_score(row),
            Content(),
            *_origin(row),
        ]
    )


def rejected(row: Mapping[str, Any]) -> Content:
    """All of a record that was dropped: why comes first."""
    return Content("\n").join(
        [
            Content.assemble(("Dropped at ", "$muted"), (clean_text(row["stage"]), "bold")),
            *(_fault(name, why) for name, why in row["reasons"].items()),
            Content(),
            *_pair(row),
            *_origin(row),
        ]
    )


def _pair(row: Mapping[str, Any]) -> list[Content]:
    return [
        code(row["input"], row["language"]),
        Content(),
        Content.styled(clean_text(row["output"]), "$activation"),
        Content(),
    ]


def _fault(name: str, why: str) -> Content:
    return Content.assemble(("✗ ", "$problem"), (f"{clean_text(name)}: ", "bold"), clean_text(why))


def _score(row: Mapping[str, Any]) -> list[Content]:
    names = max(len(part["part"]) for part in row["score"])
    lines = [Content.assemble(("Score  ", "bold"), (f"{row['quality_score']:.2f}", "$activation"))]
    for part in row["score"]:
        drawn = bar(part["value"], 1.0, BAR).ljust(BAR)
        earned = f" {part['value'] * part['weight']:.2f} of {part['weight']:.2f}  "
        lines.append(
            Content.assemble(
                (padded(part["part"], names + 1), "$muted"), (drawn, "$activation"), earned, (part["why"], "$muted")
            )
        )
    return lines


def _origin(row: Mapping[str, Any]) -> list[Content]:
    where = f"{row['source_repo']} {row['source_file']}:{row['source_line']}"
    facts = [row["license"], row["source_commit"][:7], f"{row['tokens_input']} + {row['tokens_output']} tokens"]
    facts += [row[name] for name in ("split",) if name in row]
    return [
        Content.styled(clean_text(where), "$foreground"),
        Content.styled(clean_text(" · ".join([*facts, row["id"]])), "$muted"),
    ]
