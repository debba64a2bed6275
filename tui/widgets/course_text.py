"""The course's own short texts: plain words, with `code` between backticks, and words that lead to the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.content import Content
from textual.style import Style


def course_text(text: str, style: str = "") -> Content:
    """A text with what stands between backticks as code."""
    pieces = re.split(r"`([^`]+)`", text)
    return Content.assemble(*((piece, "$accent on $panel" if i % 2 else style) for i, piece in enumerate(pieces)))


def glossary_links(words: Iterable[str]) -> Content:
    """Words in a row; a click on one opens the glossary there."""
    links = (Content.styled(word, Style.from_meta({"@click": f"app.look_up({word!r})"})) for word in words)
    return Content(" · ").join(links)
