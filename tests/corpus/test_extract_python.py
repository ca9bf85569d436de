"""Python items: nothing imported, everything as written."""

from __future__ import annotations

from tutor.corpus.extract_python import extract
from tutor.corpus.items import Item
from tutor.corpus.syntax import first_fault

SOURCE = '''\
#!/usr/bin/env python
"""The module.

More of it.
"""

import sys


@decorated  # a comment
def function(
    a: int,  # the first
    *args: str,
    key: dict[str, int] | None = None,
) -> list[str]:
    # before
    r"""Does it with \\d.

    Plain.
        Indented.
    """
    return [str(a)]


class Thing(Base, metaclass=Meta):
    """A thing."""

    MADE = "here"
    _private = 1
    field: int = 1
    long: str = "this value is far too long to be shown in the outline of a class, which is short by intent"

    def __init__(self, field: int) -> None:
        self.field = field

    @property
    def value(self) -> int:
        """The value."""
        return self.field

    async def later(self): """In one line."""; await x

    class Inner:
        \'\'\'Inside.\'\'\'


if sys.platform == "win32":
    def on_windows():
        """Only there."""
else:
    try:
        def elsewhere():
            """There."""
    except ImportError:
        pass


def formatted():
    f"""No documentation {1}."""


def outer():
    def nested():
        """Private."""


def pieces():
    "one" "two"
'''


def _items() -> dict[str, Item]:
    return {item.symbol: item for item in extract(SOURCE.encode(), "pkg/mod.py").items}


def test_finds_every_documented_item_and_nothing_else() -> None:
    found = [(item.kind, item.symbol, item.line) for item in extract(SOURCE.encode(), "pkg/mod.py").items]
    assert found == [
        ("module", "pkg.mod", 1),
        ("function", "function", 11),
        ("class", "Thing", 25),
        ("method", "Thing.value", 37),
        ("method", "Thing.later", 41),
        ("class", "Thing.Inner", 43),
        ("function", "on_windows", 48),
        ("function", "elsewhere", 52),
    ]


def test_signatures_are_as_written_and_parse() -> None:
    items = _items()
    assert items["function"].signature == (
        "@decorated\ndef function(\n    a: int,\n    *args: str,\n    key: dict[str, int] | None = None,\n"
        ") -> list[str]: ..."
    )
    assert items["Thing.value"].signature == (
        "class Thing(Base, metaclass=Meta):\n    @property\n    def value(self) -> int: ..."
    )
    assert items["Thing"].signature == (
        'class Thing(Base, metaclass=Meta):\n    MADE = "here"\n    field: int = 1\n    long: str\n'
        "    def __init__(self, field: int) -> None: ...\n    def value(self) -> int: ...\n"
        "    async def later(self): ..."
    )
    assert items["pkg.mod"].signature.startswith("# pkg/mod.py\ndef function(")
    for item in items.values():
        compile(item.signature, "signature", "exec", dont_inherit=True)
        assert not first_fault("python", item.signature)


def test_docstrings_are_read_and_cleaned() -> None:
    items = _items()
    assert items["pkg.mod"].doc == "The module.\n\nMore of it."
    assert items["function"].doc == "Does it with \\d.\n\nPlain.\n    Indented."
    assert items["Thing.Inner"].doc == "Inside."


def test_bodies_are_without_the_docstring() -> None:
    assert _items()["function"].body == "return [str(a)]"
    assert _items()["Thing.value"].body == "return self.field"


def test_nothing_of_the_file_is_run(tmp_path: object) -> None:
    extract(b'raise SystemExit(3)\ndef f():\n    """Doc."""\n', "evil.py")
