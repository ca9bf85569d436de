"""Recipes are modules outside the package: `labs/NAME.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_recipe(path: Path) -> ModuleType:
    """The recipe at `path`: functions `plan(run)` and `run(run)`; if graded, those of `tutor.runs.grading` too."""
    spec = importlib.util.spec_from_file_location(f"labs.{path.stem}", path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
