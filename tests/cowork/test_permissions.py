"""The complete table of rights: each role, each right, each kind of object."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from cowork.permissions import HUB, Member, Right, Role, can, require
from cowork.refusal import Refusal
from cowork.rooms.registry import REGISTRY

ANN = {
    "organiser": Member("ann", "Ann", "organiser"),
    "member": Member("ann", "Ann", "member"),
    "guest": Member("ann", "Ann", "guest", ("lobby",)),
    "hub": HUB,
}
OBJECTS: dict[str, dict[str, Any]] = {
    "none": {},  # the hub as a whole
    "room": {"room": "lobby"},
    "other room": {"room": "attic"},  # a room to which the guest was not invited
    "own": {"room": "lobby", "owner": "ann"},
    "others'": {"room": "lobby", "owner": "ben"},
    "shared": {"room": "lobby", "owner": "ben", "shared": True},  # Ben's object, shared with Ann
    "own elsewhere": {"room": "attic", "owner": "ann"},
    "shared elsewhere": {"room": "attic", "owner": "ben", "shared": True},
}

# for each right: the objects over which an organiser, a member and a guest have it. "*": all; "-": none
E = "*"
INVITED = "none|room|own|others'|shared"  # all but those in a room to which the guest was not invited
TABLE: dict[str, tuple[str, str, str]] = {
    #                organiser, member, guest
    "enter": (E, E, INVITED),
    "chat": (E, E, INVITED),
    "react": (E, E, INVITED),
    "question": (E, E, INVITED),
    "vote": (E, E, INVITED),
    "reply": (E, E, INVITED),
    "timer": (E, E, "-"),
    "hand in": (E, E, "-"),
    "review": (E, E, "-"),
    "comment": (E, E, "-"),
    "claim a review": (E, E, "-"),
    "break": (E, E, "-"),
    "league": (E, E, "-"),
    "present": (E, E, "-"),
    "note": (E, E, "-"),
    "insight": (E, E, "-"),
    "link a device": (E, E, INVITED),
    "leave": (E, E, INVITED),
    "take back": (E, "own|own elsewhere", "own"),
    "see source": (E, "own|own elsewhere|shared|shared elsewhere", "own"),
    "meeting": (E, "-", "-"),
    "assign": (E, "-", "-"),
    "invite": (E, "-", "-"),
    "members": (E, "-", "-"),
    "rooms": (E, "-", "-"),
    "cohort": (E, "-", "-"),
    "webhook": (E, "-", "-"),
    "record": ("-", "-", "-"),
}


def expected(role: Role, right: str, name: str) -> bool:
    if role == "hub":
        return right == "record"
    objects = TABLE[right][("organiser", "member", "guest").index(role)]
    if objects in ("*", "-"):
        return objects == "*"
    return name in objects.split("|")


def test_the_table_has_every_right_and_every_role() -> None:
    assert sorted(TABLE) == sorted(right.name for right in REGISTRY.rights)
    assert set(ANN) == set(get_args(Role))


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("right", REGISTRY.rights, ids=lambda right: right.name)
def test_each_role_has_the_rights_of_the_table(role: Role, right: Right) -> None:
    for name, target in OBJECTS.items():
        allowed = can(ANN[role], right, **target)
        assert allowed == expected(role, right.name, name), f"{role}, {right.name}, {name}: {allowed}"
        if allowed:
            require(ANN[role], right, **target)
        else:
            with pytest.raises(Refusal) as refused:
                require(ANN[role], right, **target)
            assert refused.value.code == "not allowed"
            assert refused.value.says


def test_a_guest_without_rooms_has_no_rights_in_any() -> None:
    guest = Member("x", "X", "guest")
    assert not any(can(guest, right, "lobby", "x", True) for right in REGISTRY.rights)
