"""`tutor settings`: what the app's settings screen changes, without the app."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tutor.errors import EXIT_DONE


def add(subparsers: Any) -> None:
    """Add `settings` and its verbs."""
    parser = subparsers.add_parser(
        "settings",
        help="how the app draws: theme, colours, glyphs, repaint, motion, mouse",
        description="How the app draws. Without a verb, every setting with its value.",
    )
    parser.set_defaults(run=_list)
    verbs = parser.add_subparsers(metavar="VERB")
    verbs.add_parser("list", help="every setting, its value and what else it may be").set_defaults(run=_list)
    one = verbs.add_parser("get", help="the value of one setting")
    one.add_argument("key", metavar="KEY")
    one.set_defaults(run=_get)
    change = verbs.add_parser("set", help="change one setting")
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE")
    change.set_defaults(run=_set)
    verbs.add_parser("path", help="the file they are in").set_defaults(run=_path)


def _list(_: argparse.Namespace) -> int:
    from tutor import settings

    found, complaints = settings.load()
    for name in settings.names():
        words = " ".join(settings.choices(name))
        print(f"{name:<15} {settings.word(found, name):<15} {settings.about(name)} ({words})")
    for complaint in complaints:
        print(f"tutor: {complaint}", file=sys.stderr)
    return EXIT_DONE


def _get(args: argparse.Namespace) -> int:
    from tutor import settings

    print(settings.word(settings.load()[0], args.key))
    return EXIT_DONE


def _set(args: argparse.Namespace) -> int:
    from tutor import settings

    settings.save(args.key, args.value)
    return EXIT_DONE


def _path(_: argparse.Namespace) -> int:
    from tutor import settings

    print(settings.settings_file())
    return EXIT_DONE
