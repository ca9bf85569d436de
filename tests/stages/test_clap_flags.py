"""Options that Rust sources declare with clap become the records of the CLI-help labs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.clihelp import dataset as cli_dataset
from tutor.clihelp.answers import read
from tutor.clihelp.dataset import CORPUS, location
from tutor.clihelp.help import Option
from tutor.clihelp.splits import SPLITS, leaks
from tutor.corpus import build, config
from tutor.corpus.extract_clap import flags
from tutor.errors import TutorError, UsageError
from tutor.runs.config import load_lab, resolve
from tutor.stages.clap_flags import ensure, option

FIELDS = """
    /// Read the rules from this file
    #[arg(short = 'r', long, value_name = "FILE", default_value = "rules.txt")]
    rules: PathBuf,
    /// Say more
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Keep blank lines
    #[arg(long = "keep-blank")]
    blank: bool,
    /// How it is sorted
    #[arg(long, value_enum, default_value_t = Order::Name)]
    sort_by: Order,
    /// A file to read
    input: PathBuf,
"""


def declared(fields: str) -> list[Option | None]:
    return [option(flag) for flag in flags(f"#[derive(Parser)]\npub struct Cli {{{fields}}}".encode())]


def test_attributes_say_what_clap_would_print() -> None:
    rules, verbose, blank, order, positional = declared(FIELDS)
    assert rules is not None and verbose is not None and blank is not None and order is not None
    assert (rules.flags, rules.placeholder, rules.default) == (("-r", "--rules"), "<FILE>", "rules.txt")
    assert rules.excerpt == "-r, --rules <FILE>\n        Read the rules from this file [default: rules.txt]"
    assert (verbose.flags, verbose.placeholder) == (("-v", "--verbose"), "")
    assert (blank.flags, blank.placeholder) == (("--keep-blank",), "")
    assert (order.flags, order.placeholder, order.default) == (("--sort-by",), "<SORT_BY>", "name")
    assert positional is None


def _crate(root: Path, name: str, words: list[str]) -> str:
    (root / name / "src").mkdir(parents=True)
    (root / name / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "1.0.0"\nlicense = "MIT"\n')
    fields = "".join(
        f"    /// Leave the {word} of every page as it was found\n    #[arg(long)]\n    {word}: bool,\n"
        for word in words
    )
    doc = "/// Where each part of a page is looked up before it is printed, and what is left of it."
    (root / name / "src" / "main.rs").write_text(
        f"{doc}\n#[derive(Parser)]\npub struct Cli {{\n{fields}}}\n\n{doc}\npub fn page_{name}(parts: &str) {{}}\n"
    )
    return str(root / name)


def _corpus(tmp_path: Path, crates: list[str]) -> str:
    chosen = config.overridden(config.load(), "balance.enabled", False)
    chosen = config.overridden(chosen, "screens.off", ["relevance"])
    build.build(crates, chosen, tmp_path / "corpus", processes=1, use_cache=False)
    return f"{CORPUS}{tmp_path / 'corpus'}"


@pytest.mark.usefixtures("home")
def test_a_corpus_of_two_tools_is_a_dataset_of_the_labs(tmp_path: Path) -> None:
    one = _crate(
        tmp_path, "alpha", ["title", "margin", "footer", "colour", "border", "header", "spacing", "indent", "number"]
    )
    other = _crate(tmp_path, "beta", ["weight", "shadow", "corner", "gutter"])
    name = _corpus(tmp_path, [one, other])
    options = resolve(load_lab("lab-cli-help-data"), {"smoke": True})
    folder = ensure(name, options)
    records = {split: cli_dataset.load_split(name, split) for split in SPLITS}
    assert all(records.values())
    assert {record.tool for record in records["heldout_out"]}.isdisjoint(record.tool for record in records["train"])
    assert leaks(records)[0] == 0
    for record in records["train"]:
        answer = read(record.completion)
        assert answer is not None and answer.title == f"{record.tool} {record.option}"
    made = (folder / "train.records.jsonl").stat().st_mtime_ns
    assert ensure(name, options) == folder == location(name)
    assert (folder / "train.records.jsonl").stat().st_mtime_ns == made


@pytest.mark.usefixtures("home")
def test_too_few_options_are_said(tmp_path: Path) -> None:
    name = _corpus(tmp_path, [_crate(tmp_path, "alpha", ["title", "margin"])])
    with pytest.raises(TutorError, match="declare 2 options"):
        ensure(name, resolve(load_lab("lab-cli-help-data"), {"smoke": True}))
    with pytest.raises(UsageError, match="There is no corpus"):
        location(f"{CORPUS}{tmp_path}")
