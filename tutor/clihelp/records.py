"""Questions and answers out of parsed help: one record per option and one per command."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tutor.clihelp.answers import NONE, NOTHING, Answer, render
from tutor.clihelp.collect import Page
from tutor.clihelp.help import Option
from tutor.clihelp.parse import parse

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tutor/cli-help")
"""Ids are UUIDv5 of the content, so the same record has the same id on every machine."""

MIN_WORDS, MAX_DOES = 2, 140
MAX_USAGE, MAX_ITEMS, MAX_VALUES = 90, 4, 8
MAX_EXCERPT, MAX_HEAD = 320, 420
"""Characters; with these a question and its answer are about 110 tokens in the mean and never 300."""

_OPTION_QUESTIONS = (
    "Explain the option `{name}` of `{command}`.",
    "What does `{name}` do in `{command}`?",
    "Describe the option `{name}` of the command `{command}`.",
    "I found `{command} {name}` in a script. What does it mean?",
)
_COMMAND_QUESTIONS = (
    "Explain the command `{command}`.",
    "What does `{command}` do?",
    "Describe the command `{command}`.",
    "How is `{command}` used?",
)
_SENTENCE_END = re.compile(r"(?<![. ][a-z])(?<!e\.g)(?<!i\.e)(?<!etc)(?<!\.)\.\s+(?=[A-Z`\"'\[(])")
_TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})
_CUT_OFF = re.compile(
    r"(?:[,;:(-]|\b(?:a|an|and|as|at|by|for|from|if|in|into|is|it|of|on|or|than|that|the|to|when|with))$"
)


@dataclass(frozen=True)
class Record:
    """One question with its answer, and where it comes from."""

    id: str
    kind: str
    """`option` or `command`."""
    variant: str
    """`excerpt` where the question quotes the help text, `recall` where it does not."""
    tool: str
    tool_kind: str
    """`rust` or `other`."""
    version: str
    command: str
    option: str
    """The option asked about; '' where the record is about the command."""
    prompt: str
    completion: str
    parsed: dict[str, Any]
    sha256: str
    """Of the whole help text."""
    collected_at: str
    platform: str
    licence: str

    @property
    def description(self) -> str:
        """What the answer says the thing does."""
        return str(self.parsed["does"])

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and Parquet."""
        return asdict(self)


def make_records(
    pages: Iterable[Page], variant: str, excerpt_share: float, seed: int
) -> tuple[list[Record], Counter[str]]:
    """All records of the pages, and how many candidates were dropped for which reason.

    Args:
        variant: `excerpt`, `recall`, or `mixed`, where `excerpt_share` of the questions quote the help text.
    """
    records: list[Record] = []
    dropped: Counter[str] = Counter()
    for page in pages:
        candidates = [_about_command(page), *(_about_option(page, option) for option in page.help.options)]
        for candidate in candidates:
            reason = candidate.problem(variant)
            if reason:
                dropped[reason] += 1
            else:
                records.append(candidate.record(page, variant, excerpt_share, seed))
    return records, dropped


@dataclass(frozen=True)
class _Candidate:
    kind: str
    command: str
    option: str
    answer: Answer
    excerpt: str
    parsed: dict[str, Any]

    def problem(self, variant: str) -> str:
        """Why this makes no good record, or ''."""
        does = self.answer.get("Does").removesuffix(".")
        text = render(self.answer) + self.excerpt
        if not self.answer.fields:
            return "incomplete help"
        if not does:
            return "no description"
        if len(does.split()) < MIN_WORDS:
            return "description too short"
        if len(does) > MAX_DOES:
            return "description too long"
        if _CUT_OFF.search(does) or does.count("(") != does.count(")") or does.count("`") % 2:
            return "description cut off"
        if not text.isascii():
            return "not plain English"
        if len(self.parsed["choices"]) > MAX_VALUES:
            return "too many values"
        if variant != "recall" and len(self.excerpt) > (MAX_HEAD if self.kind == "command" else MAX_EXCERPT):
            return "excerpt too long"
        return ""

    def record(self, page: Page, variant: str, excerpt_share: float, seed: int) -> Record:
        completion = render(self.answer)
        luck = _luck(seed, completion)
        quotes = variant == "excerpt" or (variant == "mixed" and luck % 1000 < excerpt_share * 1000)
        questions = _COMMAND_QUESTIONS if self.kind == "command" else _OPTION_QUESTIONS
        prompt = questions[luck // 1000 % len(questions)].format(name=self.option, command=self.command)
        if quotes:
            prompt += f"\n\nIts help says:\n{self.excerpt}"
        return Record(
            id=str(uuid.uuid5(NAMESPACE, json.dumps([prompt, completion]))),
            kind=self.kind,
            variant="excerpt" if quotes else "recall",
            tool=page.tool,
            tool_kind=page.kind,
            version=page.version,
            command=self.command,
            option=self.option,
            prompt=prompt,
            completion=completion,
            parsed=self.parsed,
            sha256=page.sha256,
            collected_at=page.collected_at,
            platform=page.platform,
            licence=f"Quotes the help text of {page.tool} ({page.licence}).",
        )


def _about_option(page: Page, option: Option) -> _Candidate:
    is_cut = page.cuts_descriptions and not option.description.endswith(".")
    fields = [
        ("Flags", ", ".join(option.flags)),
        ("Does", "" if is_cut else sentence(option.description)),
        ("Takes", option.placeholder or NOTHING),
        ("Default", option.default or NONE),
    ]
    if option.choices:
        fields.append(("Values", ", ".join(option.choices)))
    answer = Answer(f"{page.command} {option.name}", tuple(fields))
    parsed = _parsed(answer, option=option)
    return _Candidate("option", page.command, option.name, answer, _plain(option.excerpt), parsed)


def _about_command(page: Page) -> _Candidate:
    head = _head(page.text)
    shown = parse(head)
    own = page.help.description
    does = sentence(own if own and not own.endswith(":") else page.summary, name=page.tool)
    items = [" ".join((option.name, option.placeholder)).strip() for option in shown.options]
    items = items or [command.name for command in shown.commands]
    fields = (("Does", does), ("Usage", _cut(shown.usage)), ("Has", "; ".join(items[:MAX_ITEMS])))
    answer = Answer(page.command, fields if all(value for _, value in fields) else ())
    excerpt = head if own and not own.endswith(":") else f"{page.summary}\n\n{head}"
    return _Candidate("command", page.command, "", answer, _plain(excerpt), _parsed(answer, usage=shown.usage))


def _parsed(answer: Answer, option: Option | None = None, usage: str = "") -> dict[str, Any]:
    """The structured side of a record; the same keys for both kinds, as Parquet wants."""
    return {
        "does": answer.get("Does"),
        "usage": usage,
        "has": [item for item in answer.get("Has").split("; ") if item],
        "short": option.short if option else "",
        "long": option.long if option else "",
        "flags": list(option.flags) if option else [],
        "placeholder": option.placeholder if option else "",
        "default": option.default if option else "",
        "choices": list(option.choices) if option else [],
        "section": option.section if option else "",
    }


def sentence(text: str, name: str = "") -> str:
    """The first sentence, with a full stop, and a capital letter unless it begins with `name`."""
    first = _SENTENCE_END.split(_plain(text).strip(), maxsplit=1)[0].rstrip(". ;")
    if not first:
        return ""
    is_word = re.match(r"[a-z]+(?:-[a-z]+)*(?:[ ,]|$)", first) is not None and first.split()[0] != name
    return (first[0].upper() + first[1:] if is_word else first) + "."


def _head(text: str) -> str:
    """The first lines of a help text that fit into `MAX_HEAD` characters."""
    kept: list[str] = []
    for line in text.strip("\n").expandtabs(8).splitlines():
        if sum(len(other) + 1 for other in kept) + len(line) > MAX_HEAD:
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip("\n")


def _cut(usage: str) -> str:
    """A usage that is not too long: cut at a space, and marked."""
    if len(usage) <= MAX_USAGE:
        return usage
    return usage[: MAX_USAGE - 4].rsplit(" ", 1)[0] + " ..."


def _plain(text: str) -> str:
    return text.translate(_TYPOGRAPHIC)


def plain_words(text: str) -> str:
    """Letters and digits in lower case, one space between words: a wrapped line is the same as an unwrapped one."""
    return " ".join(re.findall(r"\w+", _plain(text).lower()))


def _luck(seed: int, text: str) -> int:
    """A number that only the seed and the text decide."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{text}".encode()).digest()[:8], "big")
