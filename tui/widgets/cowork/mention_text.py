"""Highlights mentions in texts, the learner's own above all."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from cowork.mentions import mentions

ME, OTHERS = "bold reverse $accent", "bold $primary"


@dataclass(frozen=True)
class Mentionable:
    """The names that can be mentioned in a room, and the learner's own."""

    me: str = ""
    names: frozenset[str] = frozenset()


NOBODY = Mentionable()


def with_mentions(text: str, who: Mentionable) -> Content:
    """Returns a text, which must be clean already, with its mentions highlighted."""
    content = Content(text)
    for mention in mentions(text, who.names):
        content = content.stylize(ME if mention.name == who.me else OTHERS, mention.start, mention.end)
    return content
