"""Collecting from real tools, and from scripts that stand in for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tutor.clihelp import tools
from tutor.clihelp.collect import Page, Skipped, collect
from tutor.clihelp.tools import ALLOWED, Tool


def quiet(_done: int, _total: int, _tool: str) -> None:
    """Progress that nobody watches."""


def go_on() -> None:
    """Nobody asks to stop."""


@pytest.fixture
def make_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tool]:
    """Makes a tool out of a shell script and puts it on PATH; it logs how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(name: str, body: str, **facts: object) -> Tool:
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/{name}.calls\n{body}\n')
        path.chmod(0o755)
        return Tool(name, "MIT", **facts)  # type: ignore[arg-type]

    return make


POND = """
case "$*" in
  --version) echo "pond 1.2.3 (abc)" ;;
  --help)
    printf 'Usage: pond CMD\\n\\nCommands:\\n  feed  Feed them\\n  count  Count them\\n'
    printf '  help  Help\\n  Bad.x  No\\n' ;;
  *) printf "Usage: pond $1\\n\\nOptions:\\n  -a  All\\n" ;;
esac
"""


def test_allow_list_is_sound() -> None:
    names = [tool.name for tool in ALLOWED]
    assert len(names) == len(set(names))
    assert all(tool.licence and tool.kind in ("rust", "other") for tool in ALLOWED)
    first_other = next(index for index, tool in enumerate(ALLOWED) if tool.kind == "other")
    assert all(tool.kind == "other" for tool in ALLOWED[first_other:]), "Rust tools come first"
    assert {tool.flag for tool in ALLOWED} == {"--help", "-h"}


def test_subcommands_are_asked_for_their_help_and_nothing_else(make_tool: Callable[..., Tool], tmp_path: Path) -> None:
    tool = make_tool("pond", POND, depth=1, extra=("-m hatch",))
    pages, skipped = collect([tool], 10, quiet, go_on)
    assert not skipped
    calls = (tmp_path / "pond.calls").read_text().splitlines()
    assert calls == ["--version", "--help", "-m hatch --help", "feed --help", "count --help"]
    assert [page.command for page in pages] == ["pond", "pond -m hatch", "pond feed", "pond count"]
    feed = pages[2]
    assert (feed.version, feed.summary, feed.licence) == ("1.2.3", "Feed them", "MIT")
    assert feed.sha256 == hashlib.sha256(feed.text.encode()).hexdigest()


def test_limit_of_texts_and_levels(make_tool: Callable[..., Tool]) -> None:
    assert len(collect([make_tool("pond", POND, depth=1)], 2, quiet, go_on)[0]) == 2
    assert len(collect([make_tool("pond", POND)], 10, quiet, go_on)[0]) == 1


def test_tools_that_give_nothing_are_named(make_tool: Callable[..., Tool]) -> None:
    mute = make_tool("mute", "[ $1 = --version ] && echo 'mute 1.0'")
    nameless = make_tool("nameless", "echo hello")
    _, skipped = collect([mute, nameless, Tool("no-such-tool", "MIT")], 5, quiet, go_on)
    assert skipped == [
        Skipped("mute", "printed no help"),
        Skipped("nameless", "does not say its version"),
        Skipped("no-such-tool", "not installed"),
    ]


def test_order_does_not_depend_on_who_answers_first(make_tool: Callable[..., Tool]) -> None:
    slow = make_tool("slow", "sleep 0.3; echo 'Usage: slow 1.0'")
    fast = make_tool("fast", "echo 'Usage: fast 1.0'")
    assert [page.tool for page in collect([slow, fast], 5, quiet, go_on)[0]] == ["slow", "fast"]


def test_equal_texts_are_kept_once(make_tool: Callable[..., Tool]) -> None:
    same = "echo 'Usage: same 1.0'"
    pages, _ = collect([make_tool("one", same), make_tool("two", same)], 5, quiet, go_on)
    assert [page.tool for page in pages] == ["one"]


def test_stopping_ends_the_collection(make_tool: Callable[..., Tool]) -> None:
    class Stop(Exception):
        pass

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        collect([make_tool("pond", POND, depth=1)], 5, quiet, stop)


def real(names: list[str]) -> list[Page]:
    return collect(tools.choose(names), 3, quiet, go_on)[0]


@pytest.mark.parametrize("name", ["ruff", "uv", "git", "pip", "python3", "ls"])
def test_real_tools_are_understood(name: str) -> None:
    if tools.locate(tools.choose([name])[0]) is None:
        pytest.skip(f"{name} is not installed")
    pages = real([name])
    assert pages
    assert all(page.help.is_complete for page in pages), [page.command for page in pages if not page.help.is_complete]
    assert all("\x1b" not in page.text and str(Path.home()) not in page.text for page in pages)
