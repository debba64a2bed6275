"""The page of a meeting: no text can change its structure."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cowork.meeting_exports import meeting_page
from cowork.refusal import Refusal
from cowork.rooms.live_meeting import AskQuestion, NoteInsight, StartMeeting, Vote
from cowork.rooms.meeting_notes import WriteNotes
from cowork.rooms.meeting_state import Meeting, Participant
from cowork.rooms.meetings import ClaimPresenterSlot
from cowork.rooms.registry import new_room
from tests.support.rooms import ANNA, BEN, ORGA, RoomPair


@pytest.fixture
def pair() -> RoomPair:
    return RoomPair(new_room("r", "Attention", "month-3"), new_room("r", "Attention", "month-3"))


def hold_meeting(pair: RoomPair, text: str, name: str = "Anna") -> Meeting:
    meeting = pair.plan()
    member = msgspec.structs.replace(ANNA, name=name)
    for command in (
        ClaimPresenterSlot(meeting.id),
        NoteInsight(meeting.id, text),
        AskQuestion(meeting.id, text),
        WriteNotes(meeting.id, 0, text),
    ):
        pair.do(member, command)
    pair.do(ORGA, StartMeeting(meeting.id, (Participant("x", name),)))
    return meeting


def parsed(text: str) -> list[Any]:
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or []))]


def headings(tokens: list[Any]) -> list[str]:
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]


FORBIDDEN = {
    "html_block", "html_inline", "link_open", "image", "table_open", "hr", "blockquote_open", "s_open",
    "em_open", "strong_open", "code_inline",
}  # fmt: skip
SECTIONS = ["Agenda", "Key insights", "Questions", "Notes"]
HOSTILE = [
    "# A heading",
    "text\n===",
    "text\n---",
    "---",
    "<script>alert(1)</script>",
    "[a](http://b)",
    "![a](b)",
    "- # in a list",
    "- - # deeper",
    "> # quoted",
    "1. # counted",
    "`` ` ``",
    "```\nnever closed",
    "~~~\n```\n~~~\n# after",
    "| a | b |\n|---|---|",
    "&lt;b&gt;",
    "a\n\n[x]: http://y\n[x]",
    "    # indented",
    "- a\n    - b\n        - # c",
    "\t# tab",
    "```py\n````\n# x\n```\n# y",
    "2) # x",
    "*a* _b_ ~~c~~",
    "+ # plus",
    "a  \nb\\",
    "<!-- x",
    "1.\n# x",
    "-\n# x",
    "- \n  # x",
]
pieces = st.sampled_from(
    ["#", "-", "=", "`", "```", "~~~", "\n", "\n\n", "  ", "    ", "\t", "> ", "1. ", "<b>", "[", "](x)"]
)
texts = st.sampled_from(HOSTILE) | st.lists(pieces | st.text(max_size=3), max_size=14).map("".join)


@settings(max_examples=150, deadline=None)
@given(texts, st.text(max_size=20))
def test_members_text_adds_no_structure_to_the_page(text: str, name: str) -> None:
    pair = RoomPair(new_room("r", "R", "month-3"), new_room("r", "R", "month-3"))
    try:
        meeting = hold_meeting(pair, text, name.strip() or "x")
    except Refusal:
        return  # the text is empty after cleaning
    tokens = parsed(meeting_page(meeting))
    sections = [title for title in SECTIONS if title != "Notes" or meeting.notes]
    assert headings(tokens) == [meeting.title, *sections]
    kinds = {token.type for token in tokens}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "table_open",
        "hr",
        "blockquote_open",
        "s_open",
    }
    assert not kinds & {"em_open", "strong_open", "code_inline"}


def test_lists_and_code_are_kept(pair: RoomPair) -> None:
    code = "for x in y:\n    print('```')  # <b>"
    text = f"What we saw:\n- one\n  - two\n\n1. first\n\n```python\n{code}\n```\nThe *end*."
    tokens = parsed(meeting_page(hold_meeting(pair, text)))
    fences = [token for token in tokens if token.type == "fence"]
    assert [(token.info, token.content) for token in fences] == [("python", code + "\n")] * 3
    notes = parsed(meeting_page(hold_meeting(pair, text)).partition("## Notes")[2])
    assert [token.type for token in notes].count("list_item_open") == 3
    assert any(token.content == "The *end*." for token in notes if token.type == "text") or "The \\*end\\*." in str(
        notes
    )


def test_the_page_contains_everything(pair: RoomPair) -> None:
    meeting = hold_meeting(pair, "Softmax sums to 1.")
    pair.do(BEN, Vote(meeting.id, next(iter(meeting.questions))))
    text = meeting_page(meeting)
    for words in ("# Meeting: Attention", "1970-01-02 03:46 UTC, 90 minutes", "Presented by Anna", "Present: Anna",
                  "Anna (1 vote, open):", "## Key insights"):  # fmt: skip
        assert words in text
