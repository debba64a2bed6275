"""The records that a hub's stores keep, and the error that they raise."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from cowork.permissions import Member, Role
from cowork.sanitize import skeleton

Listener = Callable[[str, str], Awaitable[None] | None]  # (channel, payload)


class Enrolled(msgspec.Struct, frozen=True):
    """A member as organisers see them. `key`: the first device's public key, base64; `gone`: the member is shut out, or
    has `left`; `invite`: the digest of the invite that they came by, "" if that is not known."""

    member: Member
    key: str
    since: float
    gone: bool = False
    invite: str = ""
    left: bool = False


class Device(msgspec.Struct, frozen=True):
    """A device of a member, by its public key, base64. `added` and `seen`, the last sign-in to the hour, are in seconds
    since 1970; a `removed` device is refused."""

    key: str
    member: str
    added: float
    seen: float
    removed: bool = False

    @property
    def id(self) -> str:
        """The device's name in lists."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:8]


class Invite(msgspec.Struct, frozen=True):
    """A stored invite: the SHA-256 of its secret, never the secret. `uses` is the number left of `total`; `by`: the id
    of the organiser who made it, "" if it was made at the hub's machine; `label`: for whom it is; `links`: the id of
    the member whose further device joins by it, "" for an invite of a new member."""

    digest: str
    role: Role
    expires: float
    uses: int
    rooms: tuple[str, ...] = ()
    by: str = ""
    made: float = 0.0
    label: str = ""
    total: int = 0
    revoked: bool = False
    links: str = ""

    @property
    def id(self) -> str:
        """The invite's name in lists, from which nobody can join."""
        return self.digest[:8]

    def is_open(self, now: float) -> bool:
        """Whether somebody can still join by it."""
        return self.uses > 0 and not self.revoked and self.expires > now


def banned_spelling(name: str) -> str:
    """Returns what is kept of the name of a banned member whose data was deleted."""
    return "sha256 " + hashlib.sha256(skeleton(name).encode()).hexdigest()


class StoreProblem(RuntimeError):
    """The store cannot be used; the text says why and what to do. Any method can raise it."""
