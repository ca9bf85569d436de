"""What the review says: the row, what was said of it, and what all of it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from tutor.screens.corpus_texts import code
from tutor.text import clean_text, counted
from tutor.widgets.glyphs import bar

TRAITS = ("accurate", "helpful", "idiomatic", "complete")
JUDGEMENTS = {"approve": ("approved", "$trainable"), "reject": ("rejected", "$problem"), "unsure": ("unsure", "$muted")}
BAR = 40


def row(one: Mapping[str, Any], place: int, count: int) -> Content:
    """The code and its documentation, and where they stand."""
    where = f"{one['source_repo']} {one['source_file']}:{one['source_line']}"
    return Content("\n").join(
        [
            Content.assemble(
                (f"Row {place + 1} of {count}", "bold"), (f"   {one['kind']}   {clean_text(where)}", "$muted")
            ),
            Content(),
            code(one["input"], one["language"]),
            Content(),
            Content.styled(clean_text(one["output"]), "$activation"),
        ]
    )


def said(traits: Sequence[str], judged: Mapping[str, Any] | None) -> Content:
    """The four boxes, the judgement and the note."""
    boxes = [
        Content.assemble(
            (f"{number} ", "$muted"), ("● " if name in traits else "○ ", "$trainable"),
            (name, "bold" if name in traits else "$muted"), "   ",
        )
        for number, name in enumerate(TRAITS, 1)
    ]  # fmt: skip
    if judged is None:
        verdict = Content.styled("not judged yet", "$faint")
    else:
        word, style = JUDGEMENTS[judged["judgement"]]
        verdict = Content.assemble((word, f"bold {style}"), (f"  {clean_text(judged['note'])}", "$muted"))
    return Content("\n").join([Content("").join(boxes), verdict])


def result(found: Mapping[str, Any]) -> Content:
    """Approval with its interval, traps, and whether criterion 48 is content."""
    low, high = found["interval"]
    lines = [
        Content.styled("What the reviews of this corpus come to", "bold"),
        Content(),
        Content.assemble(
            (f"{found['approved']} of {found['judged']}", "bold $activation"), " judged rows approved: ",
            (f"{found['approval']:.0%}", "bold $activation"),
            (f", 95 % interval {low:.0%} to {high:.0%} (Wilson)", "$muted"),
        ),
        Content.assemble((bar(found["approval"], 1.0, BAR), "$activation")),
        Content(),
        Content(f"{found['missed']} of {counted(found['traps'], 'row')} with exchanged documentation approved"),
        Content(f"reviewers: {clean_text(', '.join(found['reviewers']))}"),
    ]  # fmt: skip
    if found["agreement"] is not None:
        lines.append(Content(f"agreement of the two who judged most (Cohen's κ): {found['agreement']:.2f}"))
    return Content("\n").join([*lines, Content(), _criterion(found)])


def _criterion(found: Mapping[str, Any]) -> Content:
    if found["faults"]:
        return Content.assemble(("✗ ", "$problem"), f"Criterion 48 does not hold: {'; '.join(found['faults'])}.")
    return Content.assemble(("✓ ", "$trainable"), "Criterion 48 holds.")
