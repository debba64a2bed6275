"""Formats a submitted source with its comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from textual.content import Content

from cowork.mentions import Mentionable
from cowork.rooms.review_state import Review, Thread
from tui.formatting import clean, plural
from tui.widgets.code_view import SourceLine, highlighted, numbered
from tui.widgets.cowork.entries import MUTED, body


def source_lines(lines: Sequence[str]) -> Iterator[SourceLine]:
    """Yields the lines of the submission."""
    for number, line in enumerate(highlighted(lines), 1):
        yield SourceLine(number, numbered(number, line))


def with_threads(lines: Iterable[SourceLine], review: Review | None, who: Mentionable) -> Iterator[SourceLine]:
    """Yields lines with the review's threads below them."""
    for line in lines:
        yield SourceLine(line.number, _with_threads(line.content, line.number, review, who))


def _with_threads(line: Content, number: int | None, review: Review | None, who: Mentionable) -> Content:
    """Returns a line with its threads below."""
    threads = review.on(number) if review is not None and number is not None else []
    return Content("\n").join([line, *(part for thread in threads for part in _thread(thread, who))])


def _thread(thread: Thread, who: Mentionable) -> Iterator[Content]:
    if thread.resolved_by is not None:
        count = plural(len(thread.comments), "comment")
        yield Content.styled(f"     ✓ {count}, resolved by {clean(thread.resolved_by)}", MUTED)
        return
    for comment in thread.comments:
        first = True
        text = Content.styled("(removed)", f"italic {MUTED}") if comment.removed else body(comment.text, who)
        for part in text.split("\n", allow_blank=True):
            head = (f"{clean(comment.name)}: ", "bold $accent") if first else ""
            yield Content.assemble(("     ┃ ", "$accent"), head, part)
            first = False
