"""What a documentation says, taken apart: parameters, returns, errors, examples, names in code style.

Understands rustdoc's headings and Python's Google, NumPy and Sphinx styles.
"""

from __future__ import annotations

import doctest
import re
from dataclasses import dataclass, field

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")
_GOOGLE = re.compile(r"([A-Z][A-Za-z ]{2,24}):$")
_SPHINX = re.compile(
    r":(param|parameter|arg|argument|raises?|except|exception|returns?|rtype|yields?)\b([^:]*):\s*(.*)"
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([^`]*)$")
_PARAMETER = re.compile(
    r"[*+-]?\s*`?(\*{0,2}[A-Za-z_]\w*(?:\s*[,/]\s*\*{0,2}[A-Za-z_]\w*)*)`?\s*(?:\([^:]*\)|\[[^:]*\])?\s*(?::|-|–|—|$)"
)
_BULLET = re.compile(r"[*+-]\s*`(?:&mut |&)?([A-Za-z_]\w*)`")
_EXCEPTION = re.compile(r"[*+-]?\s*`{0,2}~?:?(?:class:|exc:)?`?([A-Za-z_][\w.]*)`{0,2}")
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)

_SECTIONS = {
    "parameters": {
        "args",
        "arguments",
        "parameters",
        "params",
        "keyword args",
        "keyword arguments",
        "other parameters",
    },
    "returns": {"returns", "return", "return value", "returned value"},
    "yields": {"yields", "yield"},
    "errors": {"raises", "errors", "error", "exceptions"},
    "panics": {"panics", "panic"},
    "safety": {"safety"},
    "examples": {"examples", "example", "usage"},
}
_BY_TITLE = {title: name for name, titles in _SECTIONS.items() for title in titles}
_OTHER = {
    "attributes",
    "note",
    "notes",
    "warning",
    "warnings",
    "see also",
    "references",
    "todo",
    "methods",
    "tip",
    "info",
}


@dataclass(slots=True)
class Example:
    """One block of code."""

    language: str
    """`rust`, `python`, `doctest`; '' where nobody says."""
    code: str
    line: int
    """Of its first line in the documentation, 1-based."""


@dataclass(slots=True)
class DocParts:
    """A documentation taken apart."""

    prose: str = ""
    """Without code blocks and doctests."""
    summary: str = ""
    """The first paragraph."""
    parameters: list[str] = field(default_factory=list)
    """Names that a section documents; those only mentioned in prose are not here."""
    sections: dict[str, str] = field(default_factory=dict)
    """`returns`, `errors`, `panics`, … → text."""
    exceptions: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """What stands in backticks."""
    open_fence: int = 0
    """Line of a code fence that is never closed, else 0."""


def take_apart(language: str, doc: str) -> DocParts:
    """The parts of a documentation without marks."""
    parts = DocParts()
    prose = _split_code(language, doc.split("\n"), parts)
    parts.prose = "\n".join(prose).strip("\n")
    parts.summary = parts.prose.partition("\n\n")[0]
    parts.spans = [match.group(2).strip("`") for match in _SPAN.finditer(parts.prose)]
    for title, lines in _sections(prose):
        parts.sections[title] = "\n".join(lines)
        if title == "parameters":
            parts.parameters += _parameters(lines)
        elif title == "errors":
            parts.exceptions += _exceptions(lines)
    _sphinx(prose, parts)
    return parts


def _split_code(language: str, lines: list[str], parts: DocParts) -> list[str]:
    """The lines outside code; code goes to `parts.examples`."""
    prose: list[str] = []
    fence, start, code, info = "", 0, list[str](), ""
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if not fence and match:
            fence, info, start, code = match.group(1), match.group(2).strip(), number, []
        elif fence and match and match.group(1).startswith(fence) and not match.group(2).strip():
            parts.examples.append(Example(_code_language(language, info, code), "\n".join(code), start + 1))
            fence = ""
        elif fence:
            code.append(line)
        else:
            prose.append(line)
    if fence:
        parts.open_fence = start
    return _split_doctests(prose, parts) if language == "python" else prose


def _code_language(language: str, info: str, code: list[str]) -> str:
    tags = set(re.split(r"[\s,{}]+", info.lower())) - {""}
    if language == "rust":
        skipped = {
            "text",
            "ignore",
            "compile_fail",
            "console",
            "sh",
            "bash",
            "toml",
            "json",
            "plain",
            "none",
            "notrust",
        }
        marks = {"no_run", "should_panic", "rust", "rs", "edition2015", "edition2018", "edition2021", "edition2024"}
        return "" if tags & skipped or tags - marks else "rust"
    if any(line.lstrip().startswith(">>> ") for line in code):
        return "doctest"
    return "python" if tags & {"python", "py", "python3"} else ""


def _split_doctests(prose: list[str], parts: DocParts) -> list[str]:
    kept: list[str] = []
    code: list[str] = []
    for line in [*prose, ""]:
        if line.lstrip().startswith(">>>") or (code and line.strip()):
            code.append(line)
            continue
        if code:
            parts.examples.append(Example("doctest", "\n".join(code), 0))
            code = []
        kept.append(line)
    return kept


def _sections(prose: list[str]) -> list[tuple[str, list[str]]]:
    """(name, lines) of every section with a title that is known."""
    found: list[tuple[str, list[str]]] = []
    current: list[str] | None = None
    base = 0
    for number, line in enumerate(prose):
        title = _title(prose, number)
        if title is not None:
            current = []
            base = len(line) - len(line.lstrip())
            if title:
                found.append((title, current))
        elif current is not None and not re.fullmatch(r"\s*[-=~]{3,}\s*", line):
            indent = len(line) - len(line.lstrip())
            # A Google section ends where the text comes back to the margin.
            if line.strip() and prose[number - 1].strip() == "" and indent <= base and _indented(current):
                current = None
                continue
            current.append(line)
    return found


def _indented(current: list[str]) -> bool:
    return any(line.startswith((" ", "\t")) for line in current if line.strip())


def _title(prose: list[str], number: int) -> str | None:
    """The section that begins at this line: its name, '' for one that is not of interest, None for no title."""
    line = prose[number].strip()
    heading = _HEADING.fullmatch(line)
    google = _GOOGLE.fullmatch(line)
    underlined = number + 1 < len(prose) and re.fullmatch(r"\s*[-=~]{3,}\s*", prose[number + 1])
    if heading:
        return _BY_TITLE.get(heading.group(1).lower().rstrip(":"), "")
    if underlined and line:
        return _BY_TITLE.get(line.lower().rstrip(":"), "")
    if google:
        title = google.group(1).lower()
        if title in _BY_TITLE:
            return _BY_TITLE[title]
        return "" if title in _OTHER else None
    return None


def _parameters(lines: list[str]) -> list[str]:
    filled = [line for line in lines if line.strip()]
    if not filled:
        return []
    margin = min(len(line) - len(line.lstrip()) for line in filled)
    names: list[str] = []
    for line in filled:
        if len(line) - len(line.lstrip()) > margin:
            continue
        match = _BULLET.match(line.strip()) or _PARAMETER.match(line.strip())
        if match:
            names += [name.strip().lstrip("*") for name in re.split(r"[,/]", match.group(1))]
    return names


def _exceptions(lines: list[str]) -> list[str]:
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    at_margin = [line.strip() for line in filled if len(line) - len(line.lstrip()) == margin]
    matches = [_EXCEPTION.match(line) for line in at_margin if re.match(r"\S+(\s*:|$)", line)]
    return [match.group(1) for match in matches if match]


def _sphinx(prose: list[str], parts: DocParts) -> None:
    for line in prose:
        match = _SPHINX.match(line.strip())
        if not match:
            continue
        kind, subject, said = match.group(1), match.group(2).split(), match.group(3)
        if kind.startswith(("param", "arg")) and subject:
            parts.parameters.append(subject[-1].lstrip("*\\"))
            parts.sections.setdefault("parameters", "")
        elif kind.startswith(("raise", "exce")):
            parts.exceptions += subject[-1:]
            parts.sections.setdefault("errors", "")
        elif kind.startswith("return"):
            parts.sections["returns"] = said


def doctest_sources(code: str) -> list[str]:
    """The statements of a doctest block, without what they print.

    Raises:
        ValueError: the prompts are malformed.
    """
    return [example.source for example in doctest.DocTestParser().get_examples(code)]


def rust_source(code: str) -> str:
    """A rustdoc example with the lines that rustdoc hides (`# use …`)."""
    lines = []
    for line in code.split("\n"):
        bare = line.lstrip()
        if bare == "#":
            continue
        shown = bare[2:] if bare.startswith("# ") else bare[1:] if bare.startswith("##") else line
        lines.append(shown)
    return "\n".join(lines)
