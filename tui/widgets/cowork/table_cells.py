"""Cells for DataTable, which renders Rich texts and does not support theme variables."""

from __future__ import annotations

from typing import Any, Literal

from rich.text import Text
from textual.app import App

Colour = Literal["", "success", "warning", "error", "primary", "accent", "muted"]


def cell(app: App[Any], text: str, colour: Colour = "", bold: bool = False) -> Text:
    """Returns a cell's text in a colour of the theme."""
    theme = app.current_theme
    value = theme.variables.get("foreground-muted") if colour == "muted" else getattr(theme, colour) if colour else None
    style = " ".join(filter(None, ("bold" if bold else "", value or "")))
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
