"""Cells of tables: DataTable draws Rich texts, which know no theme variables."""

from __future__ import annotations

from typing import Any, Literal

from rich.text import Text
from textual.app import App

Colour = Literal["", "success", "warning", "error", "primary", "accent", "muted"]


def cell(app: App[Any], text: str, colour: Colour = "", bold: bool = False) -> Text:
    """A text for a cell, in a colour of the theme."""
    theme = app.current_theme
    value = theme.variables.get("foreground-muted") if colour == "muted" else getattr(theme, colour) if colour else None
    style = " ".join(filter(None, ("bold" if bold else "", value or "")))
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
