"""Who may do what, written out whole: each role, each action, each kind of thing. A change of people.py shows here."""

from __future__ import annotations

from typing import get_args

import pytest

from cowork.permissions import HUB, Action, Member, Role, Thing, can, require
from cowork.refusal import Refusal

ANN = {
    "organiser": Member("ann", "Ann", "organiser"),
    "member": Member("ann", "Ann", "member"),
    "guest": Member("ann", "Ann", "guest", ("lobby",)),
    "hub": HUB,
}
THINGS = {
    "none": Thing(),  # the hub as a whole
    "room": Thing("lobby"),
    "other room": Thing("attic"),  # one that the guest was not invited to
    "own": Thing("lobby", "ann"),
    "others'": Thing("lobby", "ben"),
    "opened": Thing("lobby", "ben", True),  # somebody else's, which they have opened to Ann
    "own elsewhere": Thing("attic", "ann"),
    "opened elsewhere": Thing("attic", "ben", True),
}

# for each action: the things to which an organiser, a member and a guest may do it. "*": to all; "-": to none
E = "*"
INVITED = "none|room|own|others'|opened"  # all but what is in a room that the guest was not invited to
TABLE: dict[str, tuple[str, str, str]] = {
    #                organiser, member, guest
    "enter": (E, E, INVITED),
    "chat": (E, E, INVITED),
    "react": (E, E, INVITED),
    "question": (E, E, INVITED),
    "vote": (E, E, INVITED),
    "timer": (E, E, "-"),
    "hand in": (E, E, "-"),
    "review": (E, E, "-"),
    "comment": (E, E, "-"),
    "break": (E, E, "-"),
    "present": (E, E, "-"),
    "note": (E, E, "-"),
    "insight": (E, E, "-"),
    "take back": (E, "own|own elsewhere", "own"),
    "see source": (E, "own|own elsewhere|opened|opened elsewhere", "own"),
    "meeting": (E, "-", "-"),
    "moderate": (E, "-", "-"),
    "invite": (E, "-", "-"),
    "members": (E, "-", "-"),
    "rooms": (E, "-", "-"),
    "cohort": (E, "-", "-"),
    "webhook": (E, "-", "-"),
    "record": ("-", "-", "-"),
}


def expected(role: Role, action: str, thing: str) -> bool:
    if role == "hub":
        return action == "record"
    said = TABLE[action][("organiser", "member", "guest").index(role)]
    if said in ("*", "-"):
        return said == "*"
    return thing in said.split("|")


def test_the_table_has_every_action_and_every_role() -> None:
    assert set(TABLE) == set(get_args(Action))
    assert set(ANN) == set(get_args(Role))


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("action", get_args(Action))
def test_each_may_do_what_the_table_says(role: Role, action: Action) -> None:
    for name, thing in THINGS.items():
        may = can(ANN[role], action, thing)
        assert may == expected(role, action, name), f"{role}, {action}, {name}: {may}"
        if may:
            require(ANN[role], action, thing)
        else:
            with pytest.raises(Refusal) as refused:
                require(ANN[role], action, thing)
            assert refused.value.code == "not allowed"
            assert refused.value.says


def test_a_guest_of_no_room_may_do_nothing_in_one() -> None:
    nobody = Member("x", "X", "guest")
    assert not any(can(nobody, action, Thing("lobby", "x", True)) for action in get_args(Action))
