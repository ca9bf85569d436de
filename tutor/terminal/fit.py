"""What fits the terminal and the link to it: colours, characters, and how often live numbers are drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tutor.settings import AUTO, Settings
from tutor.terminal.ascii import terminal_lacks_unicode
from tutor.terminal.depth import Depth, terminal_depth
from tutor.text import human_bytes

REPAINTS = 4
"""A second, where nothing speaks against it."""
OVER_SSH = 2
"""A second, over a link that has not been measured."""
SLOW_S, VERY_SLOW_S = 0.08, 0.25
"""Round trips at which repainting gets rarer."""
THIN, VERY_THIN = 100_000, 20_000
"""Bytes a second at which less is sent. A whole screen is 5 to 20 kB."""

SET = "set here"


@dataclass(frozen=True)
class Link:
    """The way to the terminal, as measured."""

    round_trip_s: float
    bytes_per_s: float | None = None
    """None where it is too fast to tell."""

    def __str__(self) -> str:
        speed = f", {human_bytes(self.bytes_per_s)}/s" if self.bytes_per_s else ""
        milliseconds = self.round_trip_s * 1000
        return ("under 1 ms" if milliseconds < 1 else f"{milliseconds:.0f} ms") + speed

    def thinner_than(self, bytes_per_s: float) -> bool:
        """Whether it carries less."""
        return self.bytes_per_s is not None and self.bytes_per_s < bytes_per_s


@dataclass(frozen=True)
class Fit:
    """How the app draws, and in a few words why."""

    depth: Depth
    ascii: bool
    repaint: int
    """Times a second, at most."""
    why: Mapping[str, str]
    """By the name of the setting."""

    @property
    def few_colours(self) -> bool:
        """Whether pictures must be readable without them."""
        return self.depth in ("none", "16")


def fit(settings: Settings, link: Link | None = None, environ: Mapping[str, str] = os.environ) -> Fit:
    """What the settings say; where they say `auto`, what the terminal and the link can do."""
    depth, why_depth = _depth(settings, link, environ)
    ascii_only, why_ascii = _ascii(settings, link, environ)
    repaint, why_repaint = _repaint(settings, link, environ)
    return Fit(depth, ascii_only, repaint, {"colours": why_depth, "glyphs": why_ascii, "repaint": why_repaint})


def _depth(settings: Settings, link: Link | None, environ: Mapping[str, str]) -> tuple[Depth, str]:
    if settings.colours != AUTO:
        return cast("Depth", settings.colours), SET
    depth = terminal_depth(environ)
    if depth == "truecolor" and link and link.thinner_than(THIN):
        return "256", f"the link carries {human_bytes(link.bytes_per_s or 0)}/s"
    if depth == "none" and environ.get("NO_COLOR"):
        return depth, "NO_COLOR is set"
    return depth, f"the terminal is {environ.get('TERM') or 'not named'}"


def _ascii(settings: Settings, link: Link | None, environ: Mapping[str, str]) -> tuple[bool, str]:
    if settings.glyphs != AUTO:
        return settings.glyphs == "ascii", SET
    if reason := terminal_lacks_unicode(environ):
        return True, reason
    if link and link.thinner_than(VERY_THIN):
        return True, f"the link carries {human_bytes(link.bytes_per_s or 0)}/s"
    return False, "the terminal can"


def _repaint(settings: Settings, link: Link | None, environ: Mapping[str, str]) -> tuple[int, str]:
    if settings.reduced_motion:
        return 1, "motion is reduced"
    if isinstance(settings.repaint, int):
        return settings.repaint, SET
    if link is None:
        return (OVER_SSH, "over SSH") if environ.get("SSH_CONNECTION") else (REPAINTS, "the terminal is near")
    if link.round_trip_s > VERY_SLOW_S or link.thinner_than(VERY_THIN):
        return 1, "the link is very slow"
    if link.round_trip_s > SLOW_S or link.thinner_than(THIN):
        return 2, "the link is slow"
    return REPAINTS, "the link is fast"
