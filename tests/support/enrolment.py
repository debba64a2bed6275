"""Joining and signing in at a hub, frame by frame, rightly or with something wrong in what is signed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from cowork import frames, invites, keys
from cowork.frames import Challenge, Enrol, Refused, SignIn, Welcome
from cowork.keys import DeviceKey
from cowork.permissions import Role
from tests.support.hub import HubServer

Wrong = dict[str, Any]


async def offered(server: HubServer, made: Any, wait: Any = None) -> Refused | Welcome:
    """Sends the hub the frame `made(challenge)`, and returns its answer."""
    async with server.socket() as socket:
        challenge = frames.from_hub.decode(await socket.recv())
        assert isinstance(challenge, Challenge)
        await socket.send(frames.encode(made(challenge)))
        answer = frames.from_hub.decode(await socket.recv())
        assert isinstance(answer, Refused | Welcome)
        if isinstance(answer, Refused):
            await asyncio.wait_for(socket.wait_closed(), 20)
        return answer


def enrolling(
    server: HubServer,
    key: DeviceKey,
    invitation: invites.Invitation,
    name: str = "Ada",
    wrong: Wrong | None = None,
) -> Any:
    """Makes the frame to enrol with; `wrong`: what is signed otherwise, and by whom ("signer")."""
    signed: Any = dict(wrong or {})
    signer = signed.pop("signer", key)

    def made(challenge: Challenge) -> Enrol:
        right = {
            "hub": challenge.hub, "nonce": challenge.nonce, "invite": invitation.digest, "name": name,
            "channel": keys.channel(server.address, server.fingerprint),
        }  # fmt: skip
        statement = keys.statement("enrol", **right | signed)
        return Enrol(invitation.secret, name, key.public, signer.sign(statement))

    return made


def signing(server: HubServer, key: DeviceKey, wrong: Wrong | None = None) -> Any:
    signed: Any = dict(wrong or {})
    signer = signed.pop("signer", key)

    def made(challenge: Challenge) -> SignIn:
        right = {
            "hub": challenge.hub, "nonce": challenge.nonce,
            "channel": keys.channel(server.address, server.fingerprint),
        }  # fmt: skip
        return SignIn(key.public, signer.sign(keys.statement("sign in", **right | signed)))

    return made


async def stored(server: HubServer, role: Role = "member", **limits: Any) -> invites.Invitation:
    made, invite = invites.create(server.address, server.fingerprint, role, time.time(), **limits)
    await server.hub.store.add_invite(invite)
    return made
