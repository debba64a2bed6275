"""Draws no more than what changed: laying a screen out anew costs more than all that a verdict has to say."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def put(widget: Static, content: Content | str) -> None:
    """Shows a text in a widget. Nothing is done for the text that it shows already, and others are moved only
    where its height changes."""
    new = content if isinstance(content, Content) else Content(content)
    old = widget.content if isinstance(widget.content, Content) else Content("")
    if new == old and new.spans == old.spans:
        return
    width = widget.content_size.width
    same = bool(width and old.plain and new.plain) and old.get_height({}, width) == new.get_height({}, width)
    widget.update(new, layout=not same)
