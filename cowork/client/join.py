"""Joins a hub with an invite."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cowork import invites
from cowork.client import connection
from cowork.client.known_hubs import KEY, KnownHub, KnownHubs
from cowork.keys import DeviceKey


async def join(invite: str, name: str, home: Path) -> KnownHub:
    """Enrols this device's key at the invite's hub, and stores the hub. Joining again has no effect. Raises Refusal,
    Unreachable, OSError."""
    invitation = invites.parse(invite)
    key = await asyncio.to_thread(DeviceKey.load_or_create, home / KEY)
    async with connection.connected(invitation.address, invitation.fingerprint) as (socket, challenge):
        welcome = await connection.enrol(socket, challenge, invitation, name, key)
    member = welcome.member
    known = KnownHub(
        challenge.hub,
        invitation.address,
        invitation.fingerprint,
        challenge.title,
        member.id,
        member.name,
        welcome.rooms,
    )
    await asyncio.to_thread(KnownHubs(home).remember, known)
    return known
