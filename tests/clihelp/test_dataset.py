"""The dataset on disk, made from tools that every machine with this program has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tutor.clihelp.dataset import DataConfig, build, ensure, load_split, location
from tutor.clihelp.splits import SPLITS
from tutor.clihelp.stats import PROVENANCE
from tutor.errors import TutorError, UsageError

CONFIG = DataConfig(
    dataset="frogs",
    tools=["ruff", "uv", "python3", "pip"],
    variant="mixed",
    excerpt_share=0.75,
    train=30,
    heldout=6,
    max_commands=3,
    seed=1,
)


def quiet(_done: int, _total: int, _tool: str) -> None:
    """Progress that nobody watches."""


def go_on() -> None:
    """Nobody asks to stop."""


def test_what_is_written_is_what_is_read() -> None:
    from datasets import Dataset

    done: list[tuple[int, int, str]] = []
    stats = build(CONFIG, lambda *step: done.append(step), go_on)
    assert [step[:2] for step in done] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert stats.provenance == 1
    assert (stats.exact_across, stats.near_across) == (0, 0)
    folder = location("frogs")
    assert json.loads((folder / "stats.json").read_text())["sizes"] == stats.sizes
    assert "| train | 30 |" in (folder / "stats.md").read_text()
    for split in SPLITS:
        records = load_split("frogs", split)
        assert len(records) == stats.sizes[split] > 0
        assert all(getattr(record, field) for record in records for field in PROVENANCE)
        chats = [json.loads(line) for line in (folder / f"{split}.chat.jsonl").read_text().splitlines()]
        assert [chat["messages"][1]["content"] for chat in chats] == [record.completion for record in records]
        table = Dataset.from_parquet(str(folder / f"{split}.parquet"), cache_dir=str(folder / "cache"))
        assert table.to_list() == [record.to_dict() for record in records]


def test_made_once_and_the_same_each_time() -> None:
    folder = ensure(CONFIG, quiet, go_on)
    first = (folder / "train.chat.jsonl").read_text()

    def never(*_: object) -> None:
        raise AssertionError("made again")

    ensure(CONFIG, never, never)
    build(CONFIG, quiet, go_on)
    assert (folder / "train.chat.jsonl").read_text() == first


def test_a_stopped_build_leaves_what_was_there() -> None:
    build(CONFIG, quiet, go_on)
    before = sorted(path.name for path in location("frogs").iterdir())

    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        build(replace(CONFIG, train=5), quiet, stop)
    assert sorted(path.name for path in location("frogs").iterdir()) == before
    assert [path.name for path in location("frogs").parent.iterdir()] == ["frogs"]
    assert len(load_split("frogs", "train")) == 30


def test_no_tool_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.clihelp.tools.locate", lambda _tool: None)
    with pytest.raises(TutorError, match="None of the chosen tools"):
        build(CONFIG, quiet, go_on)
    assert not location("frogs").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tools": ["rm -rf"]}, "allow-list"),
        ({"variant": "wild"}, "variant"),
        ({"dataset": "../away"}, "dataset"),
        ({"dataset": ".hidden"}, "dataset"),
    ],
)
def test_options_that_make_no_sense(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        DataConfig.from_options(vars(CONFIG) | change)


@pytest.mark.parametrize("load", [lambda: load_split("frogs", "train"), lambda: load_split("frogs", "everything")])
def test_what_is_not_there(load: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        load()
