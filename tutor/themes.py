"""The two themes of the app. Colours mean the same on every screen; style sheets and widgets name them as variables."""

from __future__ import annotations

from textual.theme import Theme

# What each colour means: frozen weights, trainable ones, activations, a problem, an operation, and model text.
# `heat-4` to `heat4` is a diverging scale, violet to orange, whose ends a colour-blind reader tells apart too.
DARK_MEANINGS = {
    "frozen": "#6ea8fe",
    "trainable": "#7fd88f",
    "activation": "#56cfc4",
    "problem": "#ff7a85",
    "operation": "#f0c35e",
    "muted": "#8f9bb3",
    "faint": "#5f6b80",
    "edge": "#333c4d",
    "heat-4": "#a78bfa",
    "heat-3": "#7c66c4",
    "heat-2": "#54498a",
    "heat-1": "#332f54",
    "heat1": "#4a3523",
    "heat2": "#7d5329",
    "heat3": "#b8742d",
    "heat4": "#f59e42",
}

LIGHT_MEANINGS = {
    "frozen": "#1f5fc4",
    "trainable": "#1c7c37",
    "activation": "#0b7a75",
    "problem": "#c0273a",
    "operation": "#8a6100",
    "muted": "#5b6577",
    "faint": "#8b93a1",
    "edge": "#c5cbd6",
    "heat-4": "#5b36c9",
    "heat-3": "#8c72dd",
    "heat-2": "#b9a9ec",
    "heat-1": "#e0d8f7",
    "heat1": "#f9e2c7",
    "heat2": "#f3c08a",
    "heat3": "#e2964a",
    "heat4": "#c46a12",
}

DARK = Theme(
    name="tutor-dark",
    dark=True,
    primary="#b8a1f5",
    secondary="#8f9bb3",
    accent="#b8a1f5",
    foreground="#d8dee9",
    background="#11151c",
    surface="#161b24",
    panel="#1d2430",
    success="#7fd88f",
    warning="#f0c35e",
    error="#ff7a85",
    variables=DARK_MEANINGS
    | {
        "block-cursor-background": "#2b3344",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#1d2430",
        "footer-key-foreground": "#b8a1f5",
        "scrollbar": "#2b3344",
        "scrollbar-background": "#11151c",
        "scrollbar-hover": "#3b465c",
        "scrollbar-active": "#b8a1f5",
    },
)

LIGHT = Theme(
    name="tutor-light",
    dark=False,
    primary="#6a48d7",
    secondary="#5b6577",
    accent="#6a48d7",
    foreground="#1f2530",
    background="#fbfbf9",
    surface="#f3f3ef",
    panel="#e8e9e4",
    success="#1c7c37",
    warning="#8a6100",
    error="#c0273a",
    variables=LIGHT_MEANINGS
    | {
        "block-cursor-background": "#ddd5f7",
        "block-cursor-foreground": "#1f2530",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e8e9e4",
        "footer-key-foreground": "#6a48d7",
        "scrollbar": "#d3d6dc",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-hover": "#b9bec8",
        "scrollbar-active": "#6a48d7",
    },
)
