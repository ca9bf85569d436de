"""The sandbox for answers: right verdicts in order, whatever one of the answers does."""

from __future__ import annotations

from pathlib import Path

from tutor.codetasks.sandbox import ENDED, Sample, run_all

GOOD = ("def f(x):\n    return x + 1", ["f(1) == 2"])


def test_verdicts_come_in_order_and_say_what_failed() -> None:
    wrong = ("def f(x):\n    return x", ["f(0) == 0", "f(1) == 2"])
    broken = ("def f(x:\n    return x", ["f(1) == 1"])
    absent = ("g = 1", ["f(1) == 1"])
    truthy = ("def f(x):\n    return 1", ["f(1)"])
    verdicts = run_all([GOOD, wrong, broken, absent, truthy, GOOD])
    assert [verdicts[0], verdicts[5]] == ["", ""]
    assert verdicts[1] == "not true: f(1) == 2"
    assert verdicts[2].startswith("SyntaxError")
    assert verdicts[3].startswith("NameError: name 'f'")
    assert verdicts[4] == "not true: f(1)"


def test_an_answer_that_hangs_quits_or_kills_costs_only_itself() -> None:
    endless = ("def f(x):\n    while True:\n        pass", ["f(1) == 1"])
    leaves: Sample = ("import sys\nsys.exit()", [])
    dies: Sample = ("import os\nos._exit(1)", [])
    spoils: Sample = ("import builtins\nbuiltins.__dict__['len'] = None\nlen = None", [])
    uses_len = ("def f(x):\n    return len(x)", ["f('ab') == 2"])
    verdicts = run_all([endless, GOOD, leaves, GOOD, dies, GOOD, GOOD], limit_s=0.5)
    assert [verdicts[place] for place in (1, 3, 5, 6)] == ["", "", "", ""]
    assert verdicts[0].startswith("OutOfTime")
    assert verdicts[2].startswith("SystemExit")
    assert verdicts[4] == ENDED
    assert run_all([uses_len]) == [""]
    assert run_all([spoils])[0] == ""


def test_files_processes_and_the_network_are_out_of_reach(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    samples: list[Sample] = [
        (f"open({str(secret)!r}).read()", []),
        (f"open({str(tmp_path / 'new')!r}, 'w')", []),
        ("import subprocess\nsubprocess.run(['true'])", []),
        ("import socket\nsocket.socket().connect(('127.0.0.1', 1))", []),
        ("print('spam')\nimport os\nassert 'TUTOR_HOME' not in os.environ", []),
    ]
    *refused, harmless = run_all(samples)
    assert all("Refused" in each or "Error" in each for each in refused), refused
    assert harmless == ""
    assert not (tmp_path / "new").exists()


def test_too_much_memory_is_an_answer_that_failed() -> None:
    assert run_all([("x = [0] * 10**10", []), GOOD])[0].startswith("MemoryError")
