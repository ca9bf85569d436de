"""Proof that every criterion can fail: a copy of the corpus is corrupted for each, and must then be refuted."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tutor.corpus import dataset, falsify, forms, review, tokens
from tutor.corpus.candidates import examine
from tutor.corpus.criteria import CRITERIA
from tutor.corpus.criteria.base import Context, Criterion, Outcome
from tutor.corpus.dataset import Dataset
from tutor.corpus.extract import Progress, Report, silent
from tutor.corpus.lock import LOCK
from tutor.corpus.schema import Record, content_sha256, record_id
from tutor.corpus.subject import Subject

Change = Callable[[list[Record]], list[Record]]
Mutation = Callable[[Path, list[Record]], None]
"""Corrupts the corpus in a directory, whose records are given."""


@dataclass(frozen=True)
class Proof:
    """A criterion before and after its corruption."""

    criterion: Criterion
    before: Outcome
    after: Outcome

    @property
    def proved(self) -> bool:
        """It held, and then it did not."""
        return self.before.status == "held" and self.after.status == "refuted"


def prove(corpus: Dataset, *, only: Iterable[int] = (), report: Report = silent) -> list[Proof]:
    """Corrupt a copy of the corpus once for each criterion, and try that criterion on it.

    Args:
        only: numbers of criteria; all of them where it is empty.
    """
    numbers = set(only)
    chosen = [criterion for criterion in CRITERIA if not numbers or criterion.number in numbers]
    whole = Context(corpus)
    proofs = []
    for number, criterion in enumerate(chosen, 1):
        report(Progress("mutate", number, len(chosen), criterion.title))
        before = falsify.attempt(criterion, whole)
        with tempfile.TemporaryDirectory(prefix="tutor-") as scratch:
            copy = Path(scratch) / "corpus"
            shutil.copytree(corpus.path, copy)
            MUTATIONS[criterion.number](copy, corpus.records)
            proofs.append(Proof(criterion, before, falsify.attempt(criterion, Context(dataset.read(copy)))))
    return proofs


def _rows(change: Change) -> Mutation:
    """Write changed records over the Parquet files."""

    def mutate(path: Path, records: list[Record]) -> None:
        shutil.rmtree(path / "data")
        dataset.write_splits(path, change(sorted(records, key=lambda record: record.id)))

    return mutate


def _one(change: Callable[[Record], Record], fits: Callable[[Record], bool] = lambda record: True) -> Mutation:
    """Change the first row that fits."""

    def mutate(records: list[Record]) -> list[Record]:
        place = next(number for number, record in enumerate(records) if fits(record))
        return [*records[:place], change(records[place]), *records[place + 1 :]]

    return _rows(mutate)


def _every(change: Callable[[Record], Record]) -> Mutation:
    return _rows(lambda records: [change(record) for record in records])


def _with(**values: Any) -> Callable[[Record], Record]:
    return lambda record: replace(record, **values)


def _documented(edit: Callable[[Subject], str]) -> Callable[[Record], Record]:
    """A row with another documentation, its identity made right again."""

    def change(record: Record) -> Record:
        output = forms.written(record.language, edit(Subject(record)), record.output.startswith("//!"))
        return _identified(replace(record, output=output))

    return change


def _identified(record: Record) -> Record:
    return replace(
        record,
        id=record_id(record.language, record.input, record.output),
        content_sha256=content_sha256(record.input, record.output),
    )


def _and(text: str) -> Callable[[Record], Record]:
    return _documented(lambda subject: f"{subject.doc}\n\n{text}")


def _function(record: Record) -> bool:
    """A function whose parameters are all known, at least one of them."""
    signature = Subject(record).signature
    return signature.is_function and bool(signature.parameters) and not signature.open_ended


def _several(record: Record) -> bool:
    return _function(record) and len(Subject(record).signature.parameters) > 2


def _section(subject: Subject, names: list[str]) -> str:
    if subject.record.language == "rust":
        return f"{subject.parts.summary}\n\n# Arguments\n\n" + "\n".join(f"* `{name}` - it is used" for name in names)
    return f"{subject.parts.summary}\n\nArgs:\n" + "\n".join(f"    {name}: It is used." for name in names)


def _wrong_return(subject: Subject) -> str:
    if subject.record.language == "rust":
        return "Returns `Some` of what there is."
    return f"{subject.parts.summary}\n\nReturns:\n    int: What there is."


def _returns_plain(record: Record) -> bool:
    returns = Subject(record).signature.returns
    return returns in (("", "bool", "usize") if record.language == "rust" else ("None", "str", "bool"))


def _wrong_errors(subject: Subject) -> str:
    if subject.record.language == "rust":
        return "Does it.\n\n# Safety\n\nThe pointer must be valid."
    return f"{subject.parts.summary}\n\nRaises:\n    trouble: When it cannot be done."


def _safe_function(record: Record) -> bool:
    return Subject(record).signature.is_function and "unsafe" not in record.input + record.body


def _wrong_example(subject: Subject) -> str:
    code = "```\nlet x = somewhere_else(1);\n```" if subject.record.language == "rust" else ">>> somewhere_else(1)"
    return f"{subject.parts.summary}\n\n{code}"


def _broken_example(subject: Subject) -> str:
    code = "```\nlet x = = 1;\n```" if subject.record.language == "rust" else ">>> x = = 1"
    return f"{subject.parts.summary}\n\n{code}"


def _plain_function(record: Record) -> bool:
    return _function(record) and not record.symbol.rpartition(".")[2].startswith("__") and " for " not in record.input


def _swapped(records: list[Record]) -> list[Record]:
    """Every documentation on the code of a row far away."""
    far = len(records) // 2
    return [
        replace(record, output=records[(place + far) % len(records)].output) for place, record in enumerate(records)
    ]


def _repeated_id(records: list[Record]) -> list[Record]:
    return [*records[:-1], replace(records[-1], id=records[0].id)]


def _repeated_row(records: list[Record]) -> list[Record]:
    return [*records, replace(records[0], source_line=records[0].source_line + 1)]


def _without(category: str) -> Mutation:
    return _rows(lambda records: [record for record in records if record.category != category])


def _measured(change: Callable[[Record], Record]) -> Callable[[Record], Record]:
    """The change, with score and tokens as they really are then: only the threshold is left to refute it."""

    def measured(record: Record) -> Record:
        new = change(record)
        given, wanted = tokens.counter(tokens.tokenizer_file("embedded"))([new.input, new.output])
        new = replace(new, tokens_input=given, tokens_output=wanted)
        return replace(new, quality_score=examine(new).measures.score)

    return measured


def _few_sources(records: list[Record]) -> list[Record]:
    names = sorted({record.source_repo for record in records})
    return [record for record in records if record.source_repo in names[:4]]


def _one_source(records: list[Record]) -> list[Record]:
    return [replace(record, source_repo=records[0].source_repo) for record in records]


def _other_schema(path: Path, _records: list[Record]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = dataset.parquet_files(path)[0]
    table = pq.read_table(file)
    place = table.column_names.index("source_line")
    pq.write_table(table.set_column(place, "source_line", table.column("source_line").cast(pa.int64())), file)


def _lock(change: Callable[[dict[str, Any]], object]) -> Mutation:
    def mutate(path: Path, _records: list[Record]) -> None:
        file = path / LOCK
        value = json.loads(file.read_text(encoding="utf-8"))
        change(value)
        file.write_text(json.dumps(value), encoding="utf-8")

    return mutate


def _other_card(path: Path, records: list[Record]) -> None:
    card = path / dataset.CARD
    card.write_text(card.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def _rejected(path: Path, _records: list[Record]) -> None:
    said = [replace(one, judgement="reject") for one in review.read(path)]
    review.store(path).write_text("".join(json.dumps(asdict(one)) + "\n" for one in said), encoding="utf-8")


MUTATIONS: dict[int, Mutation] = {
    1: _one(_with(source_commit="0" * 40)),
    2: _one(_with(source_file="nowhere/at/all.rs")),
    3: _one(_with(source_line=9_999_999), lambda record: record.kind != "module"),
    4: _one(_with(input="  \n")),
    5: _one(_documented(lambda subject: " ")),
    6: _rows(_repeated_id),
    7: _one(_with(id=str(uuid.UUID(int=4)))),
    8: _other_schema,
    9: _rows(_repeated_row),
    10: _one(_with(extraction_date=915148800)),
    11: _one(lambda record: replace(record, input=record.input + "\n( {")),
    12: _one(lambda record: replace(record, output="Plain text.")),
    13: _one(_and("It costs 5 \ufffd.")),
    14: _one(_and("It uses `name without an end.")),
    15: _one(_documented(_broken_example), _function),
    16: _one(_and("It opens (and never closes.")),
    17: _one(_and("It rings \x07 once.")),
    18: _one(_and("It is long. " * 12)),
    19: _one(lambda record: replace(record, input=record.input + "\r\n")),
    20: _one(lambda record: replace(record, input=record.input + " ")),
    21: _rows(_swapped),
    22: _one(_documented(lambda s: _section(s, list(s.signature.parameters)[:1])), _several),
    23: _one(_documented(_wrong_return), _returns_plain),
    24: _one(_documented(_wrong_errors), _safe_function),
    25: _one(_documented(_wrong_example), _plain_function),
    26: _one(_documented(lambda s: _section(s, [*s.signature.parameters, "no_such_name"])), _function),
    27: _one(_and("See `FrobnicatedQuux`.")),
    28: _one(_documented(lambda s: "Diese Funktion gibt den Wert zurück, der für die Berechnung nicht benötigt wird.")),
    29: _one(_and("This is a fucking mess.")),
    30: _one(_and("Ask karl.meier@gmx.de about it.")),
    31: _without("function"),
    32: _without("argument"),
    33: _without("example"),
    34: _without("error"),
    35: _without("module"),
    36: _rows(_few_sources),
    37: _rows(_one_source),
    38: _one(lambda record: replace(record, body=record.body + "\npass")),
    39: _lock(lambda value: value["tools"].pop("pyarrow")),
    40: _lock(lambda value: value["config"]["gates"].update(max_line=999)),
    41: _lock(lambda value: value["sources"][0].update(locator="/nowhere/at/all")),
    42: _lock(lambda value: value["config"]["split"].update(train=0.5, validation=0.25, test=0.25)),
    43: _other_card,
    44: _every(_measured(_documented(lambda subject: "Does it."))),
    45: _one(_measured(_documented(lambda subject: "x"))),
    46: _one(_measured(_and("It says so again. " * 200))),
    47: _one(_measured(_and("It says so again. " * 900))),
    48: _rejected,
}
"""Criterion → what must refute it."""
