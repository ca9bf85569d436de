"""What a run of the CLI-help labs was trained on and asked: kept in the run, so that it can be judged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutor.clihelp.task import HELD_OUT, Task, messages_of
from tutor.engine.mask_view import MaskCheck, check_mask, mask_tokens
from tutor.files import write_json

ROWS = "rows.json"


def keep_rows(task: Task, directory: Path) -> None:
    """Write `rows.json`: the mask of every training row, counted; the first row token by token; and what is asked."""
    rows = []
    for record, example in zip(task.records["train"], task.encoded["train"].examples, strict=True):
        tokens = mask_tokens(task.tokenizer, messages_of(record), example)
        rows.append({"prompt": record.prompt, "mask": asdict(check_mask(tokens, example))})
    asked = {
        split: {"prompts": [record.prompt for record in task.records[split]], "answers": task.references(split)}
        for split in HELD_OUT
    }
    write_json(directory / ROWS, {"trained": rows, "first": _seen(task), "asked": asked})


def _seen(task: Task) -> list[tuple[str, bool]]:
    """The first training row as the model read it: pieces of text, and whether the loss looked at them."""
    example = task.encoded["train"].examples[0]
    pieces: list[tuple[str, bool]] = []
    ids: list[int] = []
    for place, token in enumerate(example.ids):
        ids.append(token)
        seen = example.labels[place] == token
        if place + 1 == len(example.ids) or (example.labels[place + 1] == example.ids[place + 1]) != seen:
            pieces.append((task.tokenizer.decode(ids), seen))
            ids = []
    return pieces


def unsound(rows: dict[str, Any]) -> int:
    """How many training rows teach something else than to answer questions that are not asked later."""
    held_out = {prompt for split in HELD_OUT for prompt in rows["asked"][split]["prompts"]}
    return sum(row["prompt"] in held_out or not _is_sound(MaskCheck(**row["mask"])) for row in rows["trained"])


def _is_sound(mask: MaskCheck) -> bool:
    return not (mask.outside or mask.missed or mask.ends_missed or mask.other_text)
