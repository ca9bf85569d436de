"""Flags of command-line tools, out of clap's derive macros: the field, its attributes, and the help that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from tutor.corpus.extract_rust import code_of, comment_text, joined
from tutor.corpus.syntax import parse, text

_DERIVES = {"Parser", "Args", "Subcommand", "ValueEnum"}
_MEMBERS = ("field_declaration", "enum_variant")


@dataclass(frozen=True, slots=True)
class Flag:
    """One documented field or variant."""

    owner: str
    """The struct or enum that derives."""
    name: str
    declaration: str
    """Attributes and field as written."""
    help: str
    line: int


def flags(source: bytes) -> list[Flag]:
    """All documented members of types that derive one of clap's traits, in the order in which they stand."""
    waiting = [parse("rust", source).root_node]
    found: list[Flag] = []
    while waiting:
        container = waiting.pop()
        attributes: list[Node] = []
        for node in container.named_children:
            if node.type == "attribute_item":
                attributes.append(node)
            elif node.type in ("struct_item", "enum_item"):
                if any(_derives(attribute) for attribute in attributes):
                    found += _members(node, node, source)
                attributes = []
            elif node.type not in ("line_comment", "block_comment"):
                body = node.child_by_field_name("body")
                waiting += [body] if node.type == "mod_item" and body else []
                attributes = []
    return sorted(found, key=lambda flag: flag.line)


def _derives(attribute: Node) -> bool:
    said = text(attribute)
    names = {name.strip().rpartition("::")[2] for name in said.partition("(")[2].rstrip(")] ").split(",")}
    return said.replace(" ", "").startswith("#[derive(") and bool(names & _DERIVES)


def _members(owner: Node, container: Node, source: bytes) -> Iterator[Flag]:
    name, body = owner.child_by_field_name("name"), container.child_by_field_name("body")
    if name is None or body is None:
        return
    docs: list[str] = []
    attributes: list[str] = []
    for node in body.named_children:
        if node.type in ("line_comment", "block_comment"):
            docs += [comment_text(node)] if node.child_by_field_name("outer") else []
        elif node.type == "attribute_item":
            attributes.append(text(node))
        else:
            member = node.child_by_field_name("name")
            if node.type in _MEMBERS and docs and member and not node.has_error:
                declaration = "\n".join([*attributes, code_of(node, node.start_byte, node.end_byte, source)])
                yield Flag(text(name), text(member), declaration, joined(docs), node.start_point.row + 1)
            # The fields of a variant are flags of its sub-command.
            yield from _members(owner, node, source) if node.type == "enum_variant" else ()
            docs, attributes = [], []
