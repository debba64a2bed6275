"""A connection to a hub: the right hub or none, then who one is."""

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

PATIENCE = 10.0  # seconds, for a connection and for each answer of the handshake
SILENCE = 20.0  # seconds without a sign of life
# refusals that end by themselves: what was asked for may be asked for again
PASSING = frozenset({"too fast", "store", "full", "too late"})


class Unreachable(Exception):
    """There is no connection now; the text says why. It is worth trying again."""


@asynccontextmanager
async def connected(address: str, fingerprint: str) -> AsyncIterator[tuple[ClientConnection, Challenge]]:
    """A connection on which the hub has said who it is. Raises Unreachable, and Refusal where it is not to be talked
    to: nothing was sent then."""
    check_address(address)
    near = bool(fingerprint) or is_loopback(urlsplit(address).hostname or "")
    opening = connect(
        address.rstrip("/") + frames.PATH,
        ssl=client_context(fingerprint),
        open_timeout=PATIENCE,
        ping_interval=SILENCE / 2,
        ping_timeout=SILENCE / 2,
        close_timeout=2,
        max_size=2 * frames.MAX_FRAME,
        compression=None,
        proxy=None if near else True,
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
        raise Refusal("address", f"{address} is no address of a hub.") from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Unreachable(_why(error)) from error
    try:
        challenge = await receive(socket)
        if isinstance(challenge, Refused):
            raise Refusal(challenge.code, challenge.says)
        if not isinstance(challenge, Challenge):
            raise Refusal("no hub", f"What answers at {address} is no hub of fromscratch.")
        if challenge.version != frames.VERSION:
            newer = "this fromscratch" if challenge.version > frames.VERSION else "the hub's fromscratch"
            raise Refusal("version", f"The hub and this fromscratch are of different versions: update {newer}.")
        yield socket, challenge
    finally:
        await socket.close()


WRONG_CERTIFICATE = (
    "What answers at {address} has another certificate than your invite said: it is not the hub you joined, or the "
    "hub's certificate was made anew. Nothing was sent. Ask the organiser, and join again by a new invite."
)


async def receive(socket: ClientConnection) -> FromHub:
    """The next frame. Raises Unreachable, and Refusal for what a hub would not say."""
    try:
        async with asyncio.timeout(PATIENCE):
            return read(await socket.recv(decode=False))
    except TimeoutError:
        raise Unreachable("it does not answer") from None
    except ConnectionClosed as error:
        raise Unreachable(closed(error)) from error


def read(data: bytes) -> FromHub:
    try:
        return frames.from_hub.decode(data)
    except msgspec.DecodeError as error:
        raise Refusal("version", "The hub says things that this fromscratch does not know: update it.") from error


async def sign_in(socket: ClientConnection, challenge: Challenge, known: KnownHub, key: DeviceKey) -> Welcome:
    """Raises Refusal where this is another hub than one joined, or it refuses."""
    if challenge.hub != known.hub:
        says = f"Another hub than {known.title} answers at {known.address}. Ask its organiser for a new invite."
        raise Refusal("other hub", says)
    channel = keys.channel(known.address, known.fingerprint)
    signature = key.sign(keys.statement("sign in", challenge.hub, challenge.nonce, channel))
    return await _ask(socket, SignIn(key.public, signature))


async def enrol(
    socket: ClientConnection, challenge: Challenge, invitation: Invitation, name: str, key: DeviceKey
) -> Welcome:
    """Raises Refusal."""
    channel = keys.channel(invitation.address, invitation.fingerprint)
    statement = keys.statement("enrol", challenge.hub, challenge.nonce, channel, invitation.digest, name)
    return await _ask(socket, Enrol(invitation.secret, name, key.public, key.sign(statement)))


async def _ask(socket: ClientConnection, question: SignIn | Enrol) -> Welcome:
    try:
        await socket.send(frames.encode(question), text=True)
    except ConnectionClosed as error:
        raise Unreachable(closed(error)) from error
    frame = await receive(socket)
    if isinstance(frame, Refused):
        raise Refusal(frame.code, frame.says, frame.data)
    if not isinstance(frame, Welcome):
        raise Refusal("version", "The hub answers in another way than this fromscratch knows: update it.")
    return frame


def closed(error: ConnectionClosed) -> str:
    """Why a connection ended, as far as the hub said."""
    said = error.rcvd.reason if error.rcvd else ""
    return said or "the connection broke off"


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, InvalidHandshake):
        return f"what answers there is no hub: {error}"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
