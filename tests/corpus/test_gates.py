"""Gates and checks: what each finds, what each lets through, and that none hides another."""

from __future__ import annotations

import pytest

from tutor.corpus import candidates, checks, config, detect, forms, gates, licences
from tutor.corpus.candidates import Candidate
from tutor.corpus.schema import Record, content_sha256, record_id

RUST = "pub fn parse(text: &str, strict: bool) -> Result<u8, Error>;"
PYTHON = "def parse(text: str, strict: bool = False) -> int: ..."


def make(code: str, doc: str, **values: object) -> Candidate:
    """A candidate with plausible other columns."""
    language = "rust" if "fn " in code or "struct " in code else "python"
    output = forms.written(language, doc)
    plain: dict[str, object] = {
        "id": record_id(language, code, output), "input": code, "output": output, "category": "function",
        "source_repo": "local/x", "source_commit": "0" * 40, "source_file": "x.rs", "source_line": 1,
        "tokens_input": 20, "tokens_output": 30, "quality_score": 0.0, "extraction_date": 0, "language": language,
        "symbol": "parse", "kind": "function", "license": "MIT", "content_sha256": content_sha256(code, output),
        "body": "", "extractor_version": "1", "gate_report": "", "cluster": "", "split": "",
    }  # fmt: skip
    return candidates.examine(Record(**{**plain, **values}))  # type: ignore[arg-type]


GOOD = "Reads a number out of `text`, and refuses what is not `strict` enough."


def test_a_good_record_passes_everything() -> None:
    found = make(RUST, GOOD)
    assert found.failures == {}
    assert gates.verdicts(found.measures, config.load().gates) == {}
    assert found.measures.score > 0.7


def test_all_seven_gates_are_asked_of_one_record() -> None:
    bad = make(RUST, "x(\x07 " + "y" * 120 + "\n```", tokens_input=1, tokens_output=600)
    assert list(gates.verdicts(bad.measures, config.overridden(config.load(), "gates.min_score", 0.9).gates)) == [
        "score", "line-length", "delimiters", "code-fences", "control-chars", "tokens", "io-ratio",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "prose", ["A (b) [c] {d}.", "Fine :) and ;-(", "a) one b) two", "In [0, 1).", "Use `(` or '['.", ""]
)
def test_brackets_that_are_none(prose: str) -> None:
    assert gates.delimiter_fault(prose) == ""


@pytest.mark.parametrize("prose", ["A (b.", "A b).", "A (b].", "{"])
def test_brackets_that_are_wrong(prose: str) -> None:
    assert gates.delimiter_fault(prose) != ""


@pytest.mark.parametrize(
    ("code", "doc", "name"),
    [
        (RUST + "\n( {", GOOD, "parses"),
        (RUST, GOOD + "\n\nIt uses `this.", "markdown"),
        (RUST, GOOD + "\n\n```\nlet x = = 1;\n```", "example-code"),
        (PYTHON, GOOD + "\n\n>>> parse(1, = 2)", "example-code"),
        (RUST, "Reads it.\n\n# Arguments\n\n* `nothing` - is read", "invented-parameters"),
        (PYTHON, "Reads it.\n\nArgs:\n    text: What to read.\n    strickt: Whether.", "invented-parameters"),
        (PYTHON, "Reads it.\n\n:param txt: What to read.", "invented-parameters"),
        (PYTHON, "Reads it.\n\nParameters\n----------\ntxt : str\n    What to read.", "invented-parameters"),
        ("def f(a, b, c): ...", "Does it.\n\nArgs:\n    a: One.", "parameter-coverage"),
        (PYTHON, "Reads it.\n\nReturns:\n    str: What was read.", "returns"),
        ("def f(a) -> None: ...", "Does it.\n\nReturns:\n    The value of it.", "returns"),
        ("pub fn f(a: u8) -> u8;", "Does it.\n\n# Errors\n\nFails when it is full.", "errors"),
        ("pub fn f(a: u8) -> u8;", "Does it.\n\n# Safety\n\nThe pointer must be valid.", "errors"),
        (PYTHON, "Reads it.\n\n>>> something_else(1)", "example-use"),
        (RUST, "Diese Funktion liest den Text und gibt die Zahl zurück, die darin steht.", "english"),
        (RUST, GOOD + " What a shitty text.", "profanity"),
        (RUST, GOOD + " Ask jo.doe@gmail.com.", "personal-data"),
        (RUST, "TODO: write this", "boilerplate"),
        (RUST, "Parse strict text.", "boilerplate"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(code: str, doc: str, name: str) -> None:
    assert name in make(code, doc).failures


@pytest.mark.parametrize(
    ("code", "doc"),
    [
        (RUST, "Reads it.\n\n# Arguments\n\n* `text` - what is read\n* `strict` - how\n\n# Errors\n\nWhen it fails."),
        (PYTHON, "Reads it.\n\nArgs:\n    text (str): What.\n    strict: How: as\n        ever.\n\nReturns:\n    It."),
        (PYTHON, "Reads it.\n\n:param text: What to read.\n:param strict: How.\n:returns: The number."),
        (PYTHON, "Reads it.\n\nParameters\n----------\ntext, strict\n    Both.\n\nRaises\n------\nValueError"),
        ("def f(a, **kwargs): ...", "Does it.\n\nArgs:\n    a: One.\n    other: Passed on."),
        (RUST, "Reads it.\n\n```\n# fn main() -> Result<(), Error> {\nlet n = parse(\"1\")?;\n# Ok(())\n# }\n```"),
        (RUST, "Reads it.\n\n```text\nany ( thing\n```"),
        (PYTHON, "Reads it.\n\n>>> parse(\n...     '1')\n1\n>>> await parse('2')"),
    ],
)  # fmt: skip
def test_checks_let_honest_documentation_through(code: str, doc: str) -> None:
    assert make(code, doc).failures == {}


def test_types_are_looked_up_in_the_source() -> None:
    mentions = make(RUST, GOOD + " See `QuuxHolder`, `PathBuf` and `Error`.").mentions
    assert mentions == ["QuuxHolder"]
    assert checks.unknown_type(mentions, {"QuuxHolder"}) == ""
    assert "QuuxHolder" in checks.unknown_type(mentions, set())


@pytest.mark.parametrize(
    ("doc", "category"),
    [
        ("Does it.", "function"),
        ("Uses `text`.", "argument"),
        ("Does it.\n\n```\nparse(1, 2);\n```", "example"),
        ("Does it.\n\n# Panics\n\nNever.\n\n```\nparse(1, 2);\n```", "error"),
        ("It takes a string, the longest.", "function"),
    ],
)
def test_categories_come_from_the_parts(doc: str, category: str) -> None:
    assert make(RUST, doc).record.category == category


@pytest.mark.parametrize("text", ["jo@example.com", "version 1.2.3.4", "127.0.0.1", "/home/user/x", "10 + 20", "git@"])
def test_harmless_look_alikes_are_no_personal_data(text: str) -> None:
    assert detect.personal_data(text) == "" and detect.secret(text) == ""


@pytest.mark.parametrize(
    ("spdx", "fine"),
    [
        ("MIT", True), ("MIT OR GPL-3.0-only", True), ("MIT AND GPL-3.0-only", False), ("", False),
        ("(MIT OR GPL-2.0-only) AND Apache-2.0", True), ("GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True), ("LicenseRef-copyleft", False),
    ],
)  # fmt: skip
def test_licences_are_read_as_expressions(spdx: str, fine: bool) -> None:
    assert licences.allowed(spdx, config.load().licences) is fine


def test_licences_are_told_from_files() -> None:
    assert licences.expression("MIT/Apache-2.0") == "MIT OR Apache-2.0"
    assert licences.of_header(b"// SPDX-License-Identifier: GPL-3.0-only\nfn f() {}") == "GPL-3.0-only"
    assert licences.of_header(b"# under the GNU General Public License\n") == "LicenseRef-copyleft"
    assert licences.of_text("Permission is hereby granted, free of charge, to any\nperson obtaining a copy") == "MIT"
