"""The way of one record through the modules of the corpus tool, whole or with a fault in it, for topic 3.3.1."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from tutor.corpus import build, candidates, config, dataset, extract, falsify, forms, gates, licences, select, trees
from tutor.corpus.candidates import Candidate
from tutor.corpus.measured import Measured, counted_source, measure
from tutor.corpus.mutate import MUTATIONS
from tutor.corpus.schema import COLUMNS, Record, content_sha256, record_id
from tutor.corpus.subject import Subject
from tutor.engine.protocol import Call

__all__ = ["broken", "columns", "follow"]

SOURCE = "sample:tally"
ATTACKED = (*range(1, 21), 43)
"""Criteria that are tried on what was written: those of rows, their origin and the card."""
WRITTEN = {"id": 7, "line": 3, "file": 2, "card": 43}
"""Faults that are put into the written corpus, and whose mutation does it."""
STATIONS = ("extract", "gates", "checks", "licences", "dedup", "split", "dataset", "falsify")
SLOW = "falsify"
"""The station before which the others are told: it writes a corpus and attacks it."""
NEAR = 3
"""Lines of the source that are shown."""


def follow(call: Call, number: int = 0, fault: str = "none") -> dict[str, Any]:
    """Send a record of the small crate through all modules.

    Args:
        number: which of the records that the whole crate keeps.
        fault: `none`, or what is spoilt before (`long line`, `todo`, `parameter`, `secret`, `syntax`, `licence`,
            `copy`) or after writing (`WRITTEN`).

    Returns:
        `stations` `{name, module, purpose, state, lines}`, of which `state` is `passed`, `stopped`, `not reached`,
        or, in the part that comes before the last station, `under way`; `caught`: the station that stops it, or
        `nothing`; the `fault`; `by`: station → 1 where it is that one; the `record`.
    """
    found = measure(call, SOURCE)
    kept = found.select().kept
    whole = kept[number % len(kept)]
    spoilt = _spoilt(whole, fault)
    stations: list[dict[str, Any]] = []
    for name in STATIONS:
        call.check()
        if name == SLOW:
            call.part(**_told(spoilt, stations, len(kept), fault))
        if any(station["state"] == "stopped" for station in stations):
            stations.append(_entry(name, "not reached", [""]))
            continue
        faults, lines = _station(name, spoilt, whole, found, fault)
        against = [f"{reason}: {what}" for reason, what in faults.items()]
        stations.append(_entry(name, "stopped" if faults else "passed", [*against, *lines]))
    return _told(spoilt, stations, len(kept), fault) | {"source": counted_source(found)}


def _told(spoilt: Candidate, stations: list[dict[str, Any]], count: int, fault: str) -> dict[str, Any]:
    """The answer when so many stations are done; the others are under way."""
    stopped = next((station["name"] for station in stations if station["state"] == "stopped"), "nothing")
    record = spoilt.record
    return {
        "stations": [*stations, *(_entry(name, "under way", [""]) for name in STATIONS[len(stations) :])],
        "fault": fault,
        "caught": stopped,
        "by": {name: int(name == stopped) for name in STATIONS},
        "record": {"symbol": record.symbol, "input": record.input, "output": record.output},
        "count": count,
        "source": "on its way",
    }


def _entry(name: str, state: str, lines: list[str]) -> dict[str, Any]:
    return {"name": name, **_module(name), "state": state, "lines": lines}


def broken(call: Call, fault: str) -> dict[str, Any]:
    """What the modules say of a record with a fault in it, as lines of text in `evidence`."""
    answer = follow(call, 1, fault)
    lines = [f"{station['name']}: {station['state']}" for station in answer["stations"]]
    caught = next((station for station in answer["stations"] if station["state"] == "stopped"), None)
    return {"evidence": [*lines, "", *(caught["lines"][:1] if caught else [])], "source": answer["source"]}


def columns(call: Call) -> dict[str, Any]:
    """What identifies a row: `cases` about ids, the `count` of columns, and the `version` of the UUIDs."""
    kept = measure(call, SOURCE).select().kept
    again = [record_id(found.record.language, found.record.input, found.record.output) for found in kept]
    versions = {uuid.UUID(found.record.id).version for found in kept}
    return {
        "cases": [
            {"name": "version of the UUIDs of the rows here", "value": ", ".join(map(str, versions)),
             "holds": versions == {4}},
            {"name": "ids that change when they are made again", "value": sum(
                one != found.record.id for one, found in zip(again, kept, strict=True)), "holds": again != [
                found.record.id for found in kept]},
        ],
        "count": len(COLUMNS),
        "version": max(version or 0 for version in versions),
        "source": f"the {len(kept)} rows of {SOURCE}",
    }  # fmt: skip


def _module(name: str) -> dict[str, str]:
    module = import_module(f"tutor.corpus.{name}")
    return {"module": f"tutor/corpus/{name}.py", "purpose": (module.__doc__ or "").split("\n")[0]}


def _spoilt(whole: Candidate, fault: str) -> Candidate:
    record = whole.record
    more = {
        "long line": "It is long. " * 12,
        "todo": "TODO: say what this is for.",
        "parameter": "# Arguments\n\n* `no_such_name` - it is used",
        "secret": "Ask karl.meier@gmx.de about it.",
    }
    if fault in more:
        doc = f"{Subject(record).doc}\n\n{more[fault]}"
        record = replace(record, output=forms.written(record.language, doc, record.output.startswith("//!")))
    elif fault == "syntax":
        record = replace(record, input=record.input + "\n( {")
    elif fault == "licence":
        return replace(whole, record=replace(record, license="GPL-3.0-only"))
    else:
        return whole
    identity = record_id(record.language, record.input, record.output)
    return candidates.examine(replace(record, id=identity, content_sha256=content_sha256(record.input, record.output)))


def _station(
    name: str, spoilt: Candidate, whole: Candidate, found: Measured, fault: str
) -> tuple[dict[str, str], list[str]]:
    """What a module has against the record, and what it says of it."""
    record, chosen = spoilt.record, config.load()
    if name == "extract":
        return {}, list(_extracted(record, found))
    if name == "gates":
        said = gates.Measures.__slots__
        return gates.verdicts(spoilt.measures, chosen.gates), [
            f"{one}: {getattr(spoilt.measures, one)}" for one in said if not one.endswith("fault")
        ]
    if name == "checks":
        return spoilt.failures, [f"{len(spoilt.failures)} of its checks found something"]
    if name == "licences":
        fine = licences.allowed(record.license, chosen.licences)
        return {} if fine else {"licence": f"{record.license} is not on the list"}, [f"licence: {record.license}"]
    if name == "dedup":
        return _twice(whole, found, fault)
    if name == "split":
        rows = build.records_of(found.select(), chosen, 0)
        row = next(row for row in rows if row.id == whole.record.id)
        return {}, [f"split: {row.split}", f"cluster: {row.cluster}, the rows of its file and what is like them"]
    if name == "dataset":
        return {}, [f"{column}: {str(getattr(record, column))[:70]!r}" for column in COLUMNS]
    return _attacked(fault)


def _extracted(record: Record, found: Measured) -> Iterator[str]:
    """Where it was found, and the source at that place, read again."""
    yield f"{record.source_file}, line {record.source_line}: {record.kind} {record.symbol}"
    yield f"category {record.category}; {record.tokens_input} tokens in, {record.tokens_output} out"
    lines = trees.read(found.extractions[0].tree, record.source_file).decode("utf-8", "replace").split("\n")
    for number in range(record.source_line, min(record.source_line + NEAR, len(lines) + 1)):
        yield f"{number:>5}  {lines[number - 1]}"


def _twice(whole: Candidate, found: Measured, fault: str) -> tuple[dict[str, str], list[str]]:
    """Choose again, where there is a copy with it among all others."""
    pool = found.pool
    if fault != "copy":
        return {}, [f"nothing among {len(pool.candidates)} records is like it"]
    copy = replace(whole, record=replace(whole.record, source_line=whole.record.source_line + 1))
    selection = select.select(replace(pool, candidates=[*pool.candidates, copy]), config.load())
    dropped = next(one for one in selection.rejected if one.candidate is copy)
    return dropped.reasons, [f"stage: {dropped.stage}"]


def _attacked(fault: str) -> tuple[dict[str, str], list[str]]:
    """Write the corpus, spoil it where that is the fault, and let the criteria of its rows try."""
    with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
        path = Path(scratch) / "corpus"
        build.build([SOURCE], config.load(), path, processes=1, report=extract.silent)
        if fault in WRITTEN:
            MUTATIONS[WRITTEN[fault]](path, dataset.read(path).records)
        verdict = falsify.falsify(dataset.read(path), only=ATTACKED)
    refuted = [result for result in verdict.results if result.outcome.status == "refuted"]
    tried = [f"{len(verdict.results)} criteria tried, {len(refuted)} refuted"]
    against = {f"criterion {result.criterion.number}": result.outcome.evidence[0] for result in refuted}
    return {name: f"{evidence.what} ({evidence.where})" for name, evidence in against.items()}, tried
