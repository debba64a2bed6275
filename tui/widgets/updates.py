"""Updates widgets without unnecessary layouts, and moves the focus immediately."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


def set_text(widget: Static, content: Content | str) -> None:
    """Updates a widget's text if it differs, because a layout of the screen is slow.

    It does not use layout=False: Textual drops such an update if a different widget needs a layout at the same time
    (Screen._on_timer_update clears the dirty widgets).
    """
    new = content if isinstance(content, Content) else Content(content)
    old = widget.content
    if not (isinstance(old, Content) and new == old and new.spans == old.spans):
        widget.update(new)


def focus_now(widget: Widget) -> None:
    """Focuses a widget before the next key is handled. Widget.focus does so later, and misses keys typed ahead."""
    if widget.focusable:
        widget.screen.set_focus(widget)
    else:
        widget.focus()  # works once the widget is displayed
