"""How far a small training has come, in a line or two: for pictures of what is learned."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.figures.base import Answer
from tutor.widgets.glyphs import bar, padded

BAR = 20


def learning_lines(answer: Answer, width: int) -> list[Content]:
    """What is learned (`lines`), how many of `total` steps were made, and the first and last of `losses`."""
    losses, total = answer["losses"], answer["total"]
    room = max(10, width - 8)
    learned = clean_text(answer["lines"])
    learned = learned if cell_len(learned) <= room else padded(learned, room - 1) + "…"
    lines = [Content.assemble(("learned ", "$muted"), learned)]
    if losses:
        lines.append(
            Content.assemble(
                (padded(bar(len(losses), total, BAR), BAR), "$trainable"),
                (f" step {len(losses)} of {total}   loss ", "$muted"),
                f"{losses[0]:.2f} to ", (f"{losses[-1]:.2f}", "bold $trainable"),
            )
        )  # fmt: skip
    return lines


def training_lines(answer: Answer, width: int) -> list[Content]:
    """The same for full fine-tuning and LoRA together, while they are under way; then what was learned."""
    running = [row for row in answer["methods"] if not row["absent"]]
    fewest = min(running, key=lambda row: len(row["losses"]))
    lines = learning_lines({**answer, "losses": fewest["losses"]}, width)
    return lines[:1] if len(fewest["losses"]) == answer["total"] else lines
