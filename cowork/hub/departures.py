"""Departures: what a hub does in all rooms when a member leaves or is removed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from cowork.permissions import HUB, Member
from cowork.rooms.departure import MemberLeft
from cowork.store.contract import Enrolled

if TYPE_CHECKING:
    from cowork.hub.ledger import Ledger
    from cowork.store.sql import Store

LEAVING = "leaving:"  # settings of departures that are not finished, so that a hub that is killed finishes them


class Host(Protocol):
    """The part of the hub that a departure needs."""

    store: Store
    ledger: Ledger
    exports: dict[str, list[str]]


def why_gone(entry: Enrolled | None) -> str:
    """Tells a member why they may not sign in; a member who had their data deleted has no entry."""
    if entry is None or entry.left:
        return "You have left this hub. With a new invite you can come back."
    return "An organiser has removed you from this hub."


async def depart(hub: Host, member: Member, forget: bool, banned: bool) -> None:
    """Lets what a member holds in all rooms fall back, and deletes their data if `forget`. It can be repeated."""
    note = f"{LEAVING}{member.id}"
    await hub.store.put(note, f"{forget:d}{banned:d}")
    for row in await hub.store.rooms():
        command = MemberLeft(member.id, forget)
        await hub.ledger.execute(HUB, row.id, f"left-{secrets.token_hex(8)}", command)
    if forget:
        hub.exports.clear()
        await hub.store.forget_member(member, banned)
        await hub.store.purge()
    await hub.store.remove(note)


async def finish_departures(hub: Host) -> None:
    """Finishes the departures that a hub which was killed has begun."""
    members = {entry.member.id: entry.member for entry in await hub.store.members()}
    for id, note in (await hub.store.get_all(LEAVING)).items():
        if id in members:
            await depart(hub, members[id], note[0] == "1", note[1] == "1")
        else:
            await hub.store.remove(f"{LEAVING}{id}")
