"""Draws no more than what changed: laying a screen out anew costs more than all that a verdict has to say. And gives
the keys to a widget at once."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


def set_text(widget: Static, content: Content | str) -> None:
    """Shows a text in a widget; does nothing for the text that it shows already.

    It never updates with layout=False: Textual drops such an update when another widget needs a layout in the
    same moment (Screen._on_timer_update clears the dirty widgets)."""
    new = content if isinstance(content, Content) else Content(content)
    old = widget.content
    if not (isinstance(old, Content) and new == old and new.spans == old.spans):
        widget.update(new)


def focus_now(widget: Widget) -> None:
    """Gives the keys to a widget before the next key comes. `focus` alone does so a moment later, and what somebody
    types ahead would go elsewhere."""
    if widget.focusable:
        widget.screen.set_focus(widget)
    else:
        widget.focus()  # it is about to be shown
