"""The learner's own numbers of the whole course: what was done, guessed, measured, and what is open."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.text import clean_text, counted
from tutor.widgets.figures.base import Answer, Control, Door, Figure, Pick, Values, View
from tutor.widgets.glyphs import bar

SIDES = ("course", "labs", "guesses")
NAME = 13
BAR = 16
LINES = {False: 14, True: 30}
"""Of the labs, on small and on tall screens."""


class OwnBoard(Figure):
    """One side of the board at a time; rows below lead to what is not right yet."""

    ASK = ("desk", "own_numbers.board")
    BUSY = "Reading what was recorded …"

    def __init__(self, side: str = "course") -> None:
        """Args: side: `course`, `labs` or `guesses`, which is shown at first."""
        self._side = side

    def controls(self) -> Sequence[Control]:
        """The side of the board."""
        return (Pick("side", "show", SIDES, self._side, asks=False),)

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The chosen side; nothing recorded is said, not drawn."""
        if answer["empty"]:
            says = "Nothing is recorded yet: no check was answered, and no lab was passed. Do a topic, and come back."
            return Content("\n").join(Content.styled(says, "$operation").wrap(view.width))
        sides = {"course": _course, "labs": _labs, "guesses": _guesses}
        lines = sides[values["side"]](answer, view)
        return Content("\n").join([line.truncate(view.width, ellipsis=True) for line in lines])

    def doors(self, answer: Answer, values: Values, view: View) -> Sequence[Door]:
        """Topics with checks that were not right yet."""
        return [
            Door(_door(row).truncate(view.width, ellipsis=True), row["topic"])
            for row in answer["again"]
            if values["side"] == "course"
        ]


def _door(row: Answer) -> Content:
    return Content.assemble(
        (f"{row['topic']}  ", "$operation"), clean_text(row["title"]),
        (f"  {counted(row['never'], 'check')} not right yet", "$muted"),
    )  # fmt: skip


def _course(answer: Answer, view: View) -> list[Content]:
    lines = []
    for row in answer["rows"]:
        drawn = "" if row["share"] is None else bar(row["share"], 1, BAR).ljust(BAR) + " "
        lines.append(
            Content.assemble((f"{row['name']:<{NAME}}", "$muted"), (drawn, "$trainable"), clean_text(row["says"]))
        )
    lines += [Content(), Content.styled("passed  at once  later  not yet  near  module", "$muted")]
    for module in answer["modules"]:
        near = "–" if module["near"] is None else f"{module['near']:.0f} %"
        counts = f"{module['passed']:>3}/{module['topics']:<4}{module['first']:>7}{module['later']:>7}"
        lines.append(
            Content.assemble(
                (counts, "$foreground"), (f"{module['never']:>9}{near:>6}  ", "$foreground"),
                (clean_text(module["title"]), "$muted"),
            )
        )  # fmt: skip
    told = answer["slogans"]
    says = f"{told['right']} of {counted(told['judged'], 'judgement')} of slogans right"
    return [*lines, Content(), Content.styled(says, "$muted")]


def _labs(answer: Answer, view: View) -> list[Content]:
    lines = []
    for lab in answer["labs"]:
        if not lab["run"]:
            lines.append(Content.styled(f"· {clean_text(lab['title'])}: no run of it passed", "$muted"))
            continue
        short = "  a short run" if lab["smoke"] else ""
        lines.append(Content.assemble(("✓ ", "$trainable"), (clean_text(lab["title"]), "bold"), (short, "$muted")))
        lines += [
            Content.assemble((f"    {clean_text(name):<34}", "$muted"), (clean_text(value), "$activation"))
            for name, value in lab["results"]
        ]
    more = len(lines) - LINES[view.tall]
    shown = lines[: LINES[view.tall]]
    return [*shown, *([Content.styled(f"… {more} more lines in the report", "$muted")] if more > 0 else [])]


def _guesses(answer: Answer, view: View) -> list[Content]:
    if not answer["best"] and not answer["worst"]:
        return [Content.styled("No prediction was made yet.", "$muted")]
    most = 6 if view.tall else 3
    lines: list[Content] = []
    for name, guesses, style in (("near enough", "best", "$trainable"), ("farthest", "worst", "$problem")):
        told = [line for one in answer[guesses][:most] for line in _guess(one)]
        lines += [Content.styled(name, f"bold {style}"), *told, Content()] if told else []
    return lines[:-1]


def _guess(one: Answer) -> list[Content]:
    asked, said, true = (" ".join(clean_text(one[key]).split()) for key in ("asked", "said", "true"))
    return [
        Content.assemble(
            (f"{one['topic']}  ", "$operation"), ("said ", "$muted"), said, (", it was ", "$muted"), (true, "bold")
        ),
        Content.styled(f"       {asked}", "$muted"),
    ]
