"""Importing a tier when it is first wanted: `tutor import NAME` in a process of its own, its progress line by line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator

from tutor.childprocess import quiet_environment
from tutor.engine.store import list_models
from tutor.engine.tiers import TIERS
from tutor.errors import TutorError
from tutor.text import clean_text


async def import_if_missing(model: str) -> AsyncGenerator[str, None]:
    """Put the tier `model` into the store unless it is there, or is no tier; yields what to tell the learner meanwhile.

    Closing the generator ends the process; nothing half-written stays.

    Raises:
        TutorError: the import failed; the sentence is the import's own.
    """
    if model not in TIERS or model in [stored.name for stored in list_models()]:
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tutor", "import", model),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=quiet_environment(),
        start_new_session=True,
    )
    said = ""
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            said = clean_text(line.decode(errors="replace")).strip() or said
            yield f"Once only, the model is put into the store. {said}"
        if await process.wait() != 0:
            raise TutorError(said.removeprefix("tutor: "), f"Try it outside: tutor import {model}")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
