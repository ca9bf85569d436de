"""Text from models, datasets and tools made safe for a terminal."""

from __future__ import annotations

import re

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC and other strings: titles, clipboard, links
    r"|\x1b[ -/]*[0-~]?"  # the two-character ones
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 except tab and newline, DEL, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls: they reorder what is read
    r"\ud800-\udfff]"  # lone surrogates: no terminal can encode them
)


def clean_text(text: str) -> str:
    """`text` without terminal escape sequences, control characters (except tab and newline) and bidi controls."""
    return _CONTROLS.sub("", _ESCAPE_SEQUENCES.sub("", text))


def human_bytes(count: float) -> str:
    """A number of bytes as people read it, in powers of 1000: `98 MB`, `3.1 GB`, `124 GB`."""
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB" if count < 99.95 else f"{count:.0f} GB"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 check`, `2 checks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
