"""The tools whose help is collected: an allow-list. Nothing that is not listed here is ever executed."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

_GNU = "GPL-3.0-or-later"


@dataclass(frozen=True)
class Tool:
    """How to ask one tool for its help."""

    name: str
    licence: str
    """SPDX expression of the tool, which is what its help text is under."""
    kind: str = "other"
    """`rust` or `other`."""
    depth: int = 0
    """How many levels of the sub-commands that its help lists are asked too."""
    extra: tuple[str, ...] = ()
    """Sub-commands asked although the help does not list them; words separated by spaces."""
    flag: str = "--help"
    """What asks a sub-command for its help."""
    version: tuple[str, ...] = ("--version",)
    cuts_descriptions: bool = False
    """Whether it prints only the first line of each description; one is whole where it ends with a full stop."""


def _rust(name: str, licence: str, depth: int = 0, extra: tuple[str, ...] = ()) -> Tool:
    return Tool(name, licence, "rust", depth, extra)


_PYTHON_MODULES = (
    "venv",
    "json.tool",
    "zipfile",
    "tarfile",
    "http.server",
    "compileall",
    "calendar",
    "ast",
    "unittest",
)

ALLOWED: tuple[Tool, ...] = (
    _rust("cargo", "MIT OR Apache-2.0", 1, ("clippy", "fmt", "tree", "fix", "metadata", "package", "fetch", "install")),
    _rust("rustc", "MIT OR Apache-2.0"),
    _rust("rustup", "MIT OR Apache-2.0", 2),
    _rust("rustfmt", "MIT OR Apache-2.0"),
    _rust("rustdoc", "MIT OR Apache-2.0"),
    _rust("ruff", "MIT", 1),
    _rust("uv", "MIT OR Apache-2.0", 2),
    _rust("rg", "MIT OR Unlicense"),
    _rust("fd", "MIT OR Apache-2.0"),
    _rust("fdfind", "MIT OR Apache-2.0"),
    _rust("bat", "MIT OR Apache-2.0"),
    _rust("batcat", "MIT OR Apache-2.0"),
    _rust("eza", "EUPL-1.2"),
    _rust("hyperfine", "MIT OR Apache-2.0"),
    _rust("tokei", "MIT OR Apache-2.0"),
    _rust("delta", "MIT"),
    _rust("just", "CC0-1.0"),
    _rust("zoxide", "MIT", 1),
    _rust("starship", "ISC", 1),
    _rust("dust", "Apache-2.0"),
    _rust("procs", "MIT"),
    _rust("sd", "MIT"),
    _rust("wasm-pack", "MIT OR Apache-2.0", 1),
    _rust("mdbook", "MPL-2.0", 1),
    # `git COMMAND --help` opens a manual page; `-h` prints the options.
    Tool("git", "GPL-2.0-only", depth=1, flag="-h"),
    Tool("python3", "PSF-2.0", extra=tuple(f"-m {module}" for module in _PYTHON_MODULES)),
    Tool("pip", "MIT", depth=1),
    Tool("npm", "Artistic-2.0", depth=1, cuts_descriptions=True),
    Tool("node", "MIT"),
    Tool("curl", "curl"),
    Tool("wget", _GNU),
    Tool("docker", "Apache-2.0", depth=1),
    Tool("kubectl", "Apache-2.0", depth=1, version=("version", "--client")),
    Tool("gh", "MIT", depth=2),
    Tool("jq", "MIT"),
    Tool("make", _GNU),
    Tool("tar", _GNU),
    Tool("gzip", _GNU),
    Tool("grep", _GNU),
    Tool("sed", _GNU),
    Tool("diff", _GNU),
    Tool("xargs", _GNU),
    *(
        Tool(name, _GNU)
        for name in ("ls", "cp", "mv", "rm", "ln", "mkdir", "cat", "head", "tail", "sort", "uniq", "wc")
    ),
    *(Tool(name, _GNU) for name in ("cut", "tr", "date", "du", "df", "stat", "touch", "split", "join", "tee", "seq")),
)
"""Rust tools first, for the course is about them; then what is commonly there."""

_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin")


def environment_bin() -> Path:
    """The directory of the running Python, where packages such as ruff and uv put their commands."""
    return Path(sys.executable).parent


def locate(tool: Tool) -> Path | None:
    """Where the tool is: beside the running Python, or on PATH; None where this machine does not have it."""
    found = shutil.which(tool.name, path=str(environment_bin())) or shutil.which(tool.name)
    return Path(found).absolute() if found else None


def search_path(executable: Path) -> str:
    """A minimal PATH for a tool: its own directory (npm looks for node there) and the system's."""
    return ":".join(dict.fromkeys([str(executable.parent), *_SYSTEM_PATH]))


def choose(names: list[str]) -> list[Tool]:
    """The allowed tools called `names`, or all where there are none, in the order of `ALLOWED`."""
    return [tool for tool in ALLOWED if not names or tool.name in names]
