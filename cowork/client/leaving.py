"""Leaves a hub, and removes it from this device; and tells which of a member's devices this is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cowork.client.command_queue import Outbox
from cowork.client.known_hubs import KEY, OUTBOX, KnownHubs
from cowork.client.session import Session
from cowork.keys import DeviceKey
from cowork.refusal import Refusal


def public_key(home: Path) -> str:
    """Returns this device's public key, base64."""
    return DeviceKey.load_or_create(home / KEY).public


async def leave_hub(session: Session, home: Path, forget: bool) -> None:
    """Ends the membership at the session's hub, and closes the session. `forget`: the hub deletes all that the member
    wrote and handed in. Commands that wait for this hub are dropped. Raises Refusal."""
    await session.request("leave", forget=forget)
    await session.close()
    outbox = Outbox(home / OUTBOX, session.known.hub)
    try:
        for queued in await outbox.open():
            await outbox.remove(queued.id)
    finally:
        await outbox.close()
    with suppress(Refusal):
        KnownHubs(home).forget(session.known)
