"""An invite's text: it survives chat programs, and one that does not is said to be cut or mistyped."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cowork import invites
from cowork.invites import PREFIX, Invitation
from cowork.refusal import Refusal

secrets = st.binary(min_size=16, max_size=16).map(bytes.hex)
prints = st.one_of(st.just(""), st.binary(min_size=32, max_size=32).map(bytes.hex))
addresses = st.sampled_from(["wss://192.168.1.5:8765", "wss://127.0.0.1:80", "wss://[fe80::1]:9", "wss://a.org/hub"])
invitations = st.builds(Invitation, addresses, prints, secrets)
ONE = Invitation("wss://192.168.1.5:8765", "ab" * 32, "0f" * 16)


@given(invitations, st.integers(5, 80), st.sampled_from(["\n", "\r\n", "\n> ", "\n  | ", " ", "\u200b", "»\n«"]))
def test_survives_breaks_quotes_and_words_around(invitation: Invitation, width: int, between: str) -> None:
    assert invites.parse(invitation.text()) == invitation
    broken = between.join(textwrap.wrap(invitation.text(), width))
    assert invites.parse(f"Hi! Here it is: “{broken}”. See you at nine, 2 of us") == invitation
    assert invites.parse(f"`{invitation.text().upper()}`") == invitation


@given(invitations, st.data())
def test_one_wrong_letter_is_said(invitation: Invitation, data: st.DataObject) -> None:
    text = invitation.text()
    place = data.draw(st.integers(len(PREFIX), len(text) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567").filter(lambda one: one != text[place]))
    wrong = text[:place] + letter + text[place + 1 :]
    refusal: Refusal | None = None
    try:
        # the last letter may have bits that mean nothing
        assert invites.parse(wrong) == invitation
    except Refusal as error:
        refusal = error
    assert refusal is None or ("mistyped" in refusal.says or "incomplete" in refusal.says)


@given(invitations, st.data())
def test_a_cut_one_is_said(invitation: Invitation, data: st.DataObject) -> None:
    text = invitation.text()
    cut = text[: data.draw(st.integers(len(PREFIX), len(text) - 1))]
    with pytest.raises(Refusal, match="incomplete"):
        invites.parse(cut)


@given(st.text())
def test_any_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refusal):
        invites.parse(PREFIX + text)
    with pytest.raises(Refusal, match="not an invite"):
        invites.parse(text.replace(PREFIX, ""))


@pytest.mark.parametrize(
    "address", ["ws://192.168.1.5:1", "ws://127.0.0.1:1", "http://a", "wss://", "wss://a:99999", "", "wss://ä", "x"]
)
def test_an_address_without_protection_makes_no_invite(address: str) -> None:
    with pytest.raises(Refusal):
        invites.create(address, "", "member", 0)
    with pytest.raises(Refusal):
        invites.parse(Invitation(address, "", "0f" * 16).text())


def test_what_is_stored_does_not_have_the_secret() -> None:
    sent, stored = invites.create("wss://a:1", "ab" * 32, "guest", 100.0, rooms=("r",), uses=3, lifetime=50, by="o")
    assert sent.secret not in str(stored)
    assert stored.digest == invites.parse(sent.text()).digest
    assert (stored.role, stored.rooms, stored.uses, stored.expires, stored.by) == ("guest", ("r",), 3, 150.0, "o")
    assert len(bytes.fromhex(sent.secret)) * 8 >= 128
    assert invites.create("wss://a:1", "", "guest", 0)[0].secret != sent.secret
