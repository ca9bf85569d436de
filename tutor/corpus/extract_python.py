"""Documented items of a Python file, found in its syntax tree; the file is never imported."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from tree_sitter import Node

from tutor.corpus.extract_rust import MAX_BODY, OUTLINE, SHORT_VALUE
from tutor.corpus.items import FileItems, Item
from tutor.corpus.names import names
from tutor.corpus.syntax import comments, dedent_rest, faults, parse, text, without

_TRANSPARENT = (
    "if_statement",
    "try_statement",
    "with_statement",
    "else_clause",
    "elif_clause",
    "except_clause",
    "block",
)
"""Definitions inside these belong to the scope around them."""


@dataclass(slots=True)
class _Scope:
    node: Node
    path: tuple[str, ...]
    header: str = ""
    """`class Console(Base):`; '' for the module."""


def extract(source: bytes, path: str) -> FileItems:
    """The module, classes, methods and functions of the file that have docstrings; not functions inside functions."""
    tree = parse("python", source)
    root = tree.root_node
    found = FileItems(faults=[f"line {line} {what}" for line, what in faults(tree)], names=names("python", source))
    doc = _docstring(root)
    if doc:
        signature = f"# {path}\n{_outline(root, source)}".strip()
        found.items.append(Item("python", "module", _module_name(path), signature, doc, "", 1))
    scopes = [_Scope(root, ())]
    while scopes:
        scope = scopes.pop()
        for node in _definitions(scope.node):
            definition = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
            if definition is None:
                continue
            if definition.type == "class_definition" and (body := definition.child_by_field_name("body")):
                head = _header(definition, definition, body, source)
                scopes.append(_Scope(body, (*scope.path, _name(definition)), head))
            _add(found, node, definition, scope, source)
    found.items.sort(key=lambda item: (item.line, item.symbol))
    return found


def _definitions(container: Node) -> Iterator[Node]:
    """Classes and functions of a scope, in order, those under `if` and `try` too."""
    waiting = list(reversed(container.named_children))
    while waiting:
        node = waiting.pop()
        if node.type in ("function_definition", "class_definition", "decorated_definition"):
            yield node
        elif node.type in _TRANSPARENT:
            waiting += reversed(node.named_children)


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text(name) if name else "?"


def _module_name(path: str) -> str:
    place = PurePosixPath(path)
    parts = place.parent.parts if place.stem == "__init__" else (*place.parent.parts, place.stem)
    return ".".join(part for part in parts if part != "src") or place.stem


def _header(whole: Node, definition: Node, body: Node, source: bytes) -> str:
    """From the decorators to the colon, without comments."""
    raw = source[whole.start_byte : body.start_byte]
    cuts = comments("python", whole) if b"#" in raw else []
    cuts = [cut for cut in cuts if cut.end_byte <= body.start_byte]
    # A comment right after the colon is outside the body's node: everything after the colon goes.
    colon = next(
        child for child in reversed(definition.children) if child.type == ":" and child.end_byte <= body.start_byte
    )
    return dedent_rest(without(source, whole.start_byte, colon.end_byte, cuts), whole.start_point.column).strip()


def _literal(block: Node) -> Node | None:
    """The string that documents a body or module."""
    first = next((child for child in block.named_children if child.type != "comment"), None)
    if first is not None and first.type == "expression_statement" and first.named_child_count == 1:
        first = first.named_children[0]
    if first is None or first.type != "string" or any(child.type == "interpolation" for child in first.children):
        return None
    return first


def _docstring(block: Node) -> str:
    literal = _literal(block)
    if literal is None:
        return ""
    try:
        with warnings.catch_warnings():  # of invalid escapes in other people's docstrings
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text(literal))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    if not isinstance(value, str):
        return ""
    return "\n".join(line.rstrip() for line in inspect.cleandoc(value).split("\n")).strip("\n")


def _add(found: FileItems, node: Node, definition: Node, scope: _Scope, source: bytes) -> None:
    body = definition.child_by_field_name("body")
    doc = _docstring(body) if body else ""
    if body is None or not doc:
        found.undocumented += 1
        return
    if node.has_error:
        return
    header = _header(node, definition, body, source)
    if definition.type == "class_definition":
        kind, signature = "class", f"{header}\n{_members(body, source) or '    ...'}"
    else:
        kind, signature = "method" if scope.header else "function", f"{header} ..."
    if scope.header:
        inside = "\n".join(f"    {line}" if line else "" for line in signature.split("\n"))
        signature = f"{scope.header}\n{inside}"
    symbol = ".".join((*scope.path, _name(definition)))
    line = definition.start_point.row + 1
    found.items.append(Item("python", kind, symbol, signature, doc, _body(definition, body, source), line))


def _members(body: Node, source: bytes) -> str:
    """Fields and method headers of a class, one a line."""
    lines = []
    for node in body.named_children:
        if node.type == "expression_statement" and node.named_children and node.named_children[0].type == "assignment":
            assignment = node.named_children[0]
            lines += _field(assignment, source)
        elif node.type in ("function_definition", "decorated_definition"):
            lines += _head_lines(node, source, dunder=True)
        if len(lines) >= OUTLINE:
            lines = [*lines[:OUTLINE], "# …"]
            break
    if lines and all(line.startswith("#") for line in lines):
        lines.append("...")
    return "\n".join(f"    {line}".replace("\n", "\n    ") for line in lines)


def _field(assignment: Node, source: bytes) -> list[str]:
    """A field as written; without its value where that is long, and not at all where then nothing is left to say."""
    kind, value = assignment.child_by_field_name("type"), assignment.child_by_field_name("right")
    name = assignment.child_by_field_name("left")
    too_long = value is not None and value.end_byte - value.start_byte > SHORT_VALUE
    if name is None or (kind is None and (too_long or text(name).startswith("_"))):
        return []
    end = value.start_byte if value is not None and too_long else assignment.end_byte
    written = source[assignment.start_byte : end].decode("utf-8", "replace").rstrip("= \n\\")
    return [dedent_rest(written, assignment.start_point.column)]


def _outline(root: Node, source: bytes) -> str:
    """Headers of the public classes and functions of a module."""
    lines: list[str] = []
    for node in _definitions(root):
        if len(lines) >= OUTLINE:
            lines = [*lines[:OUTLINE], "# …"]
            break
        lines += _head_lines(node, source)
    return "\n".join(lines)


def _head_lines(node: Node, source: bytes, dunder: bool = False) -> list[str]:
    """The header of a public definition; with `dunder`, of a constructor too."""
    definition = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    body = definition.child_by_field_name("body") if definition else None
    if definition is None or body is None or definition.has_error:
        return []
    name = _name(definition)
    if name.startswith("_") and not (dunder and name in ("__init__", "__new__", "__call__")):
        return []
    return [f"{_header(definition, definition, body, source)} ..."]


def _body(definition: Node, body: Node, source: bytes) -> str:
    """A function's code after its docstring."""
    literal = _literal(body)
    if definition.type != "function_definition" or literal is None:
        return ""
    end = body.end_byte
    if end - literal.end_byte > MAX_BODY:
        return ""
    rest = source[literal.end_byte : end].decode("utf-8", "replace").replace("\r\n", "\n").strip("\n;")
    indent = body.start_point.column
    return dedent_rest("\n" + rest, indent).strip("\n")
