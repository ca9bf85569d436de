"""What this machine can do with many numbers at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from textual.content import Content

from tutor.text import clean_text, human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View

DETECTED = "as detected"
WIDTHS = {DETECTED: 0, "128 bits": 128, "256 bits": 256, "512 bits": 512}
CELL_BITS = 16
"""Bits that a cell of a register stands for, so that the widest fits every screen."""
DTYPES = {"fp64": 64, "fp32": 32, "bf16": 16}
NAME = 14


class Machine(Figure):
    """A register of the processor with its lanes, the cores, the memory, and the GPU or why there is none."""

    ASK = ("desk", "machine.report")

    def controls(self) -> Sequence[Control]:
        """The width of a register: this machine's, or another's."""
        return (Pick("register", "register", list(WIDTHS), DETECTED, asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The lanes, then the facts."""
        bits = WIDTHS[values["register"]] or answer["bits"]
        lines = [*_registers(answer, bits, view), Content()]
        for name, says in _facts(answer):
            for number, line in enumerate(Content(clean_text(says)).wrap(view.width - NAME)):
                lines.append(Content.styled(("" if number else name).ljust(NAME), "$muted") + line)
        return Content("\n").join(lines)


def _registers(answer: Answer, bits: int, view: View) -> list[Content]:
    if not bits:
        return list(Content("This system does not tell what its processor can do.").wrap(view.width))
    have = [name for name, width in answer["simd"].items() if width >= bits]
    says = f"one instruction on {bits} bits" + (f", {have[-1]}" if have else ", not on this processor")
    lines = [Content.styled(says, "$muted" if have else "$problem")]
    for dtype, size in DTYPES.items():
        lanes = bits // size
        drawn = _lanes(lanes, size // CELL_BITS, view.colours)
        number = (f"  {lanes} numbers", "$foreground")
        lines.append(Content.assemble((dtype.ljust(6), "$muted"), *drawn, number))
    return lines


def _lanes(lanes: int, cells: int, colours: bool) -> list[tuple[str, str]]:
    """Neighbouring lanes in two shades, or each with its number's end marked."""
    if not colours:
        return [("[" + "=" * (cells - 2) + "]" if cells > 1 else "=", "$foreground")] * lanes
    shades = cycle(("on $activation 70%", "on $activation 35%"))
    return [(" " * cells, shade) for _, shade in zip(range(lanes), shades, strict=False)]


def _facts(answer: Answer) -> list[tuple[str, str]]:
    cores, memory = answer["cores"], answer["memory"]
    extras = [text for text in (answer["tiles"], answer["bf16"]) if text]
    facts = [
        ("processor", answer["cpu"]),
        ("SIMD", ", ".join(f"{name} ({bits} bits)" for name, bits in answer["simd"].items()) or "unknown"),
        ("for matrices", ", ".join(extras) or "no instructions of its own, so bf16 is slower than fp32 here"),
        ("cores", f"{cores['physical']}, of which tutor uses {cores['usable']}"),
        ("memory", f"{human_bytes(memory['total'])}, {human_bytes(memory['free'])} free"),
    ]
    for gpu in answer["gpus"]:
        facts.append(("GPU", f"{gpu['name']}, {human_bytes(gpu['total'])}, compute capability {gpu['capability']}"))
    if answer["no_gpu"]:
        facts.append(("GPU", f"none: {answer['no_gpu']}"))
    return facts
