"""`tutor serve`: the course in a browser."""

from __future__ import annotations

import argparse
import secrets
from typing import Any

from tutor.errors import EXIT_DONE, TutorError, UsageError

SHORTEST_KEY = 12


def add(subparsers: Any) -> None:
    """Add `serve`."""
    parser = subparsers.add_parser(
        "serve",
        help="show the course in a browser",
        description="Show the course in a browser, at an address that only this machine reaches. The address holds a "
        "key, without which nobody comes in. Each visitor gets an app of their own, with the same data directory.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default: %(default)s)")
    parser.add_argument(
        "--key",
        default="",
        help="what visitors must bring (default: chosen anew each time); needed for any other address",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    try:
        from tutor.serving import LOOPBACK, CourseServer
    except ImportError as error:
        raise TutorError(
            f"The course cannot be served: {error.name} is not installed.", "Install it: pip install 'tutor[serve]'"
        ) from error
    if args.host not in LOOPBACK and len(args.key) < SHORTEST_KEY:
        raise UsageError(
            f"Whoever reaches {args.host} could run code as you.",
            f"Reach this machine through a tunnel, with the default address: ssh -L {args.port}:127.0.0.1:{args.port} "
            f"THIS-MACHINE; or give a --key of {SHORTEST_KEY} characters or more, which travels unencrypted.",
        )
    try:
        CourseServer(args.host, args.port, args.key or secrets.token_urlsafe(12)).serve()
    except OSError as error:
        raise TutorError(
            f"Nothing can be served at {args.host}, port {args.port}: {error.strerror}.",
            f"Choose another port: --port {args.port + 1}",
        ) from error
    return EXIT_DONE
