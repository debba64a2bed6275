"""The devices of members in a hub's store: the keys by which they sign in."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, delete, false, insert, select, true, update

from cowork.permissions import Member
from cowork.rooms.base import FORGOTTEN
from cowork.store.contract import Device, banned_spelling
from cowork.store.tables import devices, invites, members, seen

if TYPE_CHECKING:
    from cowork.store.transaction import Transaction

SEEN_INTERVAL = 3_600.0  # seconds; more frequent sign-ins do not change when a device was last seen
SEE = (
    update(devices)
    .where(devices.c.key == bindparam("which"), devices.c.seen < bindparam("before"))
    .values(seen=bindparam("now"))
)
OF_MEMBER = select(devices).where(devices.c.member == bindparam("which")).order_by(devices.c.added, devices.c.key)
BY_DEVICE = select(devices).where(devices.c.key == bindparam("which"))
REMOVE = (
    update(devices)
    .where(devices.c.key == bindparam("which"), devices.c.member == bindparam("whose"), devices.c.removed == false())
    .values(removed=true())
)


class DevicesMixin:
    """The part of a store that knows devices; `cowork.store.sql.Store` provides the connections."""

    if TYPE_CHECKING:

        def _connected(self, write: bool = False) -> AbstractAsyncContextManager[Transaction]: ...

    async def device(self, key: str) -> Device | None:
        """Returns the device with this public key, also a removed one."""
        async with self._connected() as connection:
            row = (await connection.execute(BY_DEVICE, {"which": key})).first()
        return None if row is None else _device(row)

    async def devices(self, member: str) -> list[Device]:
        """Returns a member's devices, the first one first, without those that were removed."""
        async with self._connected() as connection:
            rows = (await connection.execute(OF_MEMBER, {"which": member})).rows
        return [_device(row) for row in rows if not row.removed]

    async def removed_keys(self) -> set[str]:
        """Returns the keys of all devices that were removed."""
        async with self._connected() as connection:
            rows = (await connection.execute(select(devices.c.key).where(devices.c.removed == true()))).rows
        return {row.key for row in rows}

    async def remove_device(self, member: str, key: str) -> bool:
        """Refuses the device from now on, and revokes the links that add devices to the member. Returns False if the
        member has no such device."""
        async with self._connected(write=True) as connection:
            if (await connection.execute(REMOVE, {"which": key, "whose": member})).changed != 1:
                return False
            await connection.execute(update(invites).where(invites.c.links == member).values(revoked=true()))
            return True

    async def see_device(self, device: Device, now: float) -> None:
        """Records that a device has signed in."""
        if device.seen < now - SEEN_INTERVAL:
            async with self._connected(write=True) as connection:
                await connection.execute(SEE, {"which": device.key, "before": now, "now": now})

    async def forget_member(self, member: Member, banned: bool) -> None:
        """Deletes a member's personal data. Of a `banned` one, the keys and a digest of the name stay, so that they
        stay shut out."""
        async with self._connected(write=True) as connection:
            row = (await connection.execute(select(members).where(members.c.id == member.id))).first()
            if row is None:
                return
            await connection.execute(delete(invites).where(invites.c.links == member.id))
            await connection.execute(delete(seen).where(seen.c.member == member.id))
            by_invite = (invites.c.digest == row.invite, invites.c.total <= 1)
            await connection.execute(update(invites).where(*by_invite).values(label=""))
            await connection.execute(update(invites).where(invites.c.by == member.id).values(label=""))
            if banned:
                values = {"name": FORGOTTEN, "spelling": banned_spelling(member.name), "invite": ""}
                await connection.execute(update(members).where(members.c.id == member.id).values(**values))
            else:
                await connection.execute(delete(devices).where(devices.c.member == member.id))
                await connection.execute(delete(members).where(members.c.id == member.id))


async def add_device(connection: Transaction, key: str, member: str, now: float) -> None:
    """Adds a device to a member; the key's earlier device is replaced."""
    await connection.execute(delete(devices).where(devices.c.key == key))
    row: dict[str, Any] = {"key": key, "member": member, "added": now, "seen": now, "removed": False}
    table: Table = devices
    await connection.execute(insert(table), row)


def _device(row: Any) -> Device:
    return Device(row.key, row.member, row.added, row.seen, bool(row.removed))
