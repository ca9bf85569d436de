"""Tree-sitter, as far as the corpus needs it: parsers, slices of source, and where a parse failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

LANGUAGES = {".rs": "rust", ".py": "python"}
"""By the suffix of a file."""

_COMMENTS = {"rust": "[(line_comment) (block_comment)] @comment", "python": "(comment) @comment"}


@cache
def grammar(language: str) -> Language:
    """The grammar of `rust` or `python`."""
    if language == "rust":
        import tree_sitter_rust

        return Language(tree_sitter_rust.language())
    import tree_sitter_python

    return Language(tree_sitter_python.language())


@cache
def _parser(language: str) -> Parser:
    return Parser(grammar(language))


@cache
def _query(language: str, source: str) -> Query:
    return Query(grammar(language), source)


def parse(language: str, source: bytes) -> Tree:
    """The syntax tree; always one, with ERROR nodes where the source is wrong."""
    return _parser(language).parse(source)


def text(node: Node) -> str:
    """A node's source; what is not UTF-8 becomes U+FFFD."""
    return (node.text or b"").decode("utf-8", "replace")


def comments(language: str, node: Node) -> list[Node]:
    """All comments inside `node`, in order."""
    found = QueryCursor(_query(language, _COMMENTS[language])).captures(node)
    return sorted(found.get("comment", []), key=lambda comment: comment.start_byte)


def without(source: bytes, start: int, end: int, cuts: Iterable[Node]) -> str:
    """`source[start:end]` without the nodes in `cuts`, and without the lines that this leaves blank."""
    pieces, at = [], start
    for cut in cuts:
        if cut.start_byte < at or cut.end_byte > end:
            continue
        # A doc comment's node takes its line break with it, which belongs to the code.
        stop = cut.end_byte - 1 if source[cut.end_byte - 1 : cut.end_byte] == b"\n" else cut.end_byte
        pieces.append(source[at : cut.start_byte])
        at = stop
    pieces.append(source[at:end])
    kept = b"".join(pieces).decode("utf-8", "replace")
    if at == start:
        return kept
    return "\n".join(line.rstrip() for line in kept.splitlines() if line.strip())


def dedent_rest(code: str, indent: int) -> str:
    """Without up to `indent` leading blanks on all lines but the first, and without blanks at the ends of lines."""
    if "\n" not in code:
        return code.rstrip()
    first, *rest = code.replace("\r\n", "\n").split("\n")
    moved = [line[min(indent, len(line) - len(line.lstrip(" \t"))) :] for line in rest]
    return "\n".join(line.rstrip() for line in (first, *moved))


def faults(tree: Tree) -> Iterator[tuple[int, str]]:
    """(line, what) of every ERROR and missing token, from top to bottom."""
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        if not node.has_error:
            continue
        if node.is_error:
            yield node.start_point.row + 1, f"does not parse: {text(node)[:40]!r}"
        elif node.is_missing:
            yield node.start_point.row + 1, f"lacks {node.type!r}"
        else:
            waiting += reversed(node.children)


def first_fault(language: str, code: str) -> str:
    """Why `code` does not parse, or '' where it does."""
    tree = parse(language, code.encode("utf-8", "surrogatepass"))
    if not tree.root_node.has_error:
        return ""
    return next((f"line {line} {what}" for line, what in faults(tree)), "does not parse")
