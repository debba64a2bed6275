"""Highlights mentions in texts, the learner's own above all."""

from __future__ import annotations

from textual.content import Content

from cowork.mentions import Mentionable, mentions

ME, OTHERS = "bold reverse $accent", "bold $primary"


def with_mentions(text: str, who: Mentionable) -> Content:
    """Returns a text, which must be clean already, with its mentions highlighted."""
    content = Content(text)
    for mention in mentions(text, who.names):
        content = content.stylize(ME if mention.name == who.me else OTHERS, mention.start, mention.end)
    return content
