"""The licence of a source, told from its own files, as an SPDX expression."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

FILES = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[-._].*)?", re.IGNORECASE)

# Phrases that stand in no other licence of the list; the first that matches decides.
_TEXTS = (
    ("AGPL-3.0-only", "gnu affero general public license"),
    ("LGPL-3.0-only", "gnu lesser general public license"),
    ("GPL-3.0-only", "gnu general public license version 3"),
    ("GPL-2.0-only", "gnu general public license"),
    ("MPL-2.0", "mozilla public license version 2.0"),
    ("Apache-2.0", "apache license version 2.0"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("BSL-1.0", "boost software license - version 1.0"),
    ("CC0-1.0", "cc0 1.0 universal"),
    ("PSF-2.0", "python software foundation license version 2"),
    ("ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"),
    ("ISC", "permission to use, copy, modify, and distribute this software for any purpose with or without fee"),
    ("BSD-3-Clause", "neither the name of"),
    ("BSD-2-Clause", "redistribution and use in source and binary forms"),
    ("MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("Zlib", "this software is provided 'as-is', without any express or implied warranty"),
)

_HEADER = re.compile(rb"SPDX-License-Identifier:\s*([^\s*/#][^\n*/#]*)")
_COPYLEFT = re.compile(rb"GNU (?:Affero |Lesser )?General Public License|Mozilla Public License", re.IGNORECASE)

_NAMES = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}


def expression(said: str) -> str:
    """`said` as an SPDX expression, or '' where it is none; understands old names and Cargo's `MIT/Apache-2.0`."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    plain = said.strip()
    known = _NAMES.get(plain.lower())
    if known:
        return known
    try:
        return canonicalize_license_expression(re.sub(r"\s*/\s*", " OR ", plain)) if plain else ""
    except InvalidLicenseExpression:
        return ""


def of_text(text: str) -> str:
    """The SPDX identifier of a licence's text, or ''."""
    plain = re.sub(r"[\s,]+", " ", text.lower().replace("’", "'"))
    for identifier, phrase in _TEXTS:
        if re.sub(r",", "", phrase) in plain:
            return identifier
    return ""


def of_tree(root: Path) -> str:
    """What `Cargo.toml`, `pyproject.toml` or the licence files at the root say."""
    for name, table in (("Cargo.toml", "package"), ("pyproject.toml", "project")):
        said = _manifest(root / name).get(table, {})
        licence = said.get("license") if isinstance(said, dict) else None
        if isinstance(licence, dict):
            licence = licence.get("text")
        if isinstance(licence, str) and (found := expression(licence)):
            return found
    return of_files(sorted(path for path in root.iterdir() if FILES.fullmatch(path.name) and path.is_file()))


def of_files(files: list[Path]) -> str:
    """Any one of several licence files suffices, as is the custom of dual licensing."""
    found = {of_text(path.read_text(encoding="utf-8", errors="replace")) for path in files if not path.is_symlink()}
    return " OR ".join(sorted(found - {""}))


def of_header(source: bytes) -> str:
    """A licence that a file claims for itself in its first lines: an SPDX expression, `LicenseRef-copyleft`, or ''."""
    head = source[:2000]
    match = _HEADER.search(head)
    if match:
        said = match.group(1).decode("utf-8", "replace")
        return expression(said) or "LicenseRef-unknown"
    return "LicenseRef-copyleft" if _COPYLEFT.search(head) else ""


def allowed(spdx: str, allowed_ids: list[str]) -> bool:
    """Whether an expression can be satisfied with the allowed identifiers alone."""
    if not spdx:
        return False
    tokens = re.findall(r"[()]|[^\s()]+", spdx)
    value, rest = _either(tokens, {identifier.lower() for identifier in allowed_ids})
    return value and not rest


def _either(tokens: list[str], allowed_ids: set[str]) -> tuple[bool, list[str]]:
    value, rest = _both(tokens, allowed_ids)
    while rest and rest[0].upper() == "OR":
        other, rest = _both(rest[1:], allowed_ids)
        value = value or other
    return value, rest


def _both(tokens: list[str], allowed_ids: set[str]) -> tuple[bool, list[str]]:
    value, rest = _one(tokens, allowed_ids)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], allowed_ids)
        value = value and other
    return value, rest


def _one(tokens: list[str], allowed_ids: set[str]) -> tuple[bool, list[str]]:
    if not tokens:
        return False, []
    if tokens[0] == "(":
        value, rest = _either(tokens[1:], allowed_ids)
        return value, rest[1:]
    rest = tokens[1:]
    # An exception only ever permits more than the licence it is added to.
    if rest and rest[0].upper() == "WITH":
        rest = rest[2:]
    return tokens[0].lower() in allowed_ids, rest


def _manifest(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}


def manifest_version(root: Path) -> tuple[str, str]:
    """(name, version) of a crate or project, '' where the tree does not say."""
    for name, table in (("Cargo.toml", "package"), ("pyproject.toml", "project")):
        said = _manifest(root / name).get(table)
        if isinstance(said, dict):
            version = said.get("version")
            return str(said.get("name", "")), version if isinstance(version, str) else ""
    return "", ""
