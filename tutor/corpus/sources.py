"""Bringing sources in: directories, archives, git, installed distributions, Debian's crates. Nothing of them is run."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

from tutor import paths
from tutor.corpus import archives, licences
from tutor.corpus.trees import SourceTree
from tutor.errors import TutorError, UsageError
from tutor.files import sha256, whole_directory

DEBIAN_REGISTRY = Path("/usr/share/cargo/registry")

COURSE_REPOSITORIES = tuple(
    f"git+https://github.com/{name}"
    for name in (
        "clap-rs/clap",
        "BurntSushi/ripgrep",
        "sharkdp/fd",
        "sharkdp/bat",
        "eza-community/eza",
        "starship/starship",
        "bootandy/dust",
        "XAMPPRocky/tokei",
        "dalance/procs",
        "casey/just",
    )
)
"""The course's ten Rust command-line tools; they need a network."""


def store() -> Path:
    """Clones and unpacked archives."""
    return paths.cache_dir() / "corpus" / "sources"


def expand(locators: list[str]) -> list[str]:
    """`registry:DIR` becomes one locator for each crate in it; the others stay.

    Raises:
        UsageError: no such registry.
    """
    found: list[str] = []
    for locator in locators:
        kind, _, rest = locator.partition(":")
        if kind != "registry":
            found.append(locator)
            continue
        directory = Path(rest) if rest else DEBIAN_REGISTRY
        if not directory.is_dir():
            raise UsageError(
                f"There is no directory {directory}.", "On Debian, apt install some librust-…-dev packages."
            )
        found += [str(path) for path in sorted(directory.iterdir()) if (path / "Cargo.toml").is_file()]
    return found


def open_source(locator: str, *, network: bool = False) -> SourceTree:
    """The tree that `locator` names, fetched or unpacked where needed.

    Args:
        locator: `dist:NAME[==VERSION]`, `debian:CRATE[-VERSION]`, `sample:NAME`, `git+URL[@COMMIT]`, a `.bundle`
            [@COMMIT], a `.crate` or `.tar.gz` file, or a directory.
        network: whether a git URL that is not in the store may be fetched from another machine.

    Raises:
        UsageError: there is no such source.
        TutorError: it could not be fetched or read.
    """
    kind, _, rest = locator.partition(":")
    if kind == "dist":
        return _distribution(rest)
    if kind == "debian":
        return _debian(rest)
    if kind == "sample":
        return _directory(paths.assets_dir() / "corpus" / rest, locator)
    if locator.startswith("git+") or re.search(r"\.bundle(@\w+)?$", locator):
        return _git(locator, network)
    path = Path(locator).expanduser()
    if path.is_dir():
        return _directory(path.absolute(), str(path.absolute()))
    if path.is_file():
        return _archive(path.absolute())
    raise UsageError(
        f"There is no source {locator}.",
        "Name a directory, a .crate, .tar.gz or .bundle file, dist:NAME, debian:CRATE, registry:DIR or git+URL@COMMIT.",
    )


def _directory(path: Path, locator: str) -> SourceTree:
    if not path.is_dir():
        raise UsageError(f"There is no directory {path}.", "Name one that exists.")
    name, version = licences.manifest_version(path)
    crate = (path / "Cargo.toml").is_file()
    return SourceTree(
        name=f"{'crates' if crate else 'local'}/{name or path.name}",
        locator=locator,
        root=path,
        kind="directory",
        version=version,
        commit="",
        licence=licences.of_tree(path),
        changed=_newest(path),
    )


def _newest(root: Path) -> int:
    """When the newest source file was written: what a directory without history can say about its age."""
    times = [path.lstat().st_mtime for pattern in ("*.rs", "*.py", "*.toml") for path in root.rglob(pattern)]
    return int(max(times, default=0))


def _debian(name: str) -> SourceTree:
    exact = re.compile(rf"{re.escape(name)}(-\d.*)?")
    found = sorted(path for path in DEBIAN_REGISTRY.glob(f"{name}*") if exact.fullmatch(path.name))
    if not found:
        raise UsageError(
            f"There is no crate {name} in {DEBIAN_REGISTRY}.", f"apt install librust-{name.replace('_', '-')}-dev"
        )
    return _directory(found[-1], f"debian:{found[-1].name}")


def _distribution(name: str) -> SourceTree:
    name, _, wanted = name.partition("==")
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise UsageError(f"The distribution {name} is not installed here.", f"pip install {name}") from None
    if wanted and wanted != distribution.version:
        raise TutorError(f"{name} {distribution.version} is installed, not {wanted}.", f"pip install {name}=={wanted}")
    root = Path(str(distribution.locate_file("")))
    listed = [Path(str(file)) for file in distribution.files or [] if ".." not in file.parts]
    own = [path for path in listed if path.suffix == ".py"]
    if not own:
        raise TutorError(f"The distribution {name} does not list its files.", "An editable one is read as a directory.")
    licence_files = [root / path for path in listed if licences.FILES.fullmatch(path.name)]
    changed = max((int((root / path).stat().st_mtime) for path in own if (root / path).is_file()), default=0)
    return SourceTree(
        name=f"pypi/{_normal(distribution.name)}",
        locator=f"dist:{_normal(distribution.name)}=={distribution.version}",
        root=root,
        kind="distribution",
        version=distribution.version,
        commit="",
        licence=_distribution_licence(distribution)
        or licences.of_files([path for path in licence_files if path.is_file()]),
        changed=changed,
        files=tuple(sorted(path.as_posix() for path in own)),
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution_licence(distribution: importlib.metadata.Distribution) -> str:
    metadata = distribution.metadata
    said = [metadata[name] for name in ("License-Expression", "License") if name in metadata]
    said += [text.rpartition("::")[2] for text in metadata.get_all("Classifier", []) if "License ::" in text]
    return next((found for text in said if text and (found := licences.expression(text))), "")


def _archive(path: Path) -> SourceTree:
    digest = sha256(path)
    into = store() / f"{path.name}-{digest[:16]}"
    if not into.is_dir():
        with whole_directory(into) as partial:
            archives.unpack_tar(path, partial)
    tops = sorted(into.iterdir())
    root = tops[0] if len(tops) == 1 and tops[0].is_dir() else into
    tree = _directory(root, str(path))
    kind = "crate" if path.suffix == ".crate" else "archive"
    return SourceTree(**{**tree.__dict__, "kind": kind})


def _git(locator: str, network: bool) -> SourceTree:
    url, _, commit = locator.removeprefix("git+").rpartition("@")
    # The @ of git@host belongs to the address.
    if not url or not re.fullmatch(r"[0-9a-fA-F]{7,40}|[\w./-]+", commit) or "/" in commit or ":" in commit:
        url, commit = locator.removeprefix("git+"), ""
    remote = bool(re.match(r"(https?|ssh|git)://|[^/]+@[^/]+:", url))
    if not remote:
        url = str(Path(url.removeprefix("file://")).expanduser().absolute())
    bare = store() / "git" / re.sub(r"[^\w.-]+", "_", url).strip("_")
    if not bare.is_dir():
        if remote and not network:
            raise TutorError(f"{url} has not been cloned yet.", "Fetch it: tutor corpus clone " + locator)
        if not remote and not Path(url).exists():
            raise UsageError(f"There is no repository {url}.", "Name a git repository, a bundle or a URL.")
        with whole_directory(bare) as partial:
            archives.clone(url, partial)
    full = archives.git(
        f"--git-dir={bare}", "rev-parse", "--verify", "--end-of-options", f"{commit or 'HEAD'}^{{commit}}"
    )
    work = store() / "checkouts" / f"{bare.name}-{full}"
    if not work.is_dir():
        with whole_directory(work) as partial:
            archives.check_out(bare, full, partial)
    date = int(archives.git(f"--git-dir={bare}", "show", "--no-patch", "--format=%ct", full))
    named = re.search(r"([^/:]+)/([^/]+?)(\.git|\.bundle)?/?$", url)
    plain = Path(url).name.removesuffix(".bundle").removesuffix(".git")
    return SourceTree(
        name=f"{named.group(1)}/{named.group(2)}" if named and remote else f"local/{plain}",
        locator=f"git+{url}@{full}",
        root=work,
        kind="git",
        version="",
        commit=full,
        licence=licences.of_tree(work),
        changed=date,
    )


def git_directory(tree: SourceTree) -> Path:
    """The bare clone behind a tree of kind git."""
    url = tree.locator.removeprefix("git+").rpartition("@")[0]
    return store() / "git" / re.sub(r"[^\w.-]+", "_", url).strip("_")
