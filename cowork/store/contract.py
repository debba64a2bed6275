"""The records that a hub's stores keep, and the error that they raise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from cowork.permissions import Member, Role

Listener = Callable[[str, str], Awaitable[None] | None]  # (channel, payload)


class Enrolled(msgspec.Struct, frozen=True):
    """A member as organisers see them. `key`: the device's public key, base64; `gone`: the member is shut out."""

    member: Member
    key: str
    since: float
    gone: bool = False


class Invite(msgspec.Struct, frozen=True):
    """A stored invite: the SHA-256 of its secret, never the secret. `uses` is the number left."""

    digest: str
    role: Role
    expires: float
    uses: int
    rooms: tuple[str, ...] = ()
    by: str = ""


class StoreProblem(RuntimeError):
    """The store cannot be used; the text says why and what to do. Any method can raise it."""
