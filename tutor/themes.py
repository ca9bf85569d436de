"""The themes of the app. Colours mean the same on every screen; style sheets and widgets name them as variables.

`$frozen` weights, `$trainable` ones, an `$activation`, a `$problem`, an `$operation`; `$muted` for what matters less,
`$faint` for what one may overlook, `$edge` for lines. `$heat-4` to `$heat4` is for values around zero: violet below,
orange above. `$scale0` to `$scale8` is for values from zero up: the blue-to-yellow of cividis (Nuñez, Anderton and
Renslow, 2018). Both are equal steps of lightness, so they can be read without seeing their hues.
"""

from __future__ import annotations

from textual.theme import Theme

from tutor.terminal.oklab import ramp

MEANINGS = ("frozen", "trainable", "activation", "problem", "operation")

DARK_COLOURS = {
    "background": "#11151c",
    "surface": "#161b24",
    "panel": "#1d2430",
    "cursor": "#2b3344",
    "foreground": "#d8dee9",
    "primary": "#b8a1f5",
    "frozen": "#6ea8fe",
    "trainable": "#7fd88f",
    "activation": "#56cfc4",
    "problem": "#ff7a85",
    "operation": "#f0c35e",
    "muted": "#8f9bb3",
    "faint": "#69768d",
    "edge": "#333c4d",
    "below": "#b196ff",
    "above": "#f28f29",
}

LIGHT_COLOURS = {
    "background": "#fbfbf9",
    "surface": "#f3f3ef",
    "panel": "#e8e9e4",
    "cursor": "#e8e2fb",
    "foreground": "#1f2530",
    "primary": "#6a48d7",
    "frozen": "#1f5fc4",
    "trainable": "#18722f",
    "activation": "#08716c",
    "problem": "#c0273a",
    "operation": "#866000",
    "muted": "#5b6577",
    "faint": "#767e8d",
    "edge": "#c5cbd6",
    "below": "#7445ce",
    "above": "#a84a00",
}

DARK_CONTRAST_COLOURS = {
    "background": "#000000",
    "surface": "#0d0d0f",
    "panel": "#1b1c20",
    "cursor": "#3d3f47",
    "foreground": "#ffffff",
    "primary": "#cdb8ff",
    "frozen": "#8cc4ff",
    "trainable": "#8df09c",
    "activation": "#5ff0e4",
    "problem": "#ff9aa2",
    "operation": "#ffd76a",
    "muted": "#c3cad6",
    "faint": "#9aa3b2",
    "edge": "#7c8698",
    "below": "#ccaaff",
    "above": "#ffa84a",
}

LIGHT_CONTRAST_COLOURS = {
    "background": "#ffffff",
    "surface": "#f6f6f6",
    "panel": "#ececec",
    "cursor": "#d2d2d6",
    "foreground": "#000000",
    "primary": "#4522a8",
    "frozen": "#003f9e",
    "trainable": "#00541b",
    "activation": "#00514d",
    "problem": "#93001a",
    "operation": "#5c3f00",
    "muted": "#3c4350",
    "faint": "#5c6472",
    "edge": "#6b7280",
    "below": "#5921ac",
    "above": "#843000",
}

CIVIDIS = ("#1b2a4a", "#414d6b", "#7c7b78", "#bcae6c", "#fee838")
PALE_CIVIDIS = ("#e6d978", "#bcae6c", "#7c7b78", "#414d6b", "#1b2a4a")
"""The other way round, for light backgrounds; the full yellow would shout where little is."""


def _scales(colours: dict[str, str], *, dark: bool) -> dict[str, str]:
    """Both heat scales; what is near zero is near the background."""
    zero = colours["panel"]
    below, above = ramp([zero, colours["below"]], 5), ramp([zero, colours["above"]], 5)
    scale = ramp([zero, *(CIVIDIS if dark else PALE_CIVIDIS)], 9)
    return (
        {f"heat-{step}": below[step] for step in range(1, 5)}
        | {f"heat{step}": above[step] for step in range(1, 5)}
        | {f"scale{step}": scale[step] for step in range(9)}
    )


def _variables(colours: dict[str, str], *, dark: bool) -> dict[str, str]:
    named = {name: colours[name] for name in (*MEANINGS, "muted", "faint", "edge")}
    return named | _scales(colours, dark=dark)


def _theme(name: str, colours: dict[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=colours["primary"],
        secondary=colours["muted"],
        accent=colours["primary"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        success=colours["trainable"],
        warning=colours["operation"],
        error=colours["problem"],
        variables=_variables(colours, dark=dark)
        | {
            "block-cursor-background": colours["cursor"],
            "block-cursor-foreground": "#ffffff" if dark else colours["foreground"],
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": colours["panel"],
            "footer-key-foreground": colours["primary"],
            "scrollbar": colours["edge"],
            "scrollbar-background": colours["background"],
            "scrollbar-hover": colours["faint"],
            "scrollbar-active": colours["primary"],
        },
    )


DARK = _theme("tutor-dark", DARK_COLOURS, dark=True)
LIGHT = _theme("tutor-light", LIGHT_COLOURS, dark=False)
DARK_CONTRAST = _theme("tutor-dark-contrast", DARK_CONTRAST_COLOURS, dark=True)
LIGHT_CONTRAST = _theme("tutor-light-contrast", LIGHT_CONTRAST_COLOURS, dark=False)

DARK_MEANINGS = _variables(DARK_COLOURS, dark=True)
"""What the variables are under a theme that is not ours."""

THEMES = {
    "dark": DARK,
    "light": LIGHT,
    "dark-contrast": DARK_CONTRAST,
    "light-contrast": LIGHT_CONTRAST,
}
"""By the name that the settings use."""
