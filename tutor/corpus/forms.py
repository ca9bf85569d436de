"""Documentation as text, and as it stands in source."""

from __future__ import annotations

import ast


def written(language: str, doc: str, inner: bool = False) -> str:
    """`doc` as its author would write it: `///` (or `//!`) lines in Rust, a docstring in Python."""
    lines = [line.rstrip() for line in doc.split("\n")]
    if language == "rust":
        mark = "//!" if inner else "///"
        return "\n".join(f"{mark} {line}".rstrip() for line in lines)
    quotes = "'''" if '"""' in doc else '"""'
    prefix = "r" if "\\" in doc else ""
    whole = "\n".join(lines)
    if len(lines) > 1:
        return f"{prefix}{quotes}{whole}\n{quotes}"
    pad = " " if whole.endswith((quotes[0], "\\")) else ""
    return f"{prefix}{quotes}{whole}{pad}{quotes}"


def plain(language: str, output: str) -> str:
    """The documentation without its marks; the inverse of `written`.

    Raises:
        ValueError: `output` is not written as documentation of that language.
    """
    if language == "rust":
        return "\n".join(_unmarked(line) for line in output.split("\n"))
    try:
        value = ast.literal_eval(output)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"is not a docstring: {error.__class__.__name__}") from None
    if not isinstance(value, str) or ('"""' not in output[:4] and "'''" not in output[:4]):
        raise ValueError("is not a docstring in three quotes")
    return value.removesuffix("\n").removesuffix(" " if "\n" not in value else "")


def _unmarked(line: str) -> str:
    if not line.startswith(("///", "//!")):
        raise ValueError(f"has a line without /// or //!: {line[:40]!r}")
    return line[4:] if line[3:4] == " " else line[3:]
