"""Reactions: a few signs, once by each, to a message or to a pass."""

from __future__ import annotations

import pytest
from rooms_kit import ANNA, BEN, GUEST, Table

from cowork.refusal import Refusal
from cowork.rooms.chat import RetractMessage, SendMessage
from cowork.rooms.reactions import AddReaction, Reactions, RemoveReaction


def test_once_by_each_and_taken_back_by_the_same() -> None:
    table = Table()
    table.do(ANNA, SendMessage("It learns!"))
    table.do(BEN, AddReaction(1, "bravo"))
    assert table.do(BEN, AddReaction(1, "bravo")) == []
    table.do(GUEST, AddReaction(1, "bravo"))
    table.do(BEN, AddReaction(1, "agree"))
    assert table.client[Reactions].of(1) == [("agree", ["Ben"]), ("bravo", ["Ben", "Gus"])]
    assert table.do(ANNA, RemoveReaction(1, "bravo")) == []
    table.do(BEN, RemoveReaction(1, "bravo"))
    table.do(BEN, RemoveReaction(1, "agree"))
    assert table.client[Reactions].of(1) == [("bravo", ["Gus"])]
    assert table.hub == table.client


def test_to_a_pass_and_to_nothing_else() -> None:
    table = Table()
    passed = table.hand_in(ANNA, "causal-attention", b"a")
    failed = table.hand_in(ANNA, "causal-attention", b"b", "failed")
    waiting = table.hand_in(ANNA, "causal-attention", b"c", None)
    table.do(BEN, AddReaction(passed, "bravo"))
    assert table.client[Reactions].of(passed) == [("bravo", ["Ben"])]
    for id in (failed, waiting):
        with pytest.raises(Refusal, match="has not passed"):
            table.do(BEN, AddReaction(id, "bravo"))


def test_what_there_is_not_is_refused() -> None:
    table = Table()
    table.do(ANNA, SendMessage("Hello"))
    table.do(ANNA, RetractMessage(1))
    for command in (AddReaction(1, "agree"), AddReaction(7, "agree"), AddReaction("no such", "agree")):
        with pytest.raises(Refusal) as refused:
            table.do(BEN, command)
        assert refused.value.code == "unknown"
    table.do(ANNA, SendMessage("Hello"))
    with pytest.raises(Refusal, match="There is no sign 'rocket'"):
        table.do(BEN, AddReaction(3, "rocket"))
