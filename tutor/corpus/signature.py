"""What an input declares, read from its syntax tree: never trusted from a column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tree_sitter import Node

from tutor.corpus.syntax import parse, text

_FUNCTIONS = ("function_item", "function_signature_item", "function_definition")
_FIELDS = ("field_declaration", "enum_variant")


@dataclass(frozen=True, slots=True)
class Signature:
    """A declaration, taken apart."""

    name: str = ""
    parameters: tuple[str, ...] = ()
    """Without `self`, `*args` and `**kwargs`; of a class or struct, its fields and its constructor's parameters."""
    open_ended: bool = False
    """Takes `**kwargs` or `*args`, or is shown shortened: other parameters than these may be meant."""
    returns: str | None = None
    """The type as written; '' where a function says none; None for what is no function."""
    is_unsafe: bool = False
    is_function: bool = False
    in_trait_impl: bool = False
    """`impl Trait for Type`: called through an operator or another name as often as not."""
    decorators: tuple[str, ...] = field(default=())


@lru_cache(maxsize=4096)
def read(language: str, code: str) -> Signature:
    """The innermost declaration of an input."""
    root = parse(language, code.encode("utf-8", "surrogatepass")).root_node
    shortened = "// …" in code or "# …" in code
    top = next((node for node in root.named_children if node.type not in ("comment", "line_comment")), None)
    if top is None:
        return Signature(open_ended=True)
    function = _only_function(top)
    if function is None:
        fields = _fields(top) if language == "rust" else _class_fields(top)
        named = next((node for node in _chain(top) if node.child_by_field_name("name")), top)
        return Signature(_name(named), tuple(fields), open_ended=shortened or not fields)
    parameters, open_ended = _parameters(function, language)
    result = function.child_by_field_name("return_type")
    return Signature(
        name=_name(function),
        parameters=tuple(parameters),
        open_ended=open_ended,
        returns=text(result) if result else "",
        is_unsafe=bool(re.search(r"\bunsafe\b", code.partition("(")[0])),
        is_function=True,
        in_trait_impl=top.type == "impl_item" and top.child_by_field_name("trait") is not None,
        decorators=tuple(text(node) for node in _decorators(function)),
    )


def _chain(top: Node) -> list[Node]:
    inner = top.child_by_field_name("definition")
    return [top, inner] if inner else [top]


def _only_function(top: Node) -> Node | None:
    """The function that the input shows, if it shows a function and not a type with methods."""
    node = top
    while True:
        if node.type in _FUNCTIONS:
            return node
        inner = node.child_by_field_name("definition") or node.child_by_field_name("body")
        if inner is None:
            return None
        members = [child for child in inner.named_children if child.type not in ("comment", "line_comment")]
        if inner.type in (*_FUNCTIONS, "class_definition"):
            node = inner
        elif len(members) == 1 and node.type in ("impl_item", "trait_item", "class_definition"):
            node = members[0]
        else:
            return None


def _decorators(function: Node) -> list[Node]:
    parent = function.parent
    if parent is None or parent.type != "decorated_definition":
        return []
    return [child for child in parent.named_children if child.type == "decorator"]


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    return text(name) if name else ""


def _parameters(function: Node, language: str) -> tuple[list[str], bool]:
    listed = function.child_by_field_name("parameters")
    names: list[str] = []
    open_ended = False
    for node in listed.named_children if listed else []:
        if node.type == "parameter":
            pattern = node.child_by_field_name("pattern")
            names += _identifiers(pattern) if pattern else []
        elif language == "python":
            star = text(node).lstrip().startswith("*")
            if star:
                # A bare `*` only says that what follows is named.
                open_ended = open_ended or len(text(node)) > 1
                continue
            found = node.child_by_field_name("name") or node
            names += [name for name in _identifiers(found)[:1] if name not in ("self", "cls")]
    return names, open_ended


def _identifiers(node: Node) -> list[str]:
    if node.type in ("identifier", "shorthand_field_identifier"):
        return [text(node)]
    return [name for child in node.named_children for name in _identifiers(child)]


def _fields(top: Node) -> list[str]:
    body = top.child_by_field_name("body")
    return [_name(node) for node in body.named_children if node.type in _FIELDS] if body else []


def _class_fields(top: Node) -> list[str]:
    node = top.child_by_field_name("definition") or top
    body = node.child_by_field_name("body")
    names: list[str] = []
    for child in body.named_children if body else []:
        inner = child.named_children[0] if child.type == "expression_statement" and child.named_children else child
        left = inner.child_by_field_name("left")
        function = inner.child_by_field_name("definition") or inner
        if left is not None:
            names += _identifiers(left)[:1]
        elif function.type == "function_definition" and _name(function) in ("__init__", "__new__"):
            names += _parameters(function, "python")[0]
    return names
