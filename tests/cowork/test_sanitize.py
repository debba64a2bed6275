"""Cleaned text contains nothing that controls a terminal, and keeps what people write."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cowork import sanitize
from cowork.refusal import Refusal
from learner.plain_text import plain

PIECES = ["\x1b[31m", "\x1b]8;;http://x\x07", "\x1b]0;t\x1b\\", "\x9b2J", "\x1b(0", "\x1bc", "\u202e", "\u2066", "\r",
          "\x00", "\x7f", "\x85", "\ud800", "\ue000", "\u200b", "\ufeff", "e\u0301", "a", "B", " ", "\t", "\n", "]",
          "[", "👩\u200d💻", "[red]", "\x1b"]  # fmt: skip
any_text = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@given(any_text)
@example("\x1b\x1b[31m")
@example("\x1b]\x1b]0;x\x07")
@example("\x9b\x9b31m")
@example("a\x1b\u0301[31m")
def test_no_control_character_remains(given_text: str) -> None:
    cleaned = plain(given_text)
    for character in cleaned:
        assert character in "\n\t\u200c\u200d" or unicodedata.category(character)[0] != "C", repr(character)
    cleaned.encode()  # no half of a surrogate pair


@given(any_text)
@example("\u200d")
@example("\u0958\u200b\u0301")
@example("e\u200b\u0301")
def test_cleaning_is_idempotent(given_text: str) -> None:
    cleaned = plain(given_text)
    assert plain(cleaned) == cleaned


@given(any_text)
def test_cleaning_lines_and_messages_is_idempotent(given_text: str) -> None:
    for cut in (sanitize.line, sanitize.message):
        try:
            cleaned = cut(given_text)
        except Refusal:
            continue
        assert cut(cleaned) == cleaned
        assert cleaned.strip()
    assert sanitize.truncate(given_text, 20) == sanitize.truncate(sanitize.truncate(given_text, 20), 20)
    assert len(sanitize.truncate(given_text, 20)) <= 20


@given(any_text)
def test_a_line_is_one_line(given_text: str) -> None:
    try:
        line = sanitize.line(given_text)
    except Refusal:
        return
    assert len(line.splitlines()) == 1
    assert line == " ".join(line.split())


@pytest.mark.parametrize(
    "written",
    [
        "👩‍💻 👨‍👩‍👧",
        "नमस्ते क्‍ष",
        "می‌خواهم",
        "שלום",
        "café",
        "x² → √d_k ≤ ∞",
        "```\n\tdef f(x):\n\t\treturn x\n```",
        "[/INST] [red]",
    ],
)
def test_scripts_emoji_and_code_are_kept(written: str) -> None:
    assert plain(written) == unicodedata.normalize("NFC", written)
    assert sanitize.message(written) == unicodedata.normalize("NFC", written)


def test_line_ends_are_normalized() -> None:
    assert plain("a\r\nb\rc\u2028d\u2029e\n") == "a\nb\nc\nd\ne\n"


def test_complete_escape_sequences_are_removed() -> None:
    assert plain("\x1b[31;1mred\x1b[0m \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x9b2Jx") == "red link x"


@pytest.mark.parametrize(
    "invisible", ["\u3164", "\u115f", "\u034f", "\u2800", "\uffa0", "\U000e0100", "\U000e0041", "\xad"]
)
def test_invisible_characters_are_removed(invisible: str) -> None:
    assert plain(f"A{invisible}da") == "Ada"
    with pytest.raises(Refusal, match="needs some text"):
        sanitize.line(f"{invisible} \ufe0f")


def test_excess_combining_marks_are_removed() -> None:
    assert plain("a" + "\u0301" * 50 + "b") == "\xe1" + "\u0301" * 4 + "b"
    assert plain("Tiếng Việt, עִבְרִית, हिन्दी") == unicodedata.normalize("NFC", "Tiếng Việt, עִבְרִית, हिन्दी")


@given(st.text(min_size=1, max_size=60), st.integers(1, 40))
def test_numbered_names_fit_and_differ(name: str, count: int) -> None:
    names = [free for _, free in zip(range(count), sanitize.numbered(name[: sanitize.MAX_NAME]), strict=False)]
    assert names[0] == name[: sanitize.MAX_NAME]
    assert all(len(each) <= sanitize.MAX_NAME for each in names)
    assert len({sanitize.skeleton(each) for each in names}) >= count - 1


@given(st.text())
def test_skeletons_ignore_case(name: str) -> None:
    assert sanitize.skeleton(name.upper().lower()) == sanitize.skeleton(name.lower().upper().lower())


@pytest.mark.parametrize("other", ["ADA", "A d a", "Ａｄａ", "a\u200dda", "\u0410d\u0430", "\u0391da", "Ad\ufe0fa"])
def test_names_that_look_the_same_have_the_same_skeleton(other: str) -> None:
    assert sanitize.skeleton(other) == sanitize.skeleton("ada")


@pytest.mark.parametrize(("limit", "given_text"), [(sanitize.MAX_MESSAGE, "x" * 4_001), (3, "abcd"), (3, "a\nb\nc")])
def test_longer_text_is_refused(limit: int, given_text: str) -> None:
    with pytest.raises(Refusal, match=f"at most {limit} characters"):
        sanitize.message(given_text, limit)
