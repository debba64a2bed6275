"""Reactions: a few signs, once by each, to a message or to a pass."""

from __future__ import annotations

import pytest
from rooms_kit import ANNA, BEN, GUEST, Table

from cowork.refusal import Refusal
from cowork.rooms.chat import Say, TakeBack
from cowork.rooms.reactions import React, Unreact


def test_once_by_each_and_taken_back_by_the_same() -> None:
    table = Table()
    table.do(ANNA, Say("It learns!"))
    table.do(BEN, React(1, "bravo"))
    assert table.do(BEN, React(1, "bravo")) == []
    table.do(GUEST, React(1, "bravo"))
    table.do(BEN, React(1, "agree"))
    assert table.client.reactions.of(1) == [("agree", ["Ben"]), ("bravo", ["Ben", "Gus"])]
    assert table.do(ANNA, Unreact(1, "bravo")) == []
    table.do(BEN, Unreact(1, "bravo"))
    table.do(BEN, Unreact(1, "agree"))
    assert table.client.reactions.of(1) == [("bravo", ["Gus"])]
    assert table.hub == table.client


def test_to_a_pass_and_to_nothing_else() -> None:
    table = Table()
    passed = table.hand_in(ANNA, "causal-attention", b"a")
    failed = table.hand_in(ANNA, "causal-attention", b"b", "failed")
    waiting = table.hand_in(ANNA, "causal-attention", b"c", None)
    table.do(BEN, React(passed, "bravo"))
    assert table.client.reactions.of(passed) == [("bravo", ["Ben"])]
    for id in (failed, waiting):
        with pytest.raises(Refusal, match="has not passed"):
            table.do(BEN, React(id, "bravo"))


def test_what_there_is_not_is_refused() -> None:
    table = Table()
    table.do(ANNA, Say("Hello"))
    table.do(ANNA, TakeBack(1))
    for command in (React(1, "agree"), React(7, "agree"), React("no such", "agree")):
        with pytest.raises(Refusal) as refused:
            table.do(BEN, command)
        assert refused.value.code == "unknown"
    table.do(ANNA, Say("Hello"))
    with pytest.raises(Refusal, match="There is no sign 'rocket'"):
        table.do(BEN, React(3, "rocket"))
