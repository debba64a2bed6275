"""Requests about leaving a hub, and about a member's own devices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from cowork import invites
from cowork.hub.departures import depart
from cowork.hub.requests import NoData, request
from cowork.permissions import Member
from cowork.refusal import Refusal
from cowork.rooms.registry import LEAVE, LINK_DEVICE
from cowork.store.contract import Device

if TYPE_CHECKING:
    from cowork.hub.hub import Hub

LINK_LIFETIME = 600.0  # seconds


class Leave(msgspec.Struct, forbid_unknown_fields=True):
    """`forget`: deletes the member's texts, sources and personal data."""

    forget: bool = False


@request("leave", LEAVE, Leave)
async def leave(hub: Hub, by: Member, data: Leave) -> Any:
    """Ends the membership. The last organiser leaves only when nobody else is left."""
    enrolled = [entry for entry in await hub.store.members() if not entry.gone and entry.member.id != by.id]
    if by.role == "organiser" and enrolled and not any(entry.member.role == "organiser" for entry in enrolled):
        raise Refusal("last", "You are the only organiser. Make another member an organiser first.")
    hub.leaving.add(by.id)
    try:
        await hub.store.change_member(by.id, gone=True, left=True)
        await hub.members_changed(by.id)  # other hubs disconnect the member, so that nothing new is written
        await depart(hub, by, data.forget, banned=False)
    finally:
        hub.leaving.discard(by.id)
        hub.start_task(hub.members_changed(by.id))  # after the answer
    return None


@request("link device", LINK_DEVICE, NoData)
async def link_device(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns {"invite": its text}: by it, a further device becomes the same member, once and within LINK_LIFETIME."""
    invitation, stored = invites.create(
        hub.addresses, hub.fingerprint, by.role, time.time(), rooms=by.rooms, lifetime=LINK_LIFETIME, by=by.id,
        links=by.id,
    )  # fmt: skip
    await hub.store.add_invite(stored)
    return {"invite": invitation.text()}


class ListedDevice(msgspec.Struct, frozen=True):
    """A device as its owner sees it; `key`: the public key, by which a client knows itself."""

    id: str
    key: str
    added: float
    seen: float


@request("devices", LINK_DEVICE, NoData)
async def devices(hub: Hub, by: Member, data: NoData) -> Any:
    """Returns the member's own devices as a list of ListedDevice, the first one first."""
    return [_listed(device) for device in await hub.store.devices(by.id)]


def _listed(device: Device) -> ListedDevice:
    return ListedDevice(device.id, device.key, device.added, device.seen)


class RemoveDevice(msgspec.Struct, forbid_unknown_fields=True):
    """`device`: its id in the list of devices."""

    device: str


@request("remove device", LINK_DEVICE, RemoveDevice)
async def remove_device(hub: Hub, by: Member, data: RemoveDevice) -> Any:
    """Removes one of the member's own devices, which is disconnected at once and refused from then on."""
    own = await hub.store.devices(by.id)
    device = next((each for each in own if each.id == data.device), None)
    if device is None:
        raise Refusal("unknown", f"You have no device {data.device!r}.")
    if len(own) == 1:
        raise Refusal("last", "This is your only device. To leave the hub: `fromscratch cowork leave`.")
    await hub.store.remove_device(by.id, device.key)
    hub.start_task(hub.members_changed(by.id))  # after the answer
    return None
