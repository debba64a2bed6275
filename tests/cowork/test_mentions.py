"""Mentions in texts: names with spaces, names that begin others, code, completion."""

from __future__ import annotations

import pytest

from cowork.mentions import Mentionable, complete, mentions
from tui.widgets.cowork.entries import body
from tui.widgets.cowork.mention_text import ME, OTHERS, with_mentions

NAMES = frozenset({"Ann", "Ann Lee", "Jo-Ann (guest)", "Änne Ö", "all"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ann, look", ["Ann"]),
        ("@ann lee: yes", ["Ann Lee"]),
        ("thanks @Ann  Lee and @Ann!", ["Ann Lee", "Ann"]),
        ("@Ann Leeds", ["Ann"]),
        ("@Anne and anna@Ann and @@Ann", []),
        ("(@Jo-Ann (guest))", ["Jo-Ann (guest)"]),
        ("@änne ö", ["Änne Ö"]),
        ("```\n@Ann\ndef f(): pass\n```\n@Ann", ["Ann"]),
        ("```\n@Ann", []),
        ("@Ben", []),
        ("", []),
    ],
)
def test_who_is_mentioned(text: str, found: list[str]) -> None:
    assert [mention.name for mention in mentions(text, NAMES)] == found
    for mention in mentions(text, NAMES):
        assert text[mention.start] == "@"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("see @an", ["Ann", "Ann Lee"]),
        ("@Ann L", ["Ann Lee"]),
        ("@", ["all", "Ann", "Ann Lee", "Jo-Ann (guest)", "Änne Ö"]),
        ("mail@an", []),
        ("@Ann\nand then", []),
        ("nothing", []),
    ],
)
def test_completion(text: str, names: list[str]) -> None:
    start, found = complete(text, NAMES)
    assert found == names
    assert (start >= 0) == bool(names)


def test_mentions_are_highlighted_outside_of_code() -> None:
    who = Mentionable("Ann Lee", NAMES)
    shown = body("@Ann Lee, ask @Ann\n```\n@Ann\n```", who)
    assert shown.plain == "@Ann Lee, ask @Ann\n▎ @Ann"
    styles = [(shown.plain[span.start : span.end], span.style) for span in shown.spans]
    assert styles[:2] == [("@Ann Lee", ME), ("@Ann", OTHERS)]
    assert all(style not in (ME, OTHERS) for _, style in styles[2:]), "a decorator mentions nobody"
    assert with_mentions("no mention", who).spans == []
