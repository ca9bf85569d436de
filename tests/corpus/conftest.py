"""Fixtures of the corpus tests: one tokenizer and one small real corpus for all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tutor.corpus import build, config, dataset, review
from tutor.corpus.config import Config

SOURCES = ["sample:tally", "dist:packaging", "dist:platformdirs", "dist:psutil", "dist:markdown-it-py"]
"""Small, and always installed: the tutor depends on all of them."""


@pytest.fixture(scope="session")
def corpus_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache directory that all corpus tests share: the tokenizer in it takes a second to make."""
    return tmp_path_factory.mktemp("corpus-home") / "cache"


@pytest.fixture(autouse=True)
def shared_cache(home: Path, corpus_cache: Path) -> None:
    """Give the test's own home the shared cache."""
    corpus_cache.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(corpus_cache)


@pytest.fixture(scope="session")
def small_config() -> Config:
    """The default thresholds, for a corpus of about a hundred rows."""
    return config.overridden(config.load(), "balance.max_records", 110)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, corpus_cache: Path, small_config: Config) -> Path:
    """A small corpus of real sources, with a review of 30 rows."""
    path = tmp_path_factory.mktemp("corpus") / "built"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(corpus_cache.parent))
        build.build(SOURCES, small_config, path, processes=1)
    rows = review.sample(dataset.read(path).records, count=30, margin=0.1, seed=1)
    reviews = [
        review.Review(row.record.id, "ada", "reject" if row.spoilt else "approve", [], "", row.spoilt, 0)
        for row in rows
    ]
    review.add(path, reviews)
    return path


@pytest.fixture(scope="session")
def _tally(tmp_path_factory: pytest.TempPathFactory, corpus_cache: Path) -> Path:
    path = tmp_path_factory.mktemp("tally") / "tally-corpus"
    everything = config.overridden(config.load(), "balance.enabled", False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUTOR_HOME", str(corpus_cache.parent))
        build.build(["sample:tally"], config.overridden(everything, "gates.min_score", 0.72), path, processes=1)
    return path


@pytest.fixture
def tally(_tally: Path, tmp_path: Path) -> Path:
    """A corpus of our own crate alone, for pictures: no release of another package changes it."""
    copy = tmp_path / _tally.name
    shutil.copytree(_tally, copy)
    return copy


@pytest.fixture
def corpus(built: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus that the test may change."""
    copy = tmp_path / "corpus"
    shutil.copytree(built, copy)
    return copy
