"""A command of the corpus tool, run here and now: what it printed, its exit code, and the files that are there."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text, human_bytes
from tutor.widgets.figures.base import Answer, Control, Figure, Pick, Values, View

EXPLAINED = {
    "extract": "Finds documented items by syntax tree, and counts what each stage would drop. Writes nothing.",
    "build": "The whole pipeline: a directory with Parquet, card, dropped rows and corpus.lock.",
    "validate": "The criteria that need nothing but the rows. Quick enough for every change.",
    "falsify": "All 48 attempts to refute. Below 85 of 100 points, or with a veto, it exits with 1.",
    "mutate": "Corrupts a copy for a criterion, and shows that the criterion then fails. Here for three of them.",
    "stats": "Totals, shares, tokens, scores, and the hash of the corpus.",
    "sample": "Rows drawn by chance; the same seed draws the same.",
    "inspect": "A list of rows; with the number of a row, its gates and the parts of its score.",
    "card": "Is the card still what the data say? With --check it writes nothing.",
    "dedup": "Near-duplicates, within splits and across them.",
    "split": "How another seed would split, and what rows drawn one by one would leak.",
    "verify-provenance": "Opens the source of every row again, at its line, and compares.",
    "export": "Rows as chats for a training, one JSON object a line.",
    "publish": "What the Hub would get. It sends nothing without --upload --yes.",
}
CODES = {0: "done", 1: "falsified, or different", 2: "used wrongly", 3: "something is missing here"}
LINES = {False: 12, True: 30}
"""Of output, on small and on tall screens."""
FILES = 8


class CorpusVerb(Figure):
    """Choose a verb; it runs."""

    ASK = ("desk", "corpus_verbs.run")
    BUSY = "Running the command …"

    def __init__(self, verb: str = "extract") -> None:
        """Args: verb: what is run at first."""
        self._verb = verb

    def controls(self) -> Sequence[Control]:
        """The verb."""
        return (Pick("verb", "command", list(EXPLAINED), self._verb),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """Command line, what it is for, output, code, files."""
        lines = [
            Content.assemble(("$ ", "$muted"), (answer["command"], "bold $operation")),
            *Content.styled(EXPLAINED[values["verb"]], "$muted").wrap(view.width),
            Content(),
            *(Content(clean_text(line).expandtabs(4)) for line in answer["lines"][: LINES[view.tall]]),
        ]
        left = answer["all"] - LINES[view.tall]
        if left > 0:
            lines.append(Content.styled(f"… {left} more lines", "$muted"))
        lines += [_ended(answer["code"]), Content(), *_files(answer["files"])]
        return Content("\n").join([line.truncate(view.width, ellipsis=True) for line in lines])


def _ended(code: int | None) -> Content:
    if code is None:
        return Content.styled("… it is running", "$operation")
    style = "$trainable" if code == 0 else "$problem"
    return Content.assemble((f"exit code {code}", f"bold {style}"), (f": {CODES.get(code, 'it was ended')}", style))


def _files(files: Sequence[Answer]) -> list[Content]:
    if not files:
        return [Content.styled("There are no files yet.", "$muted")]
    shown = [
        Content.assemble((f"{human_bytes(file['bytes']):>8}  {file['sha']}  ", "$muted"), clean_text(file["name"]))
        for file in files[:FILES]
    ]
    more = len(files) - FILES
    return [*shown, *([Content.styled(f"… {more} more files", "$muted")] if more > 0 else [])]
