"""Where everything lives: the user's data, and the content that ships with the program."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The user's data directory: `$TUTOR_HOME`, else the platform's own place for user data."""
    chosen = os.environ.get("TUTOR_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("tutor", appauthor=False))


def models_dir() -> Path:
    """The model store: one directory per imported model."""
    return home() / "models"


def runs_dir() -> Path:
    """One directory per lab run."""
    return home() / "runs"


def datasets_dir() -> Path:
    """Datasets that labs collected and other labs train on."""
    return home() / "datasets"


def cache_dir() -> Path:
    """Files that can be made again, such as GGUF conversions of store models."""
    return home() / "cache"


def exports_dir() -> Path:
    """Pictures and numbers that the learner wrote from a lesson."""
    return home() / "exports"


def logs_dir() -> Path:
    """Logs of the app and of its engine processes."""
    return home() / "logs"


def progress_db() -> Path:
    """The learner's progress (sqlite)."""
    return home() / "progress.db"


def _content(name: str) -> Path:
    """`name` beside the package in a checkout, inside the package when installed."""
    package = Path(__file__).parent
    installed = package / "_content" / name
    return installed if installed.is_dir() else package.parent / name


def lessons_dir() -> Path:
    """`course.toml` and a folder per lesson: `$TUTOR_LESSONS`, else those of the course."""
    own = os.environ.get("TUTOR_LESSONS")
    return Path(own).absolute() if own else _content("lessons")


def labs_dir() -> Path:
    """One recipe (`.py`) beside its options (`.toml`) per lab: `$TUTOR_LABS`, else those of the course."""
    own = os.environ.get("TUTOR_LABS")
    return Path(own).absolute() if own else _content("labs")


def assets_dir() -> Path:
    """Style sheets and small data files."""
    return _content("assets")
