"""Checks of what a record means and whether it can be used: each tries to find one thing wrong with one record.

The pipeline drops what they find; the criteria of the same number run them again on what was written.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Set
from dataclasses import dataclass

from tutor.corpus import detect
from tutor.corpus.docparts import Example, doctest_sources, rust_source
from tutor.corpus.known_names import common
from tutor.corpus.subject import Subject
from tutor.corpus.syntax import first_fault
from tutor.corpus.words import foreign_share, stop_words

MIN_ENGLISH = 0.05
"""Share of stop words in 15 words and more; lists of terms have few, most prose 0.2 to 0.5."""
MAX_FOREIGN = 0.1

Test = Callable[[Subject], str]
"""Returns what is wrong, or ''."""


@dataclass(frozen=True)
class Check:
    """One check, with the criterion that repeats it."""

    name: str
    criterion: int
    title: str
    test: Test


def input_parses(subject: Subject) -> str:
    """The input is code of its language."""
    return first_fault(subject.record.language, subject.record.input)


def markdown(subject: Subject) -> str:
    """Fences close, inline code closes within its paragraph, links have both halves."""
    if subject.parts.open_fence:
        return f"a code fence opens in line {subject.parts.open_fence} and never closes"
    for paragraph in subject.parts.prose.split("\n\n"):
        plain = re.sub(r"``.+?``", "", paragraph, flags=re.DOTALL)
        if plain.count("`") % 2:
            return f"inline code that does not close: {_short(paragraph)}"
        if re.search(r"\]\([^)]*$", plain):
            return f"a link that does not close: {_short(paragraph)}"
    return ""


def examples_compile(subject: Subject) -> str:
    """Rust examples parse, Python examples compile; nothing of them is run."""
    for example in subject.parts.examples:
        fault = _example_fault(example)
        if fault:
            return f"{fault} in the example {_short(example.code)}"
    return ""


def _example_fault(example: Example) -> str:
    if example.language == "rust":
        source = rust_source(example.code)
        # rustdoc, too, wraps an example in a function: its last expression needs no semicolon.
        return first_fault("rust", f"fn main() {{\n{source}\n}}") and first_fault("rust", source)
    if example.language not in ("python", "doctest"):
        return ""
    try:
        sources = doctest_sources(example.code) if example.language == "doctest" else [_outdented(example.code)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for source in sources:
                compile(source, "example", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"{error.__class__.__name__}: {str(error)[:60]}"
    return ""


def _outdented(code: str) -> str:
    lines = code.split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def parameters_covered(subject: Subject) -> str:
    """A section of parameters documents at least half of them."""
    signature, documented = subject.signature, set(subject.parts.parameters)
    if not signature.is_function or "parameters" not in subject.parts.sections or not signature.parameters:
        return ""
    missing = [name for name in signature.parameters if name not in documented]
    if len(missing) * 2 > len(signature.parameters):
        return f"documents {len(documented)} of {len(signature.parameters)} parameters; not {', '.join(missing[:4])}"
    return ""


def parameters_exist(subject: Subject) -> str:
    """Every documented parameter is one."""
    signature = subject.signature
    if signature.open_ended or (not signature.parameters and not signature.is_function):
        return ""
    known = set(signature.parameters)
    invented = [name for name in subject.parts.parameters if name not in known]
    return f"documents {invented[0]!r}, which is no parameter" if invented else ""


_PLAIN_TYPES = {
    "bool",
    "int",
    "float",
    "str",
    "bytes",
    "usize",
    "u8",
    "u16",
    "u32",
    "u64",
    "i32",
    "i64",
    "f32",
    "f64",
    "String",
}
_PYTHON_TYPE = re.compile(r"[`(]*(bool|int|float|str|bytes|None|list|dict|tuple|set)\b[`)]*\s*(?::|$|\n)")


def returns_match(subject: Subject) -> str:
    """What is said to be returned can be of the declared type."""
    signature = subject.signature
    if signature.returns is None:
        return ""
    declared = signature.returns.strip("'\" ")
    section = subject.parts.sections.get("returns")
    if (
        section
        and section.strip()
        and declared in ("None", "()")
        and not re.match(r"\W*(none|nothing)\b", section.lower())
    ):
        return f"says that it returns {_short(section)}, and is declared to return {declared}"
    if subject.record.language == "rust":
        said = re.search(r"\breturns? `(true|false|None|Some|Ok|Err)\b", subject.parts.summary, re.IGNORECASE)
        if (said and declared in _PLAIN_TYPES - {"bool"}) or (
            said and declared == "" and "returns" in said.group().lower()
        ):
            return f"says {said.group()!r}, and is declared to return {declared or 'nothing'}"
        return ""
    typed = _PYTHON_TYPE.match(section.strip()) if section else None
    if typed and declared in _PLAIN_TYPES and declared != typed.group(1):
        return f"says that it returns {typed.group(1)}, and is declared to return {declared}"
    return ""


_PANICS = re.compile(
    r"\b(?:panic|assert\w*|debug_assert\w*|unreachable|todo|unimplemented)!|\bunwrap\b|\bexpect\b|\[|/|\+|-|\*|\("
)
_EXCEPTION = re.compile(
    r"(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Timeout|Failure|Failed|Denied|NotFound|Unavailable|Cancelled)\w*$"
)


def errors_match(subject: Subject) -> str:
    """Sections of errors, panics and safety stand on code that can fail in that way."""
    signature, sections = subject.signature, subject.parts.sections
    if subject.record.language == "python":
        return _exceptions_exist(subject)
    if not signature.is_function:
        return ""
    if "errors" in sections and not re.search(
        r"Result|Error|Poll|Option|Future|Stream|impl |Self", signature.returns or ""
    ):
        return f"describes errors, and is declared to return {signature.returns or 'nothing'}"
    if "panics" in sections and subject.record.body and not _PANICS.search(subject.record.body):
        return "describes panics, and its body cannot panic"
    if "safety" in sections and not signature.is_unsafe and "unsafe" not in subject.record.input + subject.record.body:
        return "describes what makes it safe to call, and is not unsafe"
    return ""


def _exceptions_exist(subject: Subject) -> str:
    known = common("python")
    for name in subject.parts.exceptions:
        last = name.rpartition(".")[2]
        if last in known or _EXCEPTION.search(last) or re.search(rf"\b{re.escape(last)}\b", subject.record.body):
            continue
        # A capitalised name may be an exception of the source; `unknown_type` looks it up.
        if not last[:1].isupper():
            return f"says that it raises {name}, which is no exception"
    return ""


def examples_use_it(subject: Subject) -> str:
    """Some example names the item; and a record filed under examples has one."""
    record, signature = subject.record, subject.signature
    code = "\n".join(example.code for example in subject.parts.examples if example.language)
    if record.category == "example" and not code.strip():
        return "is filed under examples and has none"
    if not code.strip() or record.kind == "module" or signature.in_trait_impl:
        return ""
    parts = re.split(r"::|\.", record.symbol)
    name = parts[-2] if parts[-1] in ("__init__", "__new__", "__call__") and len(parts) > 1 else parts[-1]
    if re.fullmatch(r"__\w+__", name) or re.search(rf"\b{re.escape(name)}\b", code):
        return ""
    return f"its examples never name {name}"


_TYPE_LIKE = re.compile(r"(?:[A-Za-z_]\w*(?:::|\.))*([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)(?:<.*>)?")


def mentioned_types(subject: Subject) -> list[str]:
    """Types that the documentation sets in code style and neither the declaration nor the language knows."""
    known = common(subject.record.language)
    raised = [name.rpartition(".")[2] for name in subject.parts.exceptions if subject.record.language == "python"]
    found = [name for name in raised if name[:1].isupper() and name not in known and not _EXCEPTION.search(name)]
    for span in subject.parts.spans:
        match = _TYPE_LIKE.fullmatch(span.strip())
        name = match.group(1) if match else ""
        if name and name not in known and not re.search(rf"\b{name}\b", subject.record.input):
            found.append(name)
    return found


def unknown_type(mentioned: list[str], names: Set[str]) -> str:
    """The first mentioned type that is nowhere in the source, whose identifiers are `names`."""
    unknown = next((name for name in mentioned if name not in names), "")
    return f"mentions {unknown}, which is nowhere in the source" if unknown else ""


def english(subject: Subject) -> str:
    """The prose is English; a few words are too few to tell."""
    prose = re.sub(r"(`+).+?\1", " ", subject.parts.prose, flags=re.DOTALL)
    if foreign_share(prose) > MAX_FOREIGN:
        return f"{foreign_share(prose):.0%} of its letters are not ASCII"
    ours, others, total = stop_words(prose)
    if others >= 3 and others > ours:
        return f"{others} of its {total} words are common in other languages, {ours} in English"
    if total >= 15 and ours < MIN_ENGLISH * total:
        return f"{ours} of its {total} words are common in English"
    return ""


def no_profanity(subject: Subject) -> str:
    """No word of a short list."""
    found = detect.profanity(subject.doc)
    return f"says {found!r}" if found else ""


def no_personal_data(subject: Subject) -> str:
    """No secret, e-mail address, telephone number, public IP address or home directory, in input, body or output."""
    text = f"{subject.record.input}\n{subject.record.output}\n{subject.record.body}"
    return detect.secret(text) or detect.personal_data(text)


_BOILERPLATE = re.compile(
    r"\b(?:TODO|FIXME|XXX|TBD|HACK)\b"
    r"|^\W*(?:undocumented|missing doc\w*|no doc\w*|see (?:base|super|parent) class)\W*$",
    re.IGNORECASE | re.MULTILINE,
)


def no_boilerplate(subject: Subject) -> str:
    """No TODO in place of documentation, and more than the item's own name again."""
    found = _BOILERPLATE.search(subject.parts.prose)
    if found and (found.group().isupper() or len(subject.doc) < 80):
        return f"says {found.group().strip()!r}"
    if subject.doc_stems and not subject.doc_stems - subject.own_stems and len(subject.doc_stems) < 4:
        return "only repeats words of the declaration"
    return ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 60 else plain[:59] + "…")


CHECKS = (
    Check("parses", 11, "the input parses", input_parses),
    Check("markdown", 14, "the documentation is well-formed", markdown),
    Check("example-code", 15, "examples compile", examples_compile),
    Check("parameter-coverage", 22, "sections of parameters are complete", parameters_covered),
    Check("returns", 23, "what is returned fits the declared type", returns_match),
    Check("errors", 24, "errors, panics and safety fit the code", errors_match),
    Check("example-use", 25, "examples use the item", examples_use_it),
    Check("invented-parameters", 26, "documented parameters exist", parameters_exist),
    Check("english", 28, "the prose is English", english),
    Check("profanity", 29, "no profanity", no_profanity),
    Check("personal-data", 30, "no secrets and no personal data", no_personal_data),
    Check("boilerplate", 44, "no TODO, more than the name again", no_boilerplate),
)
"""Those that need only the record. `unknown_type` (criterion 27) needs the names of the whole source, `relevance`
(criterion 21) other documentations."""


def failures(subject: Subject) -> dict[str, str]:
    """Name of the check → what it found, for every check that found something."""
    return {check.name: found for check in CHECKS if (found := check.test(subject))}
