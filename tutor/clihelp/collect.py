"""Collects help texts: every tool and its sub-commands, several tools at once."""

from __future__ import annotations

import hashlib
import platform
import re
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tutor.clihelp import tools
from tutor.clihelp.help import Help
from tutor.clihelp.parse import parse
from tutor.clihelp.run_help import run
from tutor.clihelp.tools import Tool

WORKERS = 8
"""Tools asked at once: they mostly wait for the disk."""

_SUBCOMMAND = re.compile(r"[a-z][a-z0-9_-]*")
_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.+-]*")

Progress = Callable[[int, int, str], None]
"""Called with (tools done, tools in all, the tool's name)."""


@dataclass(frozen=True)
class Page:
    """The help text of one command, with where it came from."""

    tool: str
    kind: str
    licence: str
    cuts_descriptions: bool
    version: str
    command: str
    """As typed: `cargo build`."""
    summary: str
    """What the parent command's help says about it; '' for the tool itself."""
    text: str
    sha256: str
    """Of the text, in UTF-8."""
    help: Help
    collected_at: str
    platform: str


@dataclass(frozen=True)
class Skipped:
    """A tool that gave nothing, and why."""

    tool: str
    reason: str


def collect(
    chosen: list[Tool], max_commands: int, progress: Progress, check_stop: Callable[[], None]
) -> tuple[list[Page], list[Skipped]]:
    """Help of all `chosen` tools, in their order, whatever order they answer in.

    Args:
        max_commands: help texts per tool, its own included.
        check_stop: called between tools; whatever it raises ends the collection.
    """
    found: dict[str, list[Page] | Skipped] = {}
    stopping = Event()
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch, ThreadPoolExecutor(WORKERS) as pool:
        try:
            jobs = {pool.submit(_ask, tool, max_commands, Path(scratch), stopping): tool for tool in chosen}
            for done, job in enumerate(as_completed(jobs), 1):
                check_stop()
                found[jobs[job].name] = job.result()
                progress(done, len(jobs), jobs[job].name)
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)
    answers = [found[tool.name] for tool in chosen]
    pages = [page for answer in answers if isinstance(answer, list) for page in answer]
    return _distinct(pages), [answer for answer in answers if isinstance(answer, Skipped)]


def _ask(tool: Tool, max_commands: int, scratch: Path, stopping: Event) -> list[Page] | Skipped:
    """Help of one tool and its sub-commands, level by level."""
    executable = tools.locate(tool)
    if executable is None:
        return Skipped(tool.name, "not installed")
    version = _version(tool, executable, scratch)
    if not version:
        return Skipped(tool.name, "does not say its version")
    pages: list[Page] = []
    waiting: list[tuple[tuple[str, ...], str]] = [((), "")]
    waiting += [(tuple(words.split()), "") for words in tool.extra]
    while waiting and len(pages) < max_commands and not stopping.is_set():
        path, summary = waiting.pop(0)
        text = run(executable, [*path, tool.flag if path else "--help"], scratch)
        if not text.strip():
            continue
        page = _page(tool, version, path, summary, text)
        pages.append(page)
        if len(path) < tool.depth:
            asked = {page.command for page in pages} | {" ".join((tool.name, *words)) for words, _ in waiting}
            waiting += [
                ((*path, command.name), command.description)
                for command in page.help.commands
                if _SUBCOMMAND.fullmatch(command.name)
                and command.name != "help"
                and f"{page.command} {command.name}" not in asked
            ]
    return pages or Skipped(tool.name, "printed no help")


def _page(tool: Tool, version: str, path: tuple[str, ...], summary: str, text: str) -> Page:
    return Page(
        tool=tool.name,
        kind=tool.kind,
        licence=tool.licence,
        cuts_descriptions=tool.cuts_descriptions,
        version=version,
        command=" ".join((tool.name, *path)),
        summary=summary,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        help=parse(text),
        collected_at=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        platform=f"{platform.system()} {platform.machine()}",
    )


def _version(tool: Tool, executable: Path, scratch: Path) -> str:
    """The first thing in the tool's version text that looks like a version number."""
    found = _VERSION.search(run(executable, list(tool.version), scratch))
    return found.group() if found else ""


def _distinct(pages: list[Page]) -> list[Page]:
    """Without the second of two equal texts (a command under two names)."""
    return list({page.sha256: page for page in reversed(pages)}.values())[::-1]
