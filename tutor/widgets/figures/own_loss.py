"""What every token of the learner's text costs the model."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from tutor.text import clean_text
from tutor.widgets.bars import Bar, bars_content
from tutor.widgets.figures.base import Answer, Figure, Values, View
from tutor.widgets.glyphs import padded, visible

PIECE = 14
SHOWN = 8, 20
"""Tokens that are shown, on small and on tall screens."""


class OwnLoss(Figure):
    """A bar per token, and the mean beside that of an untrained twin and of guessing."""

    ASK = ("trace", "own_loss.losses")
    USES_PROMPT = True
    BUSY = "Reading your text …"

    def picture(self, answer: Answer, values: Values, view: View) -> Content:
        """The first tokens one by one, then three means."""
        tokens, width = answer["tokens"], min(view.width, 72)
        shown = tokens[: SHOWN[view.tall]]
        bars = [Bar(_name(token["piece"]), token["loss"], _chance(token), _meaning(token)) for token in shown]
        means = [
            Bar("this model", answer["loss"], _mean(answer["loss"], answer["perplexity"]), "$trainable"),
            Bar("untrained twin", answer["twin_loss"], _mean(answer["twin_loss"], answer["twin_perplexity"]), "$muted"),
            Bar("ln(V)", answer["uniform"], _mean(answer["uniform"], answer["vocab"]), "$muted"),
        ]
        lines = [
            _head(f"after {_name(answer['first']).strip()!r}", f"{'nats':>5}{'p':>10}  ", width),
            _bars(bars, width),
        ]
        if len(tokens) > len(shown):
            lines.append(Content.styled(f"and {len(tokens) - len(shown)} more", "$muted"))
        title = _head("mean of all tokens", f"{'nats':>5}{'perplexity':>14}", width)
        return Content("\n").join([*lines, Content(), title, _bars(means, width)])


def _bars(bars: Sequence[Bar], width: int) -> Content:
    return bars_content(bars, max(bar.value for bar in bars), width)


def _head(left: str, right: str, width: int) -> Content:
    return Content.styled(padded(left, width - len(right)) + right, "$muted")


def _chance(token: Answer) -> str:
    return f"{token['loss']:>5.2f}{100 * token['p']:>10.3g} %"


def _name(piece: str) -> str:
    text = visible(clean_text(piece))
    return padded(text, PIECE) if cell_len(text) <= PIECE else padded(text, PIECE - 1) + "…"


def _mean(loss: float, perplexity: float) -> str:
    return f"{loss:>5.2f}{perplexity:>14,.1f}"


def _meaning(token: Answer) -> str:
    """A surprise, or something that it expected."""
    return "$problem" if token["p"] < 0.01 else "$activation"
