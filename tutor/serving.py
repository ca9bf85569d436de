"""The course in a browser: textual-serve runs one app per visitor. Ours only decides who may come in.

Whoever comes in can run code, since the exercises do. Every user of this machine reaches its loopback, and a page of
any site can open a WebSocket to it. So every visitor brings a key, which is part of the address that is printed, and
comes from a page of ours.
"""

from __future__ import annotations

import hmac
import logging
import shlex
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web
from textual_serve.server import Server

LOOPBACK = ("127.0.0.1", "localhost", "::1")
RUN = "import sys; from tutor.app import run; sys.exit(run())"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CourseServer(Server):
    """Serves the course to whoever may see it."""

    def __init__(self, host: str, port: int, key: str) -> None:
        """Args: key: what a visitor must bring."""
        super().__init__(shlex.join([sys.executable, "-c", RUN]), host=host, port=port, title="tutor")
        self._key = key
        # Browsers do not tell the ports of one host apart.
        self._cookie = f"tutor-{port}"

    def initialize_logging(self) -> None:
        """Warnings only: a line for every request would show the key."""
        logging.basicConfig(level=logging.WARNING, format="tutor: %(message)s")

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(_forbid_other_sites)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Nothing: at this time the port does not listen yet."""

    def serve(self, debug: bool = False) -> None:
        """Until Ctrl+C. Unlike the parent's, it can say where to go once one can go there."""
        self.debug = debug
        self.initialize_logging()
        web.run_app(self._make_app(), host=self.host, port=self.port, print=self._say_where)

    def _say_where(self, *_: object) -> None:
        address = f"[{self.host}]" if ":" in self.host else self.host
        print(f"The course is at http://{address}:{self.port}/?key={quote(self._key)}", flush=True)
        print("Ctrl+C ends it; runs go on.", flush=True)

    async def handle_index(self, request: web.Request) -> Any:
        """The page, with addresses as the visitor's browser knows this server: a tunnel may give it another port."""
        self.public_url = f"http://{request.host}"
        return await super().handle_index(request)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through, or say why not."""
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Another site may not use this course.")
        if not self._fits(request.cookies.get(self._cookie, "")):
            if not self._fits(request.query.get("key", "")):
                raise web.HTTPForbidden(text="Open the address that tutor serve printed; it holds the key.")
            welcome = web.HTTPFound("/")
            welcome.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            raise welcome
        return await handler(request)

    def _fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._key.encode())


async def _forbid_other_sites(request: web.Request, response: web.StreamResponse) -> None:
    """The page loads nothing from elsewhere (its template names a font of another site), and nobody frames it."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; connect-src 'self' ws://{request.host}; frame-ancestors 'none'"
    )
