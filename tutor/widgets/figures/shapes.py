"""Every stage of the pass with the shape of what it hands on."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from tutor.text import human_bytes
from tutor.widgets.figures.base import TracePicture, View
from tutor.widgets.lesson.trace import Trace

Stage = dict[str, Any]


class StageTable(TracePicture):
    """One row per stage. Of the layers, which are all alike, only one is shown."""

    def __init__(self, layer: int = 0) -> None:
        """Args: layer: which layer to show."""
        self._layer = layer

    def picture(self, trace: Trace, view: View) -> Content:
        """Stage, shape, size, and what it is."""
        layers = trace.about["layers"]
        lines = [_row("stage", "shape", "dtype", "size", "", "$muted", view.width)]
        previous: int | None = None
        for stage in trace.report["stages"]:
            layer = stage["layer"]
            if layer is not None and layer != self._layer:
                continue
            if layer is None and previous is not None:
                lines.append(Content.styled(f"  … the same in all {layers} layers", "$faint"))
            previous = layer
            lines.append(_stage(stage, view.width))
        return Content("\n").join(lines)


def _stage(stage: Stage, width: int) -> Content:
    indent = "  " if stage["layer"] is not None else ""
    shape = " × ".join(str(size) for size in stage["shape"])
    style = "$operation" if stage["layer"] is not None else "$foreground"
    return _row(indent + stage["name"], shape, stage["dtype"], human_bytes(stage["bytes"]), stage["note"], style, width)


def _row(name: str, shape: str, dtype: str, size: str, note: str, style: str, width: int) -> Content:
    head = Content.assemble(
        (f"{name:<16}", style), (f"{shape:<16}", "$activation"), (f"{dtype:<9}", "$muted"), (f"{size:>7}  ", "$muted")
    )
    room = width - head.cell_length
    return head + Content.styled(note if len(note) <= room else note[: room - 1] + "…", "$muted") if room > 16 else head
