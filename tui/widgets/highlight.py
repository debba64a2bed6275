"""Syntax highlighting of Python source and diffs."""

from __future__ import annotations

from textual.content import Content


def python_code(text: str) -> Content:
    """Returns highlighted Python source."""
    from textual.highlight import highlight

    return highlight(text, language="python")


def diff(text: str) -> Content:
    """Returns a unified diff with added lines in green and removed lines in red."""
    styles = {"+": "$text-success", "-": "$text-error", "@": "$text-muted"}
    return Content("\n").join(Content.styled(line, styles.get(line[:1], "")) for line in text.splitlines())
