"""Requests about the members of a hub and about the invites by which people join it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from cowork import invites, sanitize
from cowork.hub.departures import depart
from cowork.hub.requests import NoData, request
from cowork.permissions import Member, Role
from cowork.refusal import Refusal
from cowork.rooms.registry import CHANGE_MEMBERS, INVITE
from cowork.store.contract import Enrolled

if TYPE_CHECKING:
    from cowork.hub.hub import Hub


class NewInvite(msgspec.Struct, forbid_unknown_fields=True):
    """`rooms`: those that a guest may enter; `days`: until it expires; `label`: for whom it is."""

    role: Role = "member"
    uses: int = 1
    days: float = 7.0
    rooms: tuple[str, ...] = ()
    label: str = ""


@request("invite", INVITE, NewInvite)
async def invite(hub: Hub, by: Member, data: NewInvite) -> Any:
    """Returns {"invite": its text, "id": its name in the list of invites}."""
    if data.role == "hub" or not 1 <= data.uses <= 1_000 or not 0 < data.days <= 366:
        raise Refusal(
            "data", "An invite has the role member, guest or organiser, 1 to 1000 uses, and expires within 366 days."
        )
    known = {room.id for room in await hub.store.rooms()}
    if not set(data.rooms) <= known or (data.role == "guest") != bool(data.rooms):
        raise Refusal("data", "An invite for a guest names rooms of this hub; other invites name no rooms.")
    invitation, stored = invites.create(
        hub.addresses, hub.fingerprint, data.role, time.time(),
        rooms=data.rooms, uses=data.uses, lifetime=data.days * invites.DAY, by=by.id,
        label=sanitize.line(data.label, sanitize.MAX_NAME, "The invite's label") if data.label.strip() else "",
    )  # fmt: skip
    await hub.store.add_invite(stored)
    return {"invite": invitation.text(), "id": stored.id}


class ListedInvite(msgspec.Struct, frozen=True):
    """An invite as organisers see it. `by` and `used_by` are names; `left`: how many people can still join by it, 0 if
    it is revoked or has expired."""

    id: str
    role: Role
    by: str
    label: str
    made: float
    expires: float
    total: int
    left: int
    revoked: bool
    used_by: list[str]


@request("invites", INVITE, NoData)
async def list_invites(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns all invites as a list of ListedInvite, the newest first."""
    enrolled = await hub.store.members()
    names = {entry.member.id: entry.member.name for entry in enrolled}
    now = time.time()
    return [
        ListedInvite(
            stored.id, stored.role, names.get(stored.by, "the hub"), stored.label, stored.made, stored.expires,
            stored.total, stored.uses if stored.is_open(now) else 0, stored.revoked,
            [entry.member.name for entry in enrolled if entry.invite == stored.digest],
        )
        for stored in await hub.store.invites() if not stored.links
    ]  # fmt: skip


class RevokeInvite(msgspec.Struct, forbid_unknown_fields=True):
    invite: str


@request("revoke invite", INVITE, RevokeInvite)
async def revoke_invite(hub: Hub, by: Member, data: RevokeInvite) -> Any:
    """Revokes the invite with this id, so that nobody can join by it any more."""
    stored = [each for each in await hub.store.invites() if each.id == data.invite]
    if not stored:
        raise Refusal("unknown", f"This hub has no invite {data.invite!r}.")
    for each in stored:
        await hub.store.revoke_invite(each.digest)
    return None


@request("members", CHANGE_MEMBERS, NoData)
async def members(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns all members as a list of Enrolled."""
    return await hub.store.members()


class ChangeMember(msgspec.Struct, forbid_unknown_fields=True):
    """`forget`: with `gone`, also deletes the member's texts, sources and personal data."""

    member: str
    role: Role | None = None
    gone: bool | None = None
    rooms: tuple[str, ...] | None = None
    forget: bool = False


@request("change member", CHANGE_MEMBERS, ChangeMember)
async def change_member(hub: Hub, by: Member, data: ChangeMember) -> Any:
    """Changes a member's role or rooms (those that a guest may enter), or shuts them out or in again, immediately. The
    last organiser cannot be changed. What they have claimed falls back
    when they go or become a guest. Who is shut out cannot join again by the invite that they came by or by one that
    they made: these are revoked. Returns {"revoked": the ids of these invites}."""
    enrolled = {entry.member.id: entry for entry in await hub.store.members()}
    if data.member not in enrolled or data.role == "hub":
        raise Refusal("unknown", f"This hub has no member {data.member!r}.")
    organisers = {entry.member.id for entry in enrolled.values() if entry.member.role == "organiser" and not entry.gone}
    is_organiser = enrolled[data.member].member.role == "organiser"
    if is_organiser and not organisers - {data.member} and (data.gone or data.role):
        raise Refusal("last", "You are the only organiser. Make another member an organiser first.")
    if not set(data.rooms or ()) <= {room.id for room in await hub.store.rooms()}:
        raise Refusal("unknown", "This hub does not have all of these rooms.")
    if data.forget and not data.gone:
        raise Refusal("data", "Only the data of a member who is removed are deleted; members delete theirs by leaving.")
    left = False if data.gone is not None else None  # who is shut out, or let in again, has not left by themselves
    await hub.store.change_member(data.member, data.role, data.gone, data.rooms, left)
    await hub.members_changed(data.member)
    revoked = await _revoke_invites_of(hub, enrolled[data.member]) if data.gone else []
    if data.gone or data.role == "guest":
        await depart(hub, enrolled[data.member].member, data.forget, banned=True)
    return {"revoked": revoked}


async def _revoke_invites_of(hub: Hub, entry: Enrolled) -> list[str]:
    """Revokes the open invites that a member came by or made; returns their ids."""
    now = time.time()
    known = [
        stored for stored in await hub.store.invites()
        if stored.is_open(now) and (stored.digest == entry.invite or stored.by == entry.member.id)
    ]  # fmt: skip
    for stored in known:
        await hub.store.revoke_invite(stored.digest)
    return [stored.id for stored in known]
