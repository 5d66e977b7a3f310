"""quoth's own colours: ink and paper. Quotes have the colour of paper, the rest stays back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from textual.app import App
from textual.theme import Theme

from .preferences import Preferences

DARK = Theme(
    name="quoth-dark",
    dark=True,
    primary="#8fb4d9",
    secondary="#b9a5d6",
    accent="#e3a857",
    foreground="#c9d1da",
    background="#0f1318",
    surface="#161c23",
    panel="#1e2630",
    boost="#25303c",
    success="#8cc28a",
    warning="#e3b457",
    error="#e58477",
    variables={
        "quote": "#f6ecd9",
        "quiet": "#7f8b99",
        "rule": "#2c3743",
        "mark": "#5a4415",
        "mark-text": "#fff3d6",
        "block-cursor-background": "#25303c",
        "block-cursor-foreground": "#f6ecd9",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#1e2630",
        "input-selection-background": "#8fb4d9 35%",
        "footer-background": "#0f1318",
        "footer-key-foreground": "#e3a857",
        "footer-description-foreground": "#7f8b99",
        "footer-description-background": "#0f1318",
        "footer-item-background": "#0f1318",
        "border": "#3a4756",
        "border-blurred": "#2c3743",
        "scrollbar": "#2c3743",
        "scrollbar-hover": "#3a4756",
        "scrollbar-active": "#e3a857",
        "scrollbar-background": "#0f1318",
        "scrollbar-background-hover": "#0f1318",
        "scrollbar-background-active": "#0f1318",
        "scrollbar-corner-color": "#0f1318",
    },
)
LIGHT = Theme(
    name="quoth-light",
    dark=False,
    primary="#2c5f8a",
    secondary="#6a4f93",
    accent="#97580a",
    foreground="#3a3a38",
    background="#fbf8f1",
    surface="#f4efe3",
    panel="#ece5d5",
    boost="#e4dbc6",
    success="#2d6a34",
    warning="#8a5a00",
    error="#a8322a",
    variables={
        "quote": "#16130d",
        "quiet": "#736d60",
        "rule": "#d8cfba",
        "mark": "#f5d992",
        "mark-text": "#16130d",
        "block-cursor-background": "#e4dbc6",
        "block-cursor-foreground": "#16130d",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#ece5d5",
        "input-selection-background": "#2c5f8a 25%",
        "footer-background": "#fbf8f1",
        "footer-key-foreground": "#97580a",
        "footer-description-foreground": "#736d60",
        "footer-description-background": "#fbf8f1",
        "footer-item-background": "#fbf8f1",
        "border": "#c6bb9f",
        "border-blurred": "#d8cfba",
        "scrollbar": "#d8cfba",
        "scrollbar-hover": "#c6bb9f",
        "scrollbar-active": "#97580a",
        "scrollbar-background": "#fbf8f1",
        "scrollbar-background-hover": "#fbf8f1",
        "scrollbar-background-active": "#fbf8f1",
        "scrollbar-corner-color": "#fbf8f1",
    },
)

EVERYWHERE: Mapping[str, str] = {
    "quote": "ansi_default", "quiet": "ansi_default", "rule": "ansi_default",
    "mark": "ansi_yellow", "mark-text": "ansi_black",
}  # fmt: skip
"""Variables of ours that themes of others lack."""

COLORS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel", "boost",
    "success", "warning", "error",
)  # fmt: skip
"""What the ``[colors]`` table of the settings file may set."""


def coloured(base: Theme, colors: Mapping[str, str]) -> Theme:
    """Return a theme with some colours replaced by the user's."""
    own = {name: value for name, value in colors.items() if name in COLORS}
    rest = {name: value for name, value in colors.items() if name not in COLORS}
    return replace(base, **own, variables={**base.variables, **rest})  # type: ignore[arg-type]


def dress(app: App[int], preferences: Preferences) -> None:
    """Give an application its colours: the user's choice, or what the terminal can show."""
    for theme in (DARK, LIGHT):
        app.register_theme(coloured(theme, preferences.colors))
    wanted = preferences.theme
    if wanted not in app.available_themes:
        limited = app.console.color_system == "standard"
        wanted = "ansi-dark" if limited else for_terminal(os.environ)
    # Without telling the watchers: they would have every style worked out twice at the start.
    app.set_reactive(App.theme, wanted)
    app.stylesheet.set_variables(app.get_css_variables())


def for_terminal(environ: Mapping[str, str]) -> str:
    """Return light or dark, by what some terminals say of their background."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name
