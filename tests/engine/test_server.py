"""What a server does with lines that no client of ours would send."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FAKE = [sys.executable, str(Path(__file__).with_name("fake_engine.py"))]


def converse(*lines: bytes, answers: int = 1) -> list[dict[str, Any]]:
    """Send raw lines, wait for so many answers, then close the pipe."""
    with subprocess.Popen(FAKE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"".join(lines))
        child.stdin.flush()
        replies = [json.loads(child.stdout.readline()) for _ in range(answers)]
        child.stdin.close()
        assert child.wait(timeout=5) == 0
    return replies


def test_garbage_is_skipped() -> None:
    request = b'{"id": 1, "method": "echo", "params": {"a": 1}}\n'
    assert converse(b"\xff\xfe garbage\n", b"[1, 2]\n", b"\n", request) == [{"id": 1, "done": {"a": 1}}]


def test_what_was_cancelled_before_its_turn_is_never_begun() -> None:
    first = b'{"id": 1, "method": "count", "params": {"n": 20, "pause": 0.01}}\n'
    waiting = b"".join(b'{"id": %d, "method": "die", "params": {}}\n{"cancel": %d}\n' % (n, n) for n in range(2, 9))
    last = b'{"id": 9, "method": "echo", "params": {"a": 1}}\n'
    replies = converse(b'{"cancel": 10}\n', first, waiting, last, answers=20 + 1 + 7 + 1)
    assert replies[20:] == [
        {"id": 1, "done": {"counted": 20}},
        *({"id": n, "done": {"cancelled": True}} for n in range(2, 9)),
        {"id": 9, "done": {"a": 1}},
    ]


def test_a_server_imports_nothing_heavy_before_it_is_asked() -> None:
    program = (
        "import sys, tutor.engine.server; print(sorted({'torch', 'transformers', 'llama_cpp'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"
