"""Connects to a hub: verifies the hub, then signs the client in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from cowork import frames, keys
from cowork.certificates import WrongFingerprint, client_context
from cowork.client.known_hubs import KnownHub
from cowork.frames import Challenge, Enrol, FromHub, Refused, SignIn, Welcome
from cowork.invites import Invitation, check_address, is_loopback
from cowork.keys import DeviceKey
from cowork.refusal import Refusal

CONNECT_TIMEOUT = 10.0  # seconds, for the connection and for each frame of the sign-in
SILENCE_TIMEOUT = 20.0  # seconds without an answer to a ping
# codes of refusals after which the same frame can be sent again
TEMPORARY = frozenset({"too fast", "store", "full", "too late"})


class Unreachable(Exception):
    """The hub cannot be reached at the moment; the text says why."""


@asynccontextmanager
async def connected(address: str, fingerprint: str) -> AsyncIterator[tuple[ClientConnection, Challenge]]:
    """Connects to a hub and receives its challenge. Raises Unreachable, and Refusal for a wrong hub, to which nothing
    is sent."""
    check_address(address)
    direct = bool(fingerprint) or is_loopback(urlsplit(address).hostname or "")
    opening = connect(
        address.rstrip("/") + frames.PATH,
        ssl=client_context(fingerprint),
        open_timeout=CONNECT_TIMEOUT,
        ping_interval=SILENCE_TIMEOUT / 2,
        ping_timeout=SILENCE_TIMEOUT / 2,
        close_timeout=2,
        max_size=2 * frames.MAX_FRAME,
        compression=None,
        proxy=None if direct else True,
        process_exception=lambda error: error,
    )
    try:
        socket = await opening
    except WrongFingerprint as error:
        raise Refusal("fingerprint", WRONG_CERTIFICATE.format(address=address)) from error
    except ssl.SSLCertVerificationError as error:
        says = (
            f"The certificate of {address} is not valid ({error.verify_message}). Nothing was sent. Tell the organiser."
        )
        raise Refusal("certificate", says) from error
    except InvalidURI as error:
        raise Refusal("address", f"{address} is not the address of a hub.") from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Unreachable(_reason(error)) from error
    try:
        challenge = await receive(socket)
        if isinstance(challenge, Refused):
            raise Refusal(challenge.code, challenge.says)
        if not isinstance(challenge, Challenge):
            raise Refusal("no hub", f"The server at {address} is not a fromscratch hub.")
        if challenge.version != frames.VERSION:
            older = "this fromscratch" if challenge.version > frames.VERSION else "the hub's fromscratch"
            raise Refusal("version", f"The hub and this fromscratch have different versions: update {older}.")
        yield socket, challenge
    finally:
        await socket.close()


WRONG_CERTIFICATE = (
    "The server at {address} has a different certificate than your invite: it is not the hub that you joined, or the "
    "hub has a new certificate. Nothing was sent. Ask the organiser, and join again with a new invite."
)


async def receive(socket: ClientConnection) -> FromHub:
    """Returns the next frame. Raises Unreachable, and Refusal for an unknown frame."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return read(await socket.recv(decode=False))
    except TimeoutError:
        raise Unreachable("it does not answer") from None
    except ConnectionClosed as error:
        raise Unreachable(close_reason(error)) from error


def read(data: bytes) -> FromHub:
    try:
        return frames.from_hub.decode(data)
    except msgspec.DecodeError as error:
        raise Refusal("version", "The hub sent an unknown frame: update this fromscratch.") from error


async def sign_in(socket: ClientConnection, challenge: Challenge, known: KnownHub, key: DeviceKey) -> Welcome:
    """Signs in with the device's key. Raises Refusal if the hub refuses, or is not the hub that was joined."""
    if challenge.hub != known.hub:
        says = f"The hub at {known.address} is not {known.title}. Ask its organiser for a new invite."
        raise Refusal("other hub", says)
    channel = keys.channel(known.address, known.fingerprint)
    signature = key.sign(keys.statement("sign in", challenge.hub, challenge.nonce, channel))
    return await _authenticate(socket, SignIn(key.public, signature))


async def enrol(
    socket: ClientConnection, challenge: Challenge, invitation: Invitation, name: str, key: DeviceKey
) -> Welcome:
    """Joins with an invite. Raises Refusal."""
    channel = keys.channel(invitation.address, invitation.fingerprint)
    statement = keys.statement("enrol", challenge.hub, challenge.nonce, channel, invitation.digest, name)
    return await _authenticate(socket, Enrol(invitation.secret, name, key.public, key.sign(statement)))


async def _authenticate(socket: ClientConnection, frame: SignIn | Enrol) -> Welcome:
    try:
        await socket.send(frames.encode(frame), text=True)
    except ConnectionClosed as error:
        raise Unreachable(close_reason(error)) from error
    answer = await receive(socket)
    if isinstance(answer, Refused):
        raise Refusal(answer.code, answer.says, answer.data)
    if not isinstance(answer, Welcome):
        raise Refusal("version", "The hub sent an unexpected answer: update this fromscratch.")
    return answer


def close_reason(error: ConnectionClosed) -> str:
    """Returns the reason that the hub sent when it closed the connection."""
    reason = error.rcvd.reason if error.rcvd else ""
    return reason or "the connection was lost"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, InvalidHandshake):
        return f"the server there is not a hub: {error}"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
