"""The learner's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from tutor.errors import UsageError


def edit(file: Path) -> None:
    """Open `file` in `$VISUAL` or `$EDITOR`, and return when that ends.

    Raises:
        UsageError: neither is set, or it cannot be started.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise UsageError("There is no editor to open: neither VISUAL nor EDITOR is set.", f"Open {file} yourself.")
    try:
        subprocess.run([*shlex.split(editor), str(file)], check=False)
    except OSError as error:
        raise UsageError(
            f"The editor {editor!r} cannot be started: {error.strerror}.", f"Open {file} yourself."
        ) from error
