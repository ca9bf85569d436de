"""Documented items of a Rust file, found in its syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tree_sitter import Node

from tutor.corpus.items import FileItems, Item
from tutor.corpus.names import names
from tutor.corpus.syntax import comments, dedent_rest, faults, parse, text, without

KINDS = {
    "function_item": "function",
    "function_signature_item": "function",
    "struct_item": "struct",
    "union_item": "union",
    "enum_item": "enum",
    "trait_item": "trait",
    "const_item": "const",
    "static_item": "static",
    "type_item": "type",
    "macro_definition": "macro",
    "mod_item": "module",
}
CONTAINERS = ("mod_item", "trait_item", "impl_item", "foreign_mod_item")
BRACED = ("struct_item", "enum_item", "union_item", "trait_item")
MAX_BODY = 8_000
"""Characters of code kept beside a record; a longer body is no help to a small model."""
OUTLINE = 12
"""Members shown in the outline of a module or trait."""
SHORT_VALUE = 80
"""A constant's value is shown up to this many characters."""


@dataclass(slots=True)
class _Scope:
    """A place that items stand in."""

    node: Node
    path: tuple[str, ...]
    """Names around it: modules, and the type of an `impl`."""
    header: str = ""
    """`impl<T> Foo<T>`, `pub trait Bar: Send`; '' in modules."""


@dataclass(slots=True)
class _Pending:
    """Documentation and attributes that wait for their item."""

    pieces: list[str] = field(default_factory=list)
    hidden: bool = False
    test: bool = False


def extract(source: bytes, path: str) -> FileItems:
    """Every documented item of the file at any depth of modules, traits and `impl` blocks.

    Args:
        path: relative to the source's root; it names the module.
    """
    tree = parse("rust", source)
    found = FileItems(faults=[f"line {line} {what}" for line, what in faults(tree)], names=names("rust", source))
    scopes = [_Scope(tree.root_node, ())]
    while scopes:
        scope = scopes.pop()
        inner: list[str] = []
        for node, pending in _items(scope.node, source, inner):
            if pending.test or pending.hidden:
                found.tests += pending.test
                continue
            if (kind := node.type) in CONTAINERS:
                scopes += _scopes_below(node, scope, source)
            if kind in KINDS:
                _add(found, node, pending, scope, source)
        if inner:
            _add_module(found, scope, inner, source, path)
    found.items.sort(key=lambda item: (item.line, item.symbol))
    return found


def _items(scope: Node, source: bytes, inner: list[str]) -> Iterator[tuple[Node, _Pending]]:
    """The items of a scope with what stands before them; documentation of the scope itself goes to `inner`."""
    pending = _Pending()
    for node in scope.named_children:
        kind = node.type
        if kind == "line_comment":
            # Told by its bytes: most nodes of a file are such lines, and asking the tree takes longer.
            line = source[node.start_byte : node.end_byte]
            if line.startswith(b"///") and not line.startswith(b"////"):
                pending.pieces.append(_line_text(line))
            elif line.startswith(b"//!"):
                inner.append(_line_text(line))
        elif kind == "block_comment":
            if node.child_by_field_name("outer"):
                pending.pieces.append(comment_text(node))
            elif node.child_by_field_name("inner"):
                inner.append(comment_text(node))
        elif kind == "attribute_item":
            _read_attribute(node, pending)
        else:
            if kind in KINDS or kind in CONTAINERS:
                yield node, pending
            pending = _Pending()


def _line_text(line: bytes) -> str:
    """A line comment of documentation without its marks and its line end."""
    return line[3:].decode("utf-8", "replace").rstrip("\r\n")


def comment_text(node: Node) -> str:
    """What a documentation comment says, without its marks."""
    doc = node.child_by_field_name("doc")
    raw = text(doc).replace("\r\n", "\n") if doc else ""
    if node.type == "line_comment":
        return raw.rstrip("\n")
    lines = raw.strip("\n").split("\n")
    if len(lines) > 1 and all(line.lstrip().startswith("*") or not line.strip() for line in lines[1:]):
        lines = [lines[0], *(line.lstrip()[1:] for line in lines[1:])]
    return "\n".join(lines)


def _read_attribute(node: Node, pending: _Pending) -> None:
    attribute = next((child for child in node.named_children if child.type == "attribute"), None)
    if attribute is None or not attribute.named_children:
        return
    name = text(attribute.named_children[0])
    arguments = text(attribute.child_by_field_name("arguments") or attribute.named_children[0])
    value = attribute.child_by_field_name("value")
    if name == "doc" and value is not None and value.type in ("string_literal", "raw_string_literal"):
        pending.pieces.append(_string(value))
    elif name == "doc" and "hidden" in arguments:
        pending.hidden = True
    elif name.split("::")[-1] in ("test", "bench") or (name == "cfg" and arguments.replace(" ", "") == "(test)"):
        pending.test = True


_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\", "\\'": "'", "\\r": ""}


def _string(literal: Node) -> str:
    parts = [
        _ESCAPES.get(text(part), "") if part.type == "escape_sequence" else text(part)
        for part in literal.named_children
    ]
    return "".join(parts)


def joined(pieces: list[str]) -> str:
    """The pieces as rustdoc shows them: one common indent removed."""
    lines = "\n".join(pieces).split("\n")
    if len(lines) == 1:
        return lines[0].strip()
    lines = [line.rstrip() for line in lines]
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    common = min(indents, default=0)
    return "\n".join(line[common:] for line in lines).strip("\n")


def _scopes_below(node: Node, scope: _Scope, source: bytes) -> list[_Scope]:
    body = node.child_by_field_name("body")
    if node.type == "foreign_mod_item":
        return [_Scope(body, scope.path, "")] if body else []
    if body is None:
        return []
    if node.type == "impl_item":
        owner = node.child_by_field_name("type")
        while owner is not None and owner.type == "generic_type":
            owner = owner.child_by_field_name("type")
        name = text(owner) if owner else "?"
    else:
        name = _name(node)
    header = "" if node.type == "mod_item" else code_of(node, node.start_byte, body.start_byte, source)
    return [_Scope(body, (*scope.path, name), header)]


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text(name) if name else "?"


def code_of(node: Node, start: int, end: int, source: bytes) -> str:
    """Source between two places in `node`, without comments, indented as if `node` stood at the margin."""
    raw = source[start:end]
    has_comments = b"//" in raw or b"/*" in raw
    code = without(source, start, end, comments("rust", node)) if has_comments else raw.decode("utf-8", "replace")
    return dedent_rest(code, node.start_point.column).strip()


def _add(found: FileItems, node: Node, pending: _Pending, scope: _Scope, source: bytes) -> None:
    doc = joined(pending.pieces) if pending.pieces else ""
    if not doc:
        # `mod x;` and modules documented from inside are no missing documentation.
        found.undocumented += node.type != "mod_item"
        return
    if node.has_error:
        return
    symbol = "::".join((*scope.path, _name(node)))
    kind = "method" if scope.header and node.type.startswith("function") else KINDS[node.type]
    signature = _signature(node, source)
    if scope.header and kind in ("method", "const", "type"):
        inside = "\n".join(f"    {line}" if line else "" for line in signature.split("\n"))
        signature = f"{scope.header} {{\n{inside}\n}}"
    found.items.append(Item("rust", kind, symbol, signature, doc, _body(node, source), node.start_point.row + 1))


def _add_module(found: FileItems, scope: _Scope, inner: list[str], source: bytes, path: str) -> None:
    """The module's own documentation, with an outline of what it offers as the input."""
    if scope.header or (scope.node.has_error and scope.node.type != "source_file"):
        return
    place = PurePosixPath(path)
    stem = place.parent.name if place.stem in ("mod", "lib", "main") else place.stem
    if stem == "src":
        stem = place.parent.parent.name or "crate_root"
    name = scope.path[-1] if scope.path else stem.split("-")[0] if place.stem in ("lib", "main") else stem
    name = "".join(letter if letter.isalnum() else "_" for letter in name) or "crate_root"
    signature = f"mod {name} {{\n{_outline(scope.node, source)}}}"
    line = 1 if not scope.path else scope.node.start_point.row + 1
    symbol = "::".join(scope.path) or name
    found.items.append(Item("rust", "module", symbol, signature, joined(inner), "", line, inner=True))


def _outline(container: Node, source: bytes) -> str:
    lines: list[str] = []
    for node in container.named_children:
        shown = node.type in KINDS and node.type not in ("macro_definition", "mod_item")
        is_member = container.parent is not None and container.parent.type == "trait_item"
        public = is_member or any(child.type == "visibility_modifier" for child in node.children)
        if not (shown and public) or node.has_error:
            continue
        if len(lines) == OUTLINE:
            lines.append("    // …")
            break
        lines.append("    " + _head(node, source).replace("\n", "\n    "))
    return "".join(f"{line}\n" for line in lines)


def _head(node: Node, source: bytes) -> str:
    """A declaration without its body or value, such that it still parses."""
    body, value = node.child_by_field_name("body"), node.child_by_field_name("value")
    end = value if value else body if body and body.type != "ordered_field_declaration_list" else None
    head = code_of(node, node.start_byte, end.start_byte if end else node.end_byte, source).rstrip("=;, \n")
    return head + (" {}" if end and node.type in BRACED else ";")


def _signature(node: Node, source: bytes) -> str:
    body = node.child_by_field_name("body")
    if node.type == "function_item" and body:
        return code_of(node, node.start_byte, body.start_byte, source).rstrip(",") + ";"
    if node.type == "trait_item" and body:
        return f"{code_of(node, node.start_byte, body.start_byte, source)} {{\n{_outline(body, source)}}}"
    if node.type in ("const_item", "static_item"):
        value = node.child_by_field_name("value")
        if value and value.end_byte - value.start_byte > SHORT_VALUE:
            return code_of(node, node.start_byte, value.start_byte, source).rstrip("= \n") + ";"
    if node.type == "macro_definition":
        rules = [child for child in node.named_children if child.type == "macro_rule"]
        lefts = [rule.child_by_field_name("left") for rule in rules]
        arms = "".join(f"    {text(left)} => {{}};\n" for left in lefts if left)
        return f"macro_rules! {_name(node)} {{\n{arms}}}"
    if node.type == "mod_item":
        inside = _outline(body, source) if body else ""
        head = code_of(node, node.start_byte, body.start_byte if body else node.end_byte, source).rstrip("; ")
        return f"{head} {{\n{inside}}}"
    return code_of(node, node.start_byte, node.end_byte, source)


def _body(node: Node, source: bytes) -> str:
    body = node.child_by_field_name("body")
    if node.type != "function_item" or body is None or body.end_byte - body.start_byte > MAX_BODY:
        return ""
    # Comments stay: they are code a reader sees. Only documentation is the answer.
    return dedent_rest(text(body), node.start_point.column)
