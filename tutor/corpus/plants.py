"""The faults that are planted, and the harmless twin of each."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from tutor.corpus.subject import Subject

Edit = Callable[[Subject, random.Random], str | None]
"""Gives the new documentation, or None where the fault does not fit the record."""


@dataclass(frozen=True)
class Plant:
    """A fault of one kind, and its harmless twin."""

    name: str
    """Of the gate or check that should find it."""
    fault: Edit
    twin: Edit


def _and(text: str) -> Edit:
    return lambda subject, _dice: f"{subject.doc}\n\n{text}"


def _instead(*texts: str) -> Edit:
    return lambda _subject, dice: dice.choice(texts)


def _line(low: int, high: int) -> Edit:
    def edit(subject: Subject, dice: random.Random) -> str:
        length = dice.randint(low, high) - (4 if subject.record.language == "rust" else 0)
        filler = "the same value is used again and again for all of them " * 4
        return f"{subject.doc}\n\n{filler[: length - 1].rstrip().ljust(length - 1, 'x')}."

    return edit


def _ratio(subject: Subject, _dice: random.Random) -> str | None:
    if subject.record.tokens_input > 60:
        return "Here."
    return subject.doc + "\n\nThe same is true of every other value of this kind." * 60


def _section(title: str, rows: list[tuple[str, str]], language: str) -> str:
    if language == "rust":
        return f"# {title}\n\n" + "\n".join(f"* `{name}` - {said}" for name, said in rows)
    google = {"Arguments": "Args"}.get(title, title)
    return f"{google}:\n" + "\n".join(f"    {name}: {said}" for name, said in rows)


def _bare(subject: Subject) -> str | None:
    """The summary of a function: what a section can be added to."""
    return subject.parts.summary or None if subject.signature.is_function else None


def _parameters(wanted: Callable[[list[str]], list[str] | None]) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        summary = _bare(subject)
        names = list(subject.signature.parameters)
        chosen = wanted(names) if summary and names and not subject.signature.open_ended else None
        if not chosen:
            return None
        rows = [(name, "the value that is used") for name in chosen]
        return f"{summary}\n\n{_section('Arguments', rows, subject.record.language)}"

    return edit


def _swap(others: list[Subject]) -> Edit:
    def edit(subject: Subject, dice: random.Random) -> str | None:
        strangers = [other for other in others if other.record.source_repo != subject.record.source_repo]
        return dice.choice(strangers).doc if strangers and subject.record.kind != "module" else None

    return edit


_NUMBERS = ("usize", "u8", "u16", "u32", "u64", "i32", "i64", "f32", "f64", "String", "")


def _returns(honest: bool) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        if subject.record.language == "rust":
            wanted = ("bool",) if honest else _NUMBERS
            fits = subject.signature.is_function and subject.signature.returns in wanted
            return "Returns `true` where that is so." if fits else None
        summary, declared = _bare(subject), (subject.signature.returns or "").strip("'\"")
        if not summary or declared not in ("None", "str", "bool", "int", "float"):
            return None
        said = declared if honest else {"None": "int", "str": "bool"}.get(declared, "str")
        if said == "None":
            return None
        return f"{summary}\n\nReturns:\n    {said}: what was asked for."

    return edit


def _errors(honest: bool) -> Edit:
    def edit(subject: Subject, _dice: random.Random) -> str | None:
        summary, returns = _bare(subject), subject.signature.returns or ""
        if not summary:
            return None
        if subject.record.language == "python":
            return f"{summary}\n\nRaises:\n    {'ValueError' if honest else 'trouble'}: When it cannot be used."
        fallible = "Result" in returns
        if fallible != honest or (not fallible and re.search("Poll|Option|Future|Stream|impl |Self|Error", returns)):
            return None
        return f"{summary}\n\n# Errors\n\nAn error is returned when the value cannot be used."

    return edit


def _example(code: str) -> Edit:
    """An example; `NAME` in it becomes the item's name."""

    def edit(subject: Subject, _dice: random.Random) -> str | None:
        if subject.parts.examples or subject.record.kind == "module" or subject.signature.in_trait_impl:
            return None
        name = re.split(r"::|\.", subject.record.symbol)[-1]
        if not name.isidentifier() or name.startswith("__"):
            return None
        shown = code.replace("NAME", name)
        if subject.record.language == "rust":
            return f"{subject.doc}\n\n```\nlet x = {shown};\n```"
        return f"{subject.doc}\n\n>>> x = {shown}"

    return edit


def _known_type(subject: Subject, _dice: random.Random) -> str:
    name = "PathBuf" if subject.record.language == "rust" else "ValueError"
    return f"{subject.doc}\n\nSee `{name}`, or `SCREAMING`."


_FOREIGN = (
    "Diese Funktion gibt den Wert zurück, der für die Berechnung der nächsten Zeile benötigt wird.",
    "Cette fonction renvoie la valeur qui est utilisée pour le calcul de la ligne suivante dans le fichier.",
    "Esta función devuelve el valor que se utiliza para el cálculo de la línea siguiente con los datos.",
    "Questa funzione restituisce il valore che viene usato per il calcolo della riga e non per il resto dei dati.",
    "Эта функция возвращает значение, которое используется для вычисления следующей строки.",
    "この関数は、次の行の計算に使用される値を返します。",
)
_PERSONAL = (
    "Ask karl.meier@gmx.de about it.",
    "The key is AKIAIOSFODNN7QWERTYU.",
    "Token ghp_" + "a1B2c3D4e" * 4 + ".",
    "The server is 93.184.216.34.",
    "It lies in /home/kmeier/data.",
    "Call +49 30 901820 22.",
    "-----BEGIN RSA PRIVATE KEY-----",
)
_IMPERSONAL = (
    "Ask user@example.com about it.",
    "The key is AKIA followed by sixteen letters.",
    "The commit is 3f786850e387550fdab836ed7e6dc881de23001b.",
    "The server is 127.0.0.1 or 192.168.1.20, the version 1.2.3.4.",
    "It lies in /home/user/data.",
    "Call it 12 times, or 1000 times.",
    "Such keys begin with BEGIN and a line of dashes.",
)


def _unchanged(subject: Subject, _dice: random.Random) -> str:
    return subject.doc


_SENTENCE = _and("It is used by the other parts as well.")


def plants(everything: list[Subject]) -> list[Plant]:
    """All of them; documentations are swapped among `everything`."""
    return [
        Plant("score", _instead("todo", "x", "fixme later"), _SENTENCE),
        Plant("line-length", _line(101, 140), _line(60, 100)),
        Plant("delimiters", _and("(see the notes there"), _and("Good :) and a) first, b) second, in [0, 1) or `(`.")),
        Plant("code-fences", _and("```"), _and("```text\nall is well\n```")),
        Plant("control-chars", _and("It rings \x07 once."), _and("It writes “é” — and nothing else.")),
        Plant("tokens", lambda subject, _dice: subject.doc + "\n\nThe same again for all of them." * 90, _unchanged),
        Plant("io-ratio", _ratio, _unchanged),
        Plant("markdown", _and("It uses `name without an end."), _and("It uses `name` and ``an `inner` one``.")),
        Plant("example-code", _example("NAME(1, = 2)"), _example("NAME(1, 2)")),
        Plant("relevance", _swap(everything), _SENTENCE),
        Plant(
            "parameter-coverage",
            _parameters(lambda names: names[:1] if len(names) > 2 else None),
            _parameters(lambda names: names),
        ),
        Plant("returns", _returns(False), _returns(True)),
        Plant("errors", _errors(False), _errors(True)),
        Plant("example-use", _example("somewhere_else(1)"), _example("NAME(1)")),
        Plant(
            "invented-parameters",
            _parameters(lambda names: [*names[:-1], f"{names[-1]}_renamed"]),
            _parameters(lambda names: names),
        ),
        Plant("unknown-type", _and("See `FrobnicatedQuux`."), _known_type),
        Plant("english", _instead(*_FOREIGN), _instead("Returns the value that is used for the next line.")),
        Plant("profanity", _and("This is a fucking mess."), _and("Assess the classic Scunthorpe passage, hello.")),
        Plant(
            "personal-data",
            lambda subject, dice: f"{subject.doc}\n\n{dice.choice(_PERSONAL)}",
            lambda subject, dice: f"{subject.doc}\n\n{dice.choice(_IMPERSONAL)}",
        ),
        Plant("boilerplate", _instead("TODO: write this down.", "FIXME", "TODO"), _and("It keeps a to-do list.")),
    ]  # fmt: skip
