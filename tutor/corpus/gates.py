"""The seven gates. What they measure is measured once; where the thresholds stand can be changed at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from tutor.corpus.config import Gates
from tutor.corpus.subject import Subject

_SPAN = re.compile(r"(`+).+?\1", re.DOTALL)
_QUOTED = re.compile(r"(['\"])[()\[\]{}]+\1")
_SMILEY = re.compile(r"[:;]-?[()\[\]]")
_ENUMERATION = re.compile(r"(?:^|\s)(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})\)(?=\s)", re.MULTILINE)
_INTERVAL = re.compile(r"[\[(]\s*[-+\w.∞]+\s*(?:,|\.\.)\s*[-+\w.∞]+\s*[\])]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Measures:
    """What the gates look at. A fault is a short text, or ''."""

    score: float
    longest_line: int
    delimiter_fault: str
    fence_fault: str
    control_fault: str
    tokens: int
    ratio: float

    def to_json(self) -> str:
        """For the column `gate_report`."""
        return json.dumps(
            {name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False, separators=(",", ":")
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate."""

    name: str
    title: str
    fault: Callable[[Measures, Gates], str]
    """Evidence against a record, or ''."""


def measure(subject: Subject, score: float) -> Measures:
    """Everything the gates need to know of a record, whose quality score is `score`."""
    record = subject.record
    return Measures(
        score=score,
        longest_line=max(len(line) for line in record.output.split("\n")),
        delimiter_fault=delimiter_fault(subject.parts.prose),
        fence_fault=fence_fault(record.output),
        control_fault=control_fault(record.input + record.output),
        tokens=record.tokens_input + record.tokens_output,
        ratio=round(record.tokens_output / max(record.tokens_input, 1), 4),
    )


def delimiter_fault(prose: str) -> str:
    """The first bracket in prose that has no partner. Code, smileys, `a)` and half-open intervals are none."""
    plain = prose
    for pattern in (_SPAN, _QUOTED, _SMILEY, _INTERVAL, _ENUMERATION):
        plain = pattern.sub(" ", plain)
    open_: list[str] = []
    for letter in plain:
        if letter in "([{":
            open_.append(letter)
        elif letter in _PAIRS and (not open_ or open_.pop() != _PAIRS[letter]):
            return f"{letter} without {_PAIRS[letter]}"
    return f"{open_[-1]} is never closed" if open_ else ""


def fence_fault(output: str) -> str:
    """Whether code fences come in pairs."""
    count = sum(line.lstrip("/! ").startswith(("```", "~~~")) for line in output.split("\n"))
    return f"{count} code fences" if count % 2 else ""


def control_fault(text: str) -> str:
    """The first control character (a terminal, or a bidirectional one)."""
    found = _CONTROL.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def _band(value: float, low: float, high: float, unit: str) -> str:
    if low <= value <= high:
        return ""
    return f"{value:g} {unit}, {'below ' + format(low, 'g') if value < low else 'above ' + format(high, 'g')}"


GATES = (
    Gate(
        "score", "quality score", lambda m, g: "" if m.score >= g.min_score else f"{m.score:.2f}, below {g.min_score:g}"
    ),
    Gate(
        "line-length",
        "length of lines",
        lambda m, g: "" if m.longest_line <= g.max_line else f"{m.longest_line} characters, above {g.max_line}",
    ),
    Gate("delimiters", "brackets in prose", lambda m, g: m.delimiter_fault if g.delimiters else ""),
    Gate("code-fences", "code fences in pairs", lambda m, g: m.fence_fault if g.code_fences else ""),
    Gate("control-chars", "no control characters", lambda m, g: m.control_fault if g.control_chars else ""),
    Gate("tokens", "tokens in all", lambda m, g: _band(m.tokens, g.min_tokens, g.max_tokens, "tokens")),
    Gate("io-ratio", "output for input", lambda m, g: _band(m.ratio, g.min_ratio, g.max_ratio, "times the input")),
)


def verdicts(measures: Measures, gates: Gates) -> dict[str, str]:
    """Gate → evidence for every gate that a record fails; all seven are asked."""
    return {gate.name: found for gate in GATES if (found := gate.fault(measures, gates))}
