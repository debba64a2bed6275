"""Formats short texts of the course: inline code, and links to the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.content import Content
from textual.style import Style


def course_text(text: str, style: str = "") -> Content:
    """Returns a text with the parts between backticks styled as code."""
    pieces = re.split(r"`([^`]+)`", text)
    return Content.assemble(*((piece, "$accent on $panel" if i % 2 else style) for i, piece in enumerate(pieces)))


def glossary_links(terms: Iterable[str]) -> Content:
    """Returns terms that open the glossary when they are clicked."""
    links = (Content.styled(term, Style.from_meta({"@click": f"app.look_up({term!r})"})) for term in terms)
    return Content(" · ").join(links)
