"""Code that does what an exercise must not do: stopped or harmless, and told in a sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.course.exercise_toy import verdict_on, verdict_on_body

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")

REFUSED = [
    ("import socket; socket.socket()", "reached for the network"),
    ("import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')", "reached for the network"),
    ("import socket; socket.getaddrinfo('example.org', 80)", "reached for the network"),
    ("import subprocess; subprocess.run(['true'])", "start another process"),
    ("import os; os.system('true')", "start another process"),
    ("import os; os.execv('/bin/true', ['true'])", "start another process"),
    ("import os\nwhile True: os.fork()", "start another process"),
    ("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "signal a process"),
    ("import os, signal; os.killpg(0, signal.SIGTERM)", "signal a process"),
    ("import ctypes; ctypes.CDLL(None)", "native code through ctypes"),
    ("import ctypes; ctypes.pythonapi.Py_IncRef", "native code through ctypes"),
    ("import ctypes; ctypes.string_at(0)", "native code through ctypes"),
    ("import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))", "change the limits"),
    ("import sys; sys.exit(0)", "ended the program"),
    ("exit()", "ended the program"),
    ("import os; os._exit(0)", "ended the process during “small numbers”"),
    ("import os; os.closerange(3, 100); os._exit(0)", "ended the process"),
    ("import os; os.abort()", "crashed Python itself (SIGABRT)"),
    ("bytearray(8 << 30)", "asked for more memory than"),
    ("eaten = []\n    while True: eaten.append(bytearray(1 << 20))", "asked for more memory than"),
    ("import numpy as np; np.ones((40_000, 40_000))", "asked for more memory than"),
    ("while True: print('x' * 1000)", "printed or wrote more than 1 MB"),
    ("open('big', 'wb').write(bytes(2 << 20))", "printed or wrote more than 1 MB"),
]


@pytest.mark.parametrize(("body", "sentence"), REFUSED)
def test_refused(body: str, sentence: str, tmp_path: Path) -> None:
    result = verdict_on_body(body.replace("\n    ", "\n"), tmp_path)
    assert not result.passed
    assert result.failure is not None
    assert sentence in result.failure.message
    assert "Traceback" not in result.failure.message


@pytest.mark.parametrize(
    ("body", "sentence", "line"),
    [
        ("while True: pass", "still running after 1 s (an endless loop?)", 2),
        ("import time; time.sleep(1000)", "still running after 1 s", 2),
        ("while True:\n    try:\n        while True: pass\n    except Exception: pass", "still running after 1 s", 4),
        (
            "while True:\n    try:\n        for i in iter(int, 1): i + 1\n    except: pass",
            "still running after 1 s",
            None,
        ),
        ("sum(iter(int, 1))", "still running after 1 s", None),  # never leaves C code
    ],
)
def test_endless_loops(body: str, sentence: str, line: int | None, tmp_path: Path) -> None:
    result = verdict_on_body(body, tmp_path, limit_s=1)
    assert not result.passed
    assert result.failure is not None
    assert sentence in result.failure.message
    assert result.failure.line == line
    assert [test.passed for test in result.tests[1:]] == [None]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory such as a user's home, with a secret in it."""
    directory = tmp_path / "someone" / ".ssh"
    directory.mkdir(parents=True)
    (directory / "id_ed25519").write_text("SECRET")
    return directory


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("print(open(OUTSIDE + '/id_ed25519').read())", "tried to read"),
        ("import os; print(os.listdir(OUTSIDE))", "tried to list"),
        ("from pathlib import Path; print(list(Path(OUTSIDE).iterdir()))", "tried to list"),
        ("open(OUTSIDE + '/id_ed25519', 'w')", "tried to write"),
        ("open(OUTSIDE + '/new', 'x')", "tried to write"),
        ("import os; os.open(OUTSIDE + '/id_ed25519', os.O_RDWR)", "tried to write"),
        ("import os; os.remove(OUTSIDE + '/id_ed25519')", "tried to remove"),
        ("import os; os.rename(OUTSIDE + '/id_ed25519', 'mine')", "tried to rename"),
        ("import shutil; shutil.rmtree(OUTSIDE)", "exercises see only their own directory"),
        ("import os; os.symlink(OUTSIDE, 'link'); print(open('link/id_ed25519').read())", "tried to"),
        ("import os; os.chmod(OUTSIDE, 0o777)", "tried to chmod"),
        ("import os; os.mkdir(OUTSIDE + '/new')", "tried to mkdir"),
        ("import os; os.chdir(OUTSIDE); print(open('id_ed25519').read())", "tried to read"),
    ],
)
def test_files_of_the_user_are_out_of_reach(deed: str, sentence: str, outside: Path, tmp_path: Path) -> None:
    result = verdict_on_body(f"OUTSIDE = {str(outside)!r}\n{deed}", tmp_path)
    assert not result.passed
    assert result.failure is not None
    assert sentence in result.failure.message
    assert "SECRET" not in result.output
    assert (outside / "id_ed25519").read_text() == "SECRET"
    assert [file.name for file in outside.iterdir()] == ["id_ed25519"]
    assert outside.stat().st_mode & 0o777 == 0o755


def test_the_scratch_directory_may_be_used_and_is_gone_afterwards(tmp_path: Path) -> None:
    result = verdict_on_body(
        """
        import os, tempfile
        from pathlib import Path
        Path("notes.txt").write_text("mine")
        assert Path("notes.txt").read_text() == "mine"
        assert Path.home() == Path.cwd() == Path(tempfile.gettempdir())
        print(os.getcwd())
        """,
        tmp_path,
    )
    assert result.passed, result.failure
    assert not Path(result.output.splitlines()[0]).exists()


def test_the_environment_has_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_SECRET")
    result = verdict_on_body("import os; print(dict(os.environ))", tmp_path)
    assert result.passed
    assert "SECRET" not in result.output


@linux
def test_the_environment_of_the_app_cannot_be_read_either(tmp_path: Path) -> None:
    result = verdict_on_body("print(open(f'/proc/{__import__(\"os\").getppid()}/environ').read())", tmp_path)
    if "landlock" in result.walls_missing:
        pytest.skip(result.walls_missing["landlock"])
    assert result.failure is not None
    assert "PermissionError" in result.failure.message


@linux
def test_what_python_does_not_audit_the_kernel_stops(tmp_path: Path) -> None:
    body = """
    import _posixsubprocess, os
    reading, writing = os.pipe()
    _posixsubprocess.fork_exec(
        [b"true"], [b"/bin/true"], True, (), None, None, -1, -1, -1, -1, -1, -1, reading, writing,
        False, False, -1, None, None, None, -1, None, False,
    )
    """
    result = verdict_on_body(body, tmp_path)
    if "seccomp" in result.walls_missing:
        pytest.skip(result.walls_missing["seccomp"])
    assert result.failure is not None
    assert "PermissionError: [Errno 1]" in result.failure.message


def test_a_swallowed_refusal_is_still_a_refusal(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("here")
    result = verdict_on_body(f"import os\ntry: os.remove({str(victim)!r})\nexcept Exception: pass", tmp_path)
    assert result.passed
    assert victim.exists()


@pytest.mark.parametrize(
    "code",
    [
        "import atexit, os\natexit.register(os.abort)\n",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n",
        "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'[1]\\nnonsense\\n')\n    except OSError: pass\n",
        "import sys\nsys.stdout.close()\n",
        "import shutil, os\nshutil.rmtree(os.getcwd(), ignore_errors=True)\n",
    ],
)
def test_mischief_that_harms_nothing(code: str, tmp_path: Path) -> None:
    result = verdict_on(code + "def double(number):\n    return 2 * number\n", tmp_path)
    if result.failure and "can't start new thread" in result.failure.message:  # RLIMIT_NPROC binds all but root
        return
    assert result.passed, result.failure


def test_a_crash_of_python_is_a_sentence(tmp_path: Path) -> None:
    code = """
    import sys
    sys.setrecursionlimit(10**9)
    class Deep:
        def __getattr__(self, name):
            return getattr(self, name)
    def double(number):
        return repr(Deep().x)
    """
    failure = verdict_on(code, tmp_path).failure
    assert failure is not None
    assert "crashed Python itself" in failure.message or "more memory" in failure.message


def test_no_process_is_left(tmp_path: Path) -> None:
    result = verdict_on_body("import os; print(os.getpid())\nwhile True: pass", tmp_path, limit_s=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(result.output.split()[0]), 0)
