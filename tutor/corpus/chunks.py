"""The unit of extraction: a few files, worked on together, whose result is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from tutor import paths
from tutor.corpus import candidates, licences, tokens
from tutor.corpus.candidates import FileResult, Origin
from tutor.corpus.schema import EXTRACTOR_VERSION
from tutor.corpus.syntax import LANGUAGES


@dataclass(frozen=True)
class Chunk:
    """Files that are worked on together."""

    root: str
    origin: Origin
    files: tuple[tuple[str, str], ...]
    """(path, SHA-256)."""
    tokenizer: str

    @property
    def key(self) -> str:
        """Names everything that decides its result."""
        facts = [EXTRACTOR_VERSION, code_sha256(), self.origin.name, self.origin.commit, self.origin.licence]
        facts += [tokens.identity(Path(self.tokenizer)), *(part for file in self.files for part in file)]
        return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def code_sha256() -> str:
    """Of the corpus tool's own code: an extraction by other code is another extraction."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cached_chunks() -> Path:
    """One file per finished chunk of files: what a killed run goes on from."""
    return paths.cache_dir() / "corpus" / "extractions"


def place(chunk: Chunk) -> Path:
    """Where its result is kept."""
    return cached_chunks() / f"{chunk.key}.json"


def cached(chunk: Chunk) -> str | None:
    """Its result, where it was done before."""
    kept = place(chunk)
    return kept.read_text(encoding="utf-8") if kept.is_file() else None


def work(chunk: Chunk) -> str:
    """Extract one chunk of files, in a worker process; returns JSON."""
    count = tokens.counter(Path(chunk.tokenizer))
    results = [_work_file(Path(chunk.root), path, digest, chunk.origin, count) for path, digest in chunk.files]
    return json.dumps([candidates.to_json(result) for result in results], ensure_ascii=True)


def _work_file(root: Path, path: str, digest: str, origin: Origin, count: tokens.Count) -> FileResult:
    nothing = FileResult(path, [], 0, 0, 0, [], set())
    try:
        source = (root / path).read_bytes()
    except OSError as error:
        nothing.error = f"went away while the source was read: {error.strerror}"
        return nothing
    nothing.error = _unreadable(source, digest)
    if nothing.error:
        return nothing
    language = LANGUAGES[PurePosixPath(path).suffix]
    own = licences.of_header(source)
    try:
        found = candidates.items_of(language, source, path)
        return candidates.from_items(found, path, Origin(origin.name, origin.commit, own or origin.licence), count)
    except RecursionError:
        nothing.error = "is nested too deeply"
        return nothing


def _unreadable(source: bytes, digest: str) -> str:
    if hashlib.sha256(source).hexdigest() != digest:
        return "changed while the source was read"
    if b"\0" in source:
        return "holds NUL bytes"
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8: byte {error.start:,}"
    return ""
