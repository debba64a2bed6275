"""Formats short texts of the course: code, and links to the glossary."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from textual.content import Content
from textual.style import Style

from tui.widgets.highlight import python_code

CODE = re.compile(r"```\w*\n(.*?)\n?```|`([^`]+)`", re.DOTALL)


def course_text(text: str, style: str = "") -> Content:
    """Returns a text with code styled: fenced blocks, and the parts between backticks."""
    pieces: list[Content | tuple[str, str]] = []
    for i, piece in enumerate(CODE.split(text)):
        if piece and i % 3 == 1:
            pieces.append(python_code(textwrap.indent(piece, "  ")))
        elif piece:
            pieces.append((piece, "$accent on $panel" if i % 3 == 2 else style))
    return Content.assemble(*pieces)


def glossary_links(terms: Iterable[str]) -> Content:
    """Returns terms that open the glossary when they are clicked."""
    links = (Content.styled(term, Style.from_meta({"@click": f"app.look_up({term!r})"})) for term in terms)
    return Content(" · ").join(links)
