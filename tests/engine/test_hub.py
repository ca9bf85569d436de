"""Downloads, against a small server that speaks the Hub's protocol."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tutor import paths

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(ThreadingHTTPServer):
    """Serves the files of `root` as the repository `org/tiny`; can break off after so many bytes of the weights."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.extra: list[str] = []
        self.hidden: set[str] = set()
        self.break_after: int | None = None
        self.damage = False
        self.asked: list[tuple[str, str | None]] = []

    def info(self) -> dict[str, Any]:
        siblings: list[dict[str, Any]] = [{"rfilename": name, "size": 10} for name in self.extra]
        for path in sorted(self.root.iterdir()):
            if path.name in self.hidden:
                continue
            data = path.read_bytes()
            entry: dict[str, Any] = {"rfilename": path.name, "size": len(data), "blobId": "0"}
            if path.suffix == ".safetensors":
                digest = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 100}
            siblings.append(entry)
        return {"id": "org/tiny", "sha": COMMIT, "siblings": siblings, "cardData": {"license": "mit"}, "tags": []}


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/org/tiny"):
            if path.endswith("/revision/gone"):
                self._error(404, "RevisionNotFound")
            else:
                self._send(json.dumps(self.server.info()).encode())
        elif path.startswith(f"/org/tiny/resolve/{COMMIT}/"):
            self._file(path.rpartition("/")[2])
        elif path.startswith("/api/models/org/gated"):
            self._error(403, "GatedRepo")
        elif path.startswith("/api/models/org/ill"):
            self._error(500, "")
        else:
            self._error(401, "RepoNotFound")

    def _file(self, name: str) -> None:
        self.server.asked.append((name, self.headers.get("Range")))
        data = (self.server.root / name).read_bytes()
        if self.server.damage and name.endswith(".safetensors"):
            data = data[:-1] + bytes([data[-1] ^ 1])
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        stop = self.server.break_after
        if stop is not None and name.endswith(".safetensors"):
            self.wfile.write(data[start:stop])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """The test's output stays clean."""


@pytest.fixture
def hub(zeros: Path) -> Iterator[FakeHub]:
    server = FakeHub(zeros)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def tutor_import(hub: FakeHub, source: str) -> subprocess.CompletedProcess[str]:
    """`tutor import` in a process of its own, because the Hub's client reads its address when it is imported."""
    address = f"http://127.0.0.1:{hub.server_address[1]}"
    environment = os.environ | {"HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    code = "import sys; from tutor.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, "import", source, "--json"], env=environment, capture_output=True, text=True
    )


def test_downloads_only_the_model_and_pins_the_commit(hub: FakeHub, zeros: Path) -> None:
    hub.extra = ["README.md", "pytorch_model.bin", "original/consolidated.00.pth", "model.onnx", "modeling_x.py"]
    done = tutor_import(hub, "hf://org/tiny@main")
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert manifest["revision"] == COMMIT
    assert manifest["license"] == "mit"
    assert manifest["name"] == "tiny" or manifest["name"] == "local-tiny"
    assert set(manifest["files"]) == {path.name for path in zeros.iterdir()}
    assert [path.name for path in paths.models_dir().iterdir()] == [manifest["name"]]


def test_goes_on_in_the_middle_of_a_file(hub: FakeHub) -> None:
    hub.break_after = 12_000_000
    broken = tutor_import(hub, "hf://org/tiny")
    assert broken.returncode == 3
    assert "type the same command again to go on" in broken.stderr
    assert "Traceback" not in broken.stderr
    assert not list(paths.models_dir().glob("[!.]*"))
    hub.break_after = None
    hub.asked.clear()
    done = tutor_import(hub, "hf://org/tiny")
    assert done.returncode == 0, done.stderr
    # The client hands its bytes on in pieces of 10 MiB.
    assert hub.asked[0] == ("model.safetensors", f"bytes={10 << 20}-")
    assert not list(paths.models_dir().glob(".*"))


def test_a_file_that_arrives_damaged_is_not_kept(hub: FakeHub) -> None:
    hub.damage = True
    done = tutor_import(hub, "hf://org/tiny")
    assert done.returncode == 3
    assert "model.safetensors of org/tiny arrived damaged" in done.stderr
    assert not list(paths.models_dir().rglob("model.safetensors*"))


def test_a_repository_with_pickle_only_is_refused_before_it_is_downloaded(hub: FakeHub) -> None:
    hub.hidden, hub.extra = {"model.safetensors"}, ["pytorch_model.bin"]
    done = tutor_import(hub, "hf://org/tiny")
    assert done.returncode == 3
    assert "only as pickle files" in done.stderr
    assert hub.asked == []


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("hf://org/nothing", "There is no model 'org/nothing' on the Hugging Face Hub"),
        ("hf://org/tiny@gone", "has no revision 'gone'"),
        ("hf://org/gated", "asks for its terms to be accepted"),
        ("hf://org/ill", "answered 500"),
    ],
)
def test_refusals_of_the_hub_are_sentences(hub: FakeHub, source: str, sentence: str) -> None:
    done = tutor_import(hub, source)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(paths.models_dir().iterdir()) == []


def test_no_network_is_a_sentence(hub: FakeHub) -> None:
    hub.server_close()
    done = tutor_import(hub, "hf://org/tiny")
    assert done.returncode == 3
    assert "cannot be reached" in done.stderr
    assert "tutor import nano" in done.stderr
