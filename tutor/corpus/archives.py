"""Unpacking archives and git repositories that nobody vouches for."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path, PurePosixPath

from tutor.corpus.syntax import LANGUAGES
from tutor.errors import TutorError

MAX_BYTES = 2 << 30
MAX_FILES = 200_000
GIT_TIMEOUT_S = 900.0

_WANTED_NAMES = ("Cargo.toml", "pyproject.toml")


def unpack_tar(archive: Path, into: Path) -> Path:
    """Unpack the source and licence files of a `.crate` or `.tar.gz`; returns its top directory.

    Links and devices are left out, and nothing can be written outside `into`.

    Raises:
        TutorError: no such archive, one that is broken, or one that unpacks to more than 2 GiB.
    """
    size = count = 0
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in tar:
                if not member.isfile() or not _wanted(member.name):
                    continue
                size, count = size + member.size, count + 1
                if size > MAX_BYTES or count > MAX_FILES:
                    raise TutorError(
                        f"{archive.name} unpacks to more than 2 GiB.", "Unpack it by hand if you trust it."
                    )
                tar.extract(member, into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TutorError(f"{archive} cannot be unpacked: {error}.", "Fetch it again.") from error
    tops = sorted(into.iterdir())
    return tops[0] if len(tops) == 1 and tops[0].is_dir() else into


def _wanted(name: str) -> bool:
    from tutor.corpus.licences import FILES

    place = PurePosixPath(name)
    return place.suffix in LANGUAGES or place.name in _WANTED_NAMES or bool(FILES.fullmatch(place.name))


def git(*arguments: str, at: Path | None = None) -> str:
    """Run git so that nothing of the repository, the user or the system can make it run anything else.

    Raises:
        TutorError: git is missing, failed or took too long.
    """
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.symlinks=false"]
    command += ["-c", "protocol.ext.allow=never", "-c", "core.autocrlf=false", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    environment |= {"GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(
            command,
            cwd=at,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise TutorError("git is not installed.", "Install git, or name a directory instead.") from None
    except subprocess.TimeoutExpired:
        raise TutorError(f"git {arguments[0]} took more than {GIT_TIMEOUT_S:.0f} s.", "Try again later.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise TutorError(
            f"git {arguments[0]} failed: {said[-1] if said else done.returncode}.", "Is the address right?"
        )
    return done.stdout.decode("utf-8", "replace").strip()


def clone(url: str, into: Path) -> None:
    """A bare clone with all commits, so that any pinned one can be checked out."""
    git("clone", "--quiet", "--bare", "--no-hardlinks", "--template=", "--", url, str(into))
    # Attributes of the repository could change bytes on checkout; these come before them.
    (into / "info").mkdir(exist_ok=True)
    (into / "info" / "attributes").write_text("* -text -filter -ident -eol -working-tree-encoding\n")


def check_out(bare: Path, commit: str, into: Path) -> None:
    """Write the files of `commit` to the empty directory `into`; symbolic links become small files."""
    git(
        "-c",
        "core.bare=false",
        f"--git-dir={bare}",
        f"--work-tree={into}",
        "checkout",
        "--quiet",
        "-f",
        commit,
        "--",
        ".",
    )
