"""Reactions to messages and to submissions that passed."""

from __future__ import annotations

import pytest

from cowork.refusal import Refusal
from cowork.rooms.chat import RetractMessage, SendMessage
from cowork.rooms.reactions import AddReaction, Reactions, RemoveReaction
from tests.support.rooms import ANNA, BEN, GUEST, RoomPair


def test_each_member_adds_a_sign_once_and_removes_only_their_own() -> None:
    pair = RoomPair()
    pair.do(ANNA, SendMessage("It learns!"))
    pair.do(BEN, AddReaction(1, "bravo"))
    assert pair.do(BEN, AddReaction(1, "bravo")) == []
    pair.do(GUEST, AddReaction(1, "bravo"))
    pair.do(BEN, AddReaction(1, "agree"))
    assert pair.client[Reactions].of(1) == [("agree", ["Ben"]), ("bravo", ["Ben", "Gus"])]
    assert pair.do(ANNA, RemoveReaction(1, "bravo")) == []
    pair.do(BEN, RemoveReaction(1, "bravo"))
    pair.do(BEN, RemoveReaction(1, "agree"))
    assert pair.client[Reactions].of(1) == [("bravo", ["Gus"])]
    assert pair.hub == pair.client


def test_only_submissions_that_passed_get_reactions() -> None:
    pair = RoomPair()
    passed = pair.hand_in(ANNA, "causal-attention", b"a")
    failed = pair.hand_in(ANNA, "causal-attention", b"b", "failed")
    waiting = pair.hand_in(ANNA, "causal-attention", b"c", None)
    pair.do(BEN, AddReaction(passed, "bravo"))
    assert pair.client[Reactions].of(passed) == [("bravo", ["Ben"])]
    for id in (failed, waiting):
        with pytest.raises(Refusal, match="only to submissions that have passed"):
            pair.do(BEN, AddReaction(id, "bravo"))


def test_unknown_targets_and_signs_are_refused() -> None:
    pair = RoomPair()
    pair.do(ANNA, SendMessage("Hello"))
    pair.do(ANNA, RetractMessage(1))
    for command in (AddReaction(1, "agree"), AddReaction(7, "agree"), AddReaction("no such", "agree")):
        with pytest.raises(Refusal) as refused:
            pair.do(BEN, command)
        assert refused.value.code == "unknown"
    pair.do(ANNA, SendMessage("Hello"))
    with pytest.raises(Refusal, match="There is no reaction 'rocket'"):
        pair.do(BEN, AddReaction(3, "rocket"))
