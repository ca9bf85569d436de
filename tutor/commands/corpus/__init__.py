"""`tutor corpus`: from source trees to a dataset that withstood every attack.

Exit codes: 0 done, 1 falsified or different, 2 usage, 3 environment.
"""

from __future__ import annotations

import argparse
from typing import Any

from tutor.commands.corpus import attack, give, look, make

EPILOG = """\
examples:
  tutor corpus build -o corpus                       from Python distributions installed here
  tutor corpus build registry: -o corpus             from Debian's librust-*-dev packages
  tutor corpus falsify corpus                        48 attempts to refute it
  tutor corpus publish corpus --repo-id YOU/NAME     shows what would be sent; sends nothing

exit codes: 0 done, 1 falsified or different, 2 usage, 3 environment"""


def add(subparsers: Any) -> None:
    """Add `corpus` and its verbs."""
    parser = subparsers.add_parser(
        "corpus",
        help="make, attack, review and publish a dataset of code and documentation",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for group in (make, attack, look, give):
        group.add(verbs)
