"""The verbs of `tutor corpus`: what they print, and the code they end with."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tutor.commands import corpus as command
from tutor.errors import UsageError


def run(*words: str) -> int:
    """Run one verb."""
    parser = argparse.ArgumentParser(prog="tutor")
    command.add(parser.add_subparsers())
    args = parser.parse_args(["corpus", *words])
    return int(args.run(args))


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Run one verb with `--json`; all of stdout must be one JSON value."""
    code = run(*words, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_the_names_of_the_verbs_import_nothing_heavy() -> None:
    code = (
        "import argparse, sys; from tutor.commands import corpus; "
        "corpus.add(argparse.ArgumentParser().add_subparsers()); "
        "print([m for m in ('tutor.corpus.schema', 'pyarrow', 'tree_sitter', 'torch', 'numpy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_looking_verbs_speak_json(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run_json(capsys, "stats", str(built))
    assert code == 0 and found["rows"] == sum(found["splits"].values())
    code, rows = run_json(capsys, "inspect", str(built), "--where", "category=error", "-n", "3")
    assert code == 0 and {row["category"] for row in rows} == {"error"}
    code, row = run_json(capsys, "inspect", str(built), rows[0]["id"])
    assert set(row["gates"].values()) == {""} and row["checks"] == {}
    assert sum(part["value"] * part["weight"] for part in row["score"]) == pytest.approx(row["quality_score"], abs=0.01)
    code, parts = run_json(capsys, "split", str(built), "--seed", "5")
    assert parts["grouped"]["shared_clusters"] == 0 < parts["random"]["shared_clusters"]
    assert run_json(capsys, "dedup", str(built)) == (0, [])


def test_samples_are_seeded(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draws = [run_json(capsys, "sample", str(built), "-c", "5", "--seed", seed)[1] for seed in ("1", "1", "2")]
    assert draws[0] == draws[1] != draws[2]


def test_extract_tells_the_funnel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, found = run_json(capsys, "extract", "sample:tally", "-o", str(tmp_path / "all.jsonl"))
    assert code == 0 and found["sources"][0]["tests"] == 1
    assert [stage["name"] for stage in found["stages"]] == [
        "documented", "gates", "checks", "licence", "duplicates", "near-duplicates", "balance",
    ]  # fmt: skip
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == found["stages"][0]["left"]


def test_validate_falsify_and_their_codes(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run_json(capsys, "validate", str(corpus))
    assert code == 0 and found["earned"] == found["possible"]
    assert run("falsify", str(corpus), "--only", "4", "--only", "19") == 0
    capsys.readouterr()
    from tutor.corpus import dataset, mutate

    mutate.MUTATIONS[4](corpus, dataset.read(corpus).records)
    code, found = run_json(capsys, "falsify", str(corpus), "--only", "4")
    assert code == 1 and found["criteria"][0]["evidence"][0]["what"] == "has no input"
    with pytest.raises(UsageError, match="no criterion 49"):
        run("falsify", str(corpus), "--only", "49")


def test_card_check_finds_a_lie(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("card", str(corpus), "--check") == 0
    card = corpus / "README.md"
    card.write_text(card.read_text(encoding="utf-8").replace("100.0%", "99.9%"), encoding="utf-8")
    assert run("card", str(corpus), "--check") == 1
    assert run("card", str(corpus)) == 0
    assert run("card", str(corpus), "--check") == 0
    assert run("falsify", str(corpus), "--only", "43") == 0


def test_debug_parse(tmp_path: Path, built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.rs").write_text("/// Doc.\nfn f() {}\nfn g( {}\n")
    code, found = run_json(capsys, "debug-parse", str(tmp_path / "a.rs"))
    assert code == 1 and found["items"][0]["symbol"] == "f" and found["faults"]
    assert run_json(capsys, "debug-parse", str(built)) == (0, [])


def test_review_export_and_publish(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run_json(capsys, "review", str(corpus), "--sample", "12")
    assert code == 0 and found["rows"] == 15
    code, said = run_json(capsys, "human-review", str(corpus))
    assert said["approved"] == said["judged"] == 30 and said["missed"] == 0
    code, found = run_json(capsys, "export", str(corpus), "-o", str(tmp_path / "flags"), "--task", "flag-help")
    assert sum(found["rows"].values()) == 12
    with pytest.raises(UsageError, match="--upload sends the corpus"):
        run("publish", str(corpus), "--repo-id", "a/b", "--upload")


def test_wrong_words_are_usage_errors(built: Path, tmp_path: Path) -> None:
    for words in (
        ("stats", str(tmp_path)),
        ("inspect", str(built), "nothing"),
        ("inspect", str(built), "--where", "colour=red"),
        ("inspect", str(built), "--grep", "("),
        ("build", "sample:tally", "-o", str(tmp_path / "x"), "--set", "gates.max_lines=3"),
        ("dedup", str(built), "--threshold", "2"),
        ("export", str(built), "-o", str(built)),
    ):
        with pytest.raises(UsageError):
            run(*words)
