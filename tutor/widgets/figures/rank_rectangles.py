"""A matrix, and the two thin ones that LoRA trains beside it, to scale."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tutor.widgets.figures.base import Answer, Control, Figure, Number, Values, View
from tutor.widgets.figures.memory_stack import RANKS
from tutor.widgets.glyphs import plain_ascii

SIZES = {576: "nano", 896: "tiny", 1536: "small", 3584: "medium", 4096: "", 5120: "large"}
"""Hidden sizes of the tiers; 4096 is the example that is usually given."""
ACROSS, DOWN = "▏▎▍▌▋▊▉█", "▁▂▃▄▅▆▇█"


class RankRectangles(Figure):
    """W of d x d beside B of d x r and A of r x d."""

    ASK = ("desk", "rank.factors")

    def __init__(self, d: int = 1536, rank: int = 8) -> None:
        """Args: d: rows and columns of the matrix; rank: of the update."""
        self._d = d
        self._rank = rank

    def controls(self) -> Sequence[Control]:
        """Size and rank."""
        names: dict[float, str] = {d: f"{d} {tier}".strip() for d, tier in SIZES.items()}
        return Number("d", "d", list(SIZES), self._d, names), Number("rank", "rank", RANKS, self._rank)

    def params(self, values: Values) -> Values:
        """Both are whole."""
        return {"d": int(values["d"]), "rank": int(values["rank"])}

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The rectangles, what they count, and the same for other ranks."""
        lines = rectangles(answer, 12 if view.tall else 8, colours=view.colours)
        d, rank = f"{answer['d']:,}", answer["rank"]
        trained = f"{d} × {rank} + {rank} × {d} = {answer['low']:,} numbers, trained: {answer['percent']:.3g} %"
        says = [
            Content.assemble(("W   ", "bold $frozen"), f"{d} × {d} = {answer['full']:,} numbers, frozen"),
            Content.assemble(("BA  ", "bold $trainable"), trained),
            Content.styled(_fewer(answer), "$muted"),
        ]
        wrapped = [line for text in says for line in text.wrap(view.width)]
        return Content("\n").join([*lines, Content(), *wrapped, Content(), *_ranks(answer)])


def rectangles(answer: Answer, height: int, *, colours: bool) -> list[Content]:
    """W, B and A in lines; d is `height` lines high and twice as many cells wide, which is square on a screen."""
    width, part = 2 * height, min(1.0, answer["rank"] / answer["d"])
    upright, flat = _upright(part, width), _flat(part, width, height)
    ground = ("on $frozen 40%" if colours else "$frozen", " " if colours else ":" if plain_ascii() else "░")
    lines = [Content.styled("W".center(width) + "     B" + " " * (len(upright) + 2) + "A", "$muted")]
    for row in range(height):
        lines.append(
            Content.assemble(
                (ground[1] * width, ground[0]),
                "  +  " if row == height // 2 else "     ",
                (upright, "$trainable"),
                "   ",
                (flat[row], "$trainable"),
            )
        )
    return lines


def _upright(part: float, width: int) -> str:
    """A bar `part` of `width` cells wide, to an eighth of a cell; the thinnest there is where it is less."""
    eighths = max(1, round(part * width * 8))
    if plain_ascii():
        return "#" * max(1, eighths // 8)
    return "█" * (eighths // 8) + (ACROSS[eighths % 8 - 1] if eighths % 8 else "")


def _flat(part: float, width: int, height: int) -> list[str]:
    """A bar `part` of `height` lines high and `width` wide, at the bottom of `height` lines."""
    eighths = max(1, round(part * height * 8))
    full = "#" if plain_ascii() else "█"
    rows = [full * width] * (eighths // 8)
    if eighths % 8:
        rows.insert(0, ("-" if plain_ascii() else DOWN[eighths % 8 - 1]) * width)
    return [""] * (height - len(rows)) + rows


def _fewer(answer: Answer) -> str:
    if answer["times"] > 1:
        return f"{answer['times']:,.0f} times fewer; from rank {answer['break_even']:,.0f} on nothing would be saved"
    return "at this rank nothing is saved"


def _ranks(answer: Answer) -> list[Content]:
    lines = [Content.styled(f"{'rank':>6}{'numbers':>12}{'of W':>10}", "$muted")]
    for row in answer["rows"]:
        style = "bold $trainable" if row["rank"] == answer["rank"] else "$foreground"
        lines.append(Content.styled(f"{row['rank']:>6}{row['low']:>12,}{row['percent']:>8.3g} %", style))
    return lines
