"""A validator of a card's header, for topic 3.2.1: are its words known, and are its numbers those of the data?"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from tutor.corpus import card
from tutor.corpus.lessons.dataset_card import SOURCES, rows_of
from tutor.corpus.schema import Record
from tutor.engine.protocol import Call

__all__ = ["check"]

Verdict = tuple[bool, str]
SHOWN = 30
"""Characters of what was typed that are said again."""


def check(
    call: Call, licence: str, task: str, language: str, size: str, rows: str, name: str, sources: str = SOURCES
) -> dict[str, Any]:
    """Write a card's header, and try to refute it.

    Returns:
        `yaml`: the header as huggingface_hub writes it; `verdicts` `{field, holds, says}`; `right`: how many hold.
    """
    records, source = rows_of(call, sources)
    asked = {
        "license": _licence(licence, records),
        "task_categories": _task(task),
        "language": _language(language),
        "size_categories": _size(size, len(records)),
        "rows": _rows(rows, len(records)),
        "pretty_name": (bool(name.strip()), "says what it is called" if name.strip() else "has no text"),
    }
    return {
        "yaml": _yaml(licence, task, language, size, name),
        "verdicts": [{"field": field, "holds": holds, "says": says} for field, (holds, says) in asked.items()],
        "right": sum(holds for holds, _ in asked.values()),
        "source": f"{source}; words known to huggingface_hub {version('huggingface-hub')} and, of licences, packaging "
        f"{version('packaging')}",
    }


def _yaml(licence: str, task: str, language: str, size: str, name: str) -> str:
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        language=[language], license=licence, task_categories=[task], size_categories=[size], pretty_name=name
    )
    return f"---\n{str(data.to_yaml()).strip()}\n---"


def _licence(said: str, records: list[Record]) -> Verdict:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    held = sorted({licence for record in records for licence in _named(record.license)})
    if said != "other":
        try:
            canonicalize_license_expression(said)
        except InvalidLicenseExpression:
            return False, f"{said[:SHOWN]!r} is no SPDX identifier, and not “other”"
    missing = [one for one in held if one.lower() != said.lower()]
    if said != "other" and missing:
        return False, f"rows are {missing[0]}, too; several licences are “other”, and the text names them"
    return True, "covers every row" if said != "other" else f"the text has to name {', '.join(held)}"


def _named(expression: str) -> Iterator[str]:
    yield from (word for word in re.findall(r"[\w.+-]+", expression) if word not in ("OR", "AND", "WITH"))


def _task(said: str) -> Verdict:
    from huggingface_hub.inference._generated import types

    known = {module.name.replace("_", "-") for module in pkgutil.iter_modules(types.__path__)} - {"base"}
    return (
        (True, "is a task of the Hub")
        if said in known
        else (False, f"{said[:SHOWN]!r} is no task, as text-generation is")
    )


def _language(said: str) -> Verdict:
    if re.fullmatch("[a-z]{2,3}", said):
        return True, "has the form of an ISO 639 code"
    return False, f"{said[:SHOWN]!r} is no code of two or three letters"


def _size(said: str, count: int) -> Verdict:
    right = card.size_category(count)
    return (True, "is that of the data") if said == right else (False, f"{count:,} rows are {right}")


def _rows(said: str, count: int) -> Verdict:
    plain = said.replace(",", "").strip()
    if not plain.isdecimal():
        return False, f"{said[:SHOWN]!r} is no number"
    return (
        (True, "were counted") if int(plain) == count else (False, f"{said[:SHOWN]} are claimed, {count:,} are there")
    )
