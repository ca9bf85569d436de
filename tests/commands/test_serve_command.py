"""The course in a browser, and who may not see it there."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tutor.cli import main

aiohttp = pytest.importorskip("aiohttp", reason="the extra `serve` is not installed")

KEY = "a key, with spaces & signs"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a key on a free port of the loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "TUTOR_HOME": str(tmp_path_factory.mktemp("served"))}
    command = [sys.executable, "-m", "tutor", "serve", "--port", str(port), "--key", KEY]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == f"The course is at http://127.0.0.1:{port}/?key={quote(KEY)}\n"
    assert server.stdout.readline() == "Ctrl+C ends it; runs go on.\n"
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    assert server.communicate(timeout=20) == ("", "")
    assert server.returncode == 0


async def test_the_page_opens_and_the_app_runs_behind_it(address: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(f"{address}/", params={"key": KEY}) as page:
            assert page.status == 200
            assert str(page.url) == f"{address}/"
            assert f"ws://{page.url.host}:{page.url.port}/ws" in await page.text()
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        async with browser.ws_connect(f"{address}/ws?width=80&height=24", origin=address) as socket:
            shown = b""
            async with asyncio.timeout(30):
                while b"How a language model works" not in shown:
                    shown += (await socket.receive()).data
            assert b"\x1b[48;2;" in shown


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/?key=wrong"])
async def test_without_the_key_nothing_is_served(address: str, path: str) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(address + path) as page:
        assert page.status == 403
        assert "holds the key" in await page.text()


async def test_a_page_of_another_site_is_sent_away_even_with_the_key(address: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        await browser.get(f"{address}/", params={"key": KEY})
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{address}/ws", origin="http://evil.example")
        assert refused.value.status == 403


@pytest.mark.parametrize("more", [[], ["--key", "short"]])
def test_other_addresses_demand_a_key(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0", *more]) == 2
    assert "ssh -L 8000:127.0.0.1:8000" in capsys.readouterr().err


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tutor", "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 3
    assert f"port {port}" in done.stderr
    assert "Choose another port" in done.stderr


def test_without_the_extra_one_is_told_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "textual_serve").mkdir()
    (tmp_path / "textual_serve" / "__init__.py").write_text("raise ModuleNotFoundError('no', name='textual_serve')")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "tutor", "serve"], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 3
    assert done.stderr == (
        "tutor: The course cannot be served: textual_serve is not installed. Install it: pip install 'tutor[serve]'\n"
    )
