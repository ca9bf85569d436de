"""The last answer token by token: how probable each one was, and what could have stood in its place.

Probabilities cost time, so they are not kept while an answer is given. This screen has the model give the answer once
more, with the same messages, settings and seed, and so gets the same tokens, now with their probabilities.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tutor import paths
from tutor.errors import TutorError
from tutor.screens.base import TutorScreen
from tutor.services import Asks
from tutor.text import clean_text
from tutor.widgets.glyphs import bar, padded, visible
from tutor.widgets.tokenflow import SHADES, Token, TokenFlow, shade

ALTERNATIVES = 8
"""How many of the likeliest tokens are asked for at each place."""

BAR_WIDTH = 30


class TokensScreen(TutorScreen):
    """Tokens above, the alternatives at the cursor below."""

    CSS_PATH = str(paths.assets_dir() / "chat.tcss")
    AUTO_FOCUS = "TokenFlow"
    HELP = """\
The answer is given once more, with the same messages, settings and seed, and each token is shaded by the probability
the model gave it: the stronger the colour, the less probable it was. Where there are no colours, a digit from 1 to 4
behind a token says the same.

The **arrows** move the cursor. Below stand the likeliest tokens at that place; the one that was taken is marked.
Probabilities are those of the model itself, at temperature 1 and before top-k and top-p leave any token out.

Where temperature is above 0, the taken token need not be the likeliest: the seed drew it.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("r", "again", "Try again", tooltip="Ask the model once more, after it failed"),
    ]

    def __init__(self, engine: Asks, request: dict[str, Any], expected: str) -> None:
        """Args: request: the parameters of the answer, as the role `chat` takes them; expected: its text."""
        super().__init__()
        self._engine = engine
        self._request = request
        self._expected = expected
        self._failed = False

    def body(self) -> ComposeResult:
        """Tokens, what the shades mean, alternatives."""
        with VerticalScroll(id="flow", classes="pane", can_focus=False):
            yield TokenFlow()
        yield Static(_legend(self.app.no_color), id="legend", markup=False)
        yield Static(id="alternatives", markup=False)

    def on_mount(self) -> None:
        """Have the answer given again."""
        self.title_bar.go("Chat", "Tokens")
        self._replay()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a failure is worth another try."""
        return action != "again" or self._failed

    def action_again(self) -> None:
        """After a failure."""
        self._replay()

    @work(exclusive=True)
    async def _replay(self) -> None:
        flow = self.query_one(TokenFlow)
        flow.clear()
        self._failed = False
        self.refresh_bindings()
        self.title_bar.under_way("the same answer once more")
        request = self._request | {"probs": ALTERNATIVES}
        try:
            async for reply in self._engine.stream("chat", **request):
                if reply.done:
                    self._end(reply.data)
                else:
                    flow.add(Token(reply.data["piece"], reply.data["p"], _top(reply.data)))
        except TutorError as error:
            self._failed = True
            flow.clear()
            self.query_one("#alternatives", Static).update(
                Content.assemble((clean_text(error.what), "$problem"), f"\n{clean_text(error.todo)}")
            )
        finally:
            self.title_bar.under_way("")
            self.refresh_bindings()

    def _end(self, reply: dict[str, Any]) -> None:
        same = reply["text"] == self._expected
        count = f"{reply['new_tokens']} tokens"
        self.title_bar.note(count if same else f"{count}; the model answers differently now")

    @on(TokenFlow.Moved)
    def _show_alternatives(self, event: TokenFlow.Moved) -> None:
        if self._failed:
            return
        token = event.token
        lines = [
            Content.assemble((visible(clean_text(token.piece)), "bold"), (f"  {_percent(token.p)}", "$activation"))
        ]
        lines += [_alternative(piece, p, taken=piece == token.piece) for piece, p in token.top]
        self.query_one("#alternatives", Static).update(Content("\n").join(lines))
        self.query_one("#flow").scroll_to_region(event.region, animate=False)


def _top(part: dict[str, Any]) -> list[tuple[str, float]]:
    return [(other["piece"], other["p"]) for other in part["top"]]


def _percent(p: float) -> str:
    return f"{p:6.1%}" if p >= 0.0005 else f"{p:6.0e}"


def _alternative(piece: str, p: float, *, taken: bool) -> Content:
    style = "bold $activation" if taken else "$foreground"
    return Content.assemble(
        (">" if taken else " ", "bold $primary"),
        (f" {padded(visible(clean_text(piece)), 16)} {_percent(p)} ", style),
        (bar(p, 1.0, BAR_WIDTH), "$activation" if taken else "$frozen"),
    )


def _legend(no_color: bool) -> Content:
    """What each shade stands for."""
    limits = [1.0, *SHADES]
    parts: list[Content] = [Content.styled("probability ", "$muted")]
    for upper, lower in zip(limits, [*SHADES, 0.0], strict=True):
        sample = f" {lower:.0%}–{upper:.0%} "
        parts.append(shade(sample, (upper + lower) / 2, no_color=no_color))
        parts.append(Content(" "))
    return Content("").join(parts)
