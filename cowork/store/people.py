"""The members and the invites in a hub's store."""

from __future__ import annotations

import contextlib
import json
import secrets
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Table, bindparam, false, insert, or_, select, true, update

from cowork import sanitize as texts
from cowork.permissions import HUB, Member, Role
from cowork.refusal import Refusal
from cowork.store.contract import Enrolled, Invite, banned_spelling
from cowork.store.devices import add_device
from cowork.store.tables import devices, invites, members

if TYPE_CHECKING:
    from cowork.store.transaction import Transaction

BY_KEY = (
    select(members)
    .join(devices, devices.c.member == members.c.id)
    .where(devices.c.key == bindparam("which"), devices.c.removed == false())
)
WAS_REMOVED = select(devices.c.key).where(devices.c.key == bindparam("which"), devices.c.removed == true())
IS_OPEN = (invites.c.uses > 0, invites.c.revoked == false(), invites.c.expires > bindparam("now"))
TAKE_USE = update(invites).where(invites.c.digest == bindparam("which"), *IS_OPEN).values(uses=invites.c.uses - 1)
REVOKE = (
    update(invites).where(invites.c.digest == bindparam("which"), invites.c.revoked == false()).values(revoked=true())
)

SHUT_OUT = select(members.c.left).where(
    or_(members.c.spelling == bindparam("spelling"), members.c.spelling == bindparam("digest")),
    members.c.gone == true(),
)
NAME_SHUT_OUT = (
    "Somebody called {name} has been removed from this hub. If that was not you, join with a longer name; "
    "if it was, ask an organiser to let you in again."
)
NAME_LEFT = (
    "The name {name} belongs to somebody who left this hub. If that was you, join from the device that you used then; "
    "else join with a different name."
)
DEVICE_REMOVED = (
    "This device was removed from its member's devices. On another device of yours, "
    "`fromscratch cowork link` adds it again."
)


class PeopleMixin:
    """The part of a store that knows people; `cowork.store.sql.Store` provides the connections."""

    if TYPE_CHECKING:

        def _connected(self, write: bool = False) -> AbstractAsyncContextManager[Transaction]: ...
        async def _add(self, connection: Transaction, table: Table, row: dict[str, Any]) -> bool: ...

    async def members(self) -> list[Enrolled]:
        async with self._connected() as connection:
            result = await connection.execute(select(members).order_by(members.c.since))
        return [_enrolled(row) for row in result.rows]

    async def by_key(self, key: str) -> Enrolled | None:
        async with self._connected() as connection:
            row = (await connection.execute(BY_KEY, {"which": key})).first()
        return None if row is None else _enrolled(row)

    async def change_member(
        self, id: str, role: Role | None = None, gone: bool | None = None, rooms: tuple[str, ...] | None = None,
        left: bool | None = None,
    ) -> bool:  # fmt: skip
        values = {"role": role, "gone": gone, "rooms": None if rooms is None else json.dumps(rooms), "left": left}
        changes = {name: value for name, value in values.items() if value is not None}
        async with self._connected(write=True) as connection:
            change = update(members).where(members.c.id == id).values(**(changes or {"id": id}))
            return (await connection.execute(change)).changed == 1

    async def add_invite(self, invite: Invite) -> None:
        row = msgspec.structs.asdict(invite) | {"rooms": json.dumps(invite.rooms)}
        async with self._connected(write=True) as connection:
            await connection.execute(insert(invites), row)

    async def invites(self) -> list[Invite]:
        """Returns all invites, the newest first."""
        async with self._connected() as connection:
            result = await connection.execute(select(invites).order_by(invites.c.made.desc(), invites.c.digest))
        return [
            Invite(row.digest, row.role, row.expires, row.uses, tuple(json.loads(row.rooms)), row.by, row.made,
                   row.label, max(row.total, row.uses), bool(row.revoked), row.links)
            for row in result.rows
        ]  # fmt: skip

    async def revoke_invite(self, digest: str) -> bool:
        """Returns False if there is no such invite, or it was revoked before."""
        async with self._connected(write=True) as connection:
            return (await connection.execute(REVOKE, {"which": digest})).changed == 1

    async def enrol(self, digest: str, name: str, key: str, now: float) -> Enrolled | None:
        """Takes one use of an invite and creates the member, or adds a device to one, in one transaction. Returns None
        if the invite is unknown, used up, revoked or expired. A name that is in use gets a number. A key that is
        enrolled already returns its member, shut out or not, without taking a use. Raises Refusal("gone") for the name
        of somebody who is shut out, however it is spelled."""

        class AlreadyEnrolled(Exception):
            pass

        with contextlib.suppress(AlreadyEnrolled):
            async with self._connected(write=True) as connection:
                known = (await connection.execute(BY_KEY, {"which": key})).first()
                invite = (await connection.execute(select(invites).where(invites.c.digest == digest))).first()
                returns = known is not None and known.left
                if known is not None and not returns and (invite is None or invite.links in ("", known.id)):
                    return _enrolled(known)
                if (await connection.execute(TAKE_USE, {"which": digest, "now": now})).changed != 1:
                    return None if known is None or returns else _enrolled(known)
                if invite.links:
                    # the device may have joined before, as a member of its own
                    await connection.execute(update(members).where(members.c.key == key).values(key=f"moved {key}"))
                    await add_device(connection, key, invite.links, now)
                    return _enrolled((await connection.execute(BY_KEY, {"which": key})).first())
                if (await connection.execute(WAS_REMOVED, {"which": key})).first() is not None:
                    raise Refusal("gone", DEVICE_REMOVED)
                if returns:
                    values = {"gone": False, "left": False, "role": invite.role, "rooms": invite.rooms}
                    again = values | {"invite": digest}
                    await connection.execute(update(members).where(members.c.id == known.id).values(**again))
                    return _enrolled((await connection.execute(BY_KEY, {"which": key})).first())
                spellings = {"spelling": texts.skeleton(name), "digest": banned_spelling(name)}
                if (taken := (await connection.execute(SHUT_OUT, spellings)).first()) is not None:
                    raise Refusal("gone", (NAME_LEFT if taken.left else NAME_SHUT_OUT).format(name=name))
                id = secrets.token_hex(8)
                row = {"id": id, "role": invite.role, "rooms": invite.rooms, "key": key, "since": now, "invite": digest}
                for free in texts.numbered(name):
                    spelling = texts.skeleton(free)
                    if spelling == texts.skeleton(HUB.name):
                        continue
                    if await self._add(connection, members, row | {"name": free, "spelling": spelling}):
                        await add_device(connection, key, id, now)
                        member = Member(id, free, invite.role, tuple(json.loads(invite.rooms)))
                        return Enrolled(member, key, now, invite=digest)
                    if (await connection.execute(BY_KEY, {"which": key})).first() is not None:
                        raise AlreadyEnrolled  # at the same time: roll the use back
        return await self.by_key(key)


def _enrolled(row: Any) -> Enrolled:
    member = Member(row.id, row.name, row.role, tuple(json.loads(row.rooms)))
    return Enrolled(member, row.key, row.since, bool(row.gone), row.invite, bool(row.left))
