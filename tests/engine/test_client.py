"""The client and the server together, over real pipes and real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from tutor.engine.client import Engine, Reply
from tutor.engine.protocol import MAX_LINE
from tutor.errors import EXIT_USAGE, TutorError

FAKE = [sys.executable, str(Path(__file__).with_name("fake_engine.py"))]


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[Engine]:
    """An engine process with the methods of `fake_engine.py`."""
    engine = Engine("chat")
    engine.command = FAKE
    yield engine
    await engine.close()


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_answers_whole_and_in_parts(engine: Engine) -> None:
    assert await engine.call("echo", text="é\udce9\n", n=1) == {"text": "é\udce9\n", "n": 1}
    replies = [reply async for reply in engine.stream("count", n=3)]
    assert replies == [*(Reply({"i": i}) for i in range(3)), Reply({"counted": 3}, done=True)]


async def test_requests_are_answered_in_order(engine: Engine) -> None:
    slow = asyncio.create_task(engine.call("count", n=3, pause=0.05))
    await asyncio.sleep(0)
    fast = asyncio.create_task(engine.call("echo"))
    await fast
    assert slow.done()
    assert await slow == {"counted": 3}


async def test_errors_arrive_as_sentences(engine: Engine) -> None:
    with pytest.raises(TutorError, match=r"There is no such thing\. Ask for another\.") as refused:
        await engine.call("refuse")
    assert refused.value.exit_code == EXIT_USAGE
    with pytest.raises(TutorError, match="`stumble` failed: ZeroDivisionError: a bug"):
        await engine.call("stumble")
    assert "Traceback" in engine.log.read_text()
    with pytest.raises(TutorError, match="no method `nonsense`"):
        await engine.call("nonsense")
    with pytest.raises(TutorError, match="got an unexpected keyword argument 'wrong'"):
        await engine.call("count", n=1, wrong=1)
    assert await engine.call("echo", still="there") == {"still": "there"}


async def test_closing_a_stream_stops_the_answer(engine: Engine) -> None:
    async with aclosing(engine.stream("count", n=10**9, pause=0.001)) as replies:
        async for reply in replies:
            if reply.data["i"] == 5:
                break
    assert await asyncio.wait_for(engine.call("echo", next=1), timeout=5) == {"next": 1}


async def test_cancelling_the_task_stops_the_answer(engine: Engine) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(engine.call("all_or_nothing"), timeout=1)
    assert await asyncio.wait_for(engine.call("echo", next=1), timeout=5) == {"next": 1}


async def test_dragging_a_slider_queues_no_work(engine: Engine) -> None:
    busy = asyncio.create_task(engine.call("count", n=30, pause=0.01))
    await asyncio.sleep(0)
    for value in range(50):
        newer = asyncio.create_task(engine.call("note", value=value))
        await asyncio.sleep(0)
        if value < 49:
            newer.cancel()
    assert await newer == {"noted": [49]}
    assert busy.done()


async def test_cancel_lets_the_answer_come(engine: Engine) -> None:
    last = Reply({})
    async for reply in engine.stream("count", n=10**9, pause=0.001):
        last = reply
        if not reply.done and reply.data["i"] == 5:
            engine.cancel()
    assert last.done
    assert last.data["cancelled"] is True
    assert last.data["counted"] > 5
    async for reply in engine.stream("all_or_nothing"):
        last = reply
        engine.cancel()
    assert last == Reply({"cancelled": True}, done=True)


async def test_cancel_lets_calls_go_on(engine: Engine) -> None:
    call = asyncio.create_task(engine.call("count", n=5, pause=0.01))
    async for reply in engine.stream("all_or_nothing"):
        engine.cancel()
        if reply.done:
            assert reply.data == {"cancelled": True}
    assert await call == {"counted": 5}


async def test_libraries_cannot_corrupt_the_protocol(engine: Engine) -> None:
    assert await engine.call("noisy") == {"ok": True}
    log = engine.log.read_text()
    assert "a library says hello" in log
    assert "forged" in log


async def test_the_child_is_niced_and_has_no_stdin(engine: Engine) -> None:
    about = await engine.call("whoami")
    assert about["niceness"] > os.nice(0)
    assert about["stdin"] == ""


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGKILL, signal.SIGILL])
async def test_a_death_names_signal_and_model_and_the_next_call_starts_afresh(engine: Engine, signum: int) -> None:
    parts: list[Reply] = []
    with pytest.raises(TutorError) as died:
        async for reply in engine.stream("die", model="my-model", signum=signum):
            parts.append(reply)
    assert parts == [Reply({"dying": True})]
    assert signal.Signals(signum).name in died.value.what
    assert "my-model" in died.value.what
    assert died.value.todo
    assert await engine.call("echo", again=True) == {"again": True}


async def test_an_exit_code_is_told(engine: Engine) -> None:
    with pytest.raises(TutorError, match="exit code 7"):
        await engine.call("leave")


async def test_a_huge_line_is_refused_and_bounded(engine: Engine) -> None:
    assert len((await engine.call("shout", size=1 << 20))["text"]) == 1 << 20
    with pytest.raises(TutorError, match="unreadable"):
        await engine.call("shout", size=MAX_LINE + 1)
    assert await engine.call("echo", again=True) == {"again": True}


async def test_closing_is_prompt_even_while_it_computes(engine: Engine) -> None:
    pid = (await engine.call("whoami"))["pid"]
    asked = asyncio.create_task(engine.call("count", n=10**9))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await engine.close()
    assert time.monotonic() - began < 0.5
    assert not alive(pid)
    with pytest.raises(TutorError, match="was closed"):
        await asked


def test_the_child_ends_when_its_parent_is_killed(home: Path) -> None:
    parent = (
        "import asyncio, sys\n"
        "from tutor.engine.client import Engine\n"
        "async def main():\n"
        "    engine = Engine('chat')\n"
        f"    engine.command = {FAKE!r}\n"
        "    print((await engine.call('whoami'))['pid'], flush=True)\n"
        "    await engine.call('all_or_nothing')\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert alive(child)
        process.kill()
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)
