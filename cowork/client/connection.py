"""Connects to a hub: verifies it, signs the client in, then sends frames and matches answers to requests."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from cowork import frames, invites, keys
from cowork.certificates import WrongFingerprint, client_context
from cowork.client.known_hubs import KEY, KnownHub, KnownHubs
from cowork.invites import check_address, is_loopback
from cowork.keys import DeviceKey
from cowork.refusal import Refusal

CONNECT_TIMEOUT = 10.0  # seconds, for the connection and for each frame of the sign-in
ANSWER_TIMEOUT = 30.0  # seconds
SILENCE_TIMEOUT = 20.0  # seconds without an answer to a ping
# codes of refusals after which the same frame can be sent again
TEMPORARY = frozenset({"too fast", "store", "full", "too late"})
HEAD_START = 0.4  # seconds before the next of several addresses is tried too
RACE_TIMEOUT = CONNECT_TIMEOUT  # for all of them


class Unreachable(Exception):
    """The hub cannot be reached at the moment; the text says why."""


@asynccontextmanager
async def connected(address: str, fingerprint: str) -> AsyncIterator[tuple[ClientConnection, frames.Challenge]]:
    """Connects to a hub and receives its challenge. Raises Unreachable, and Refusal for a wrong hub, to which nothing
    is sent."""
    check_address(address)
    direct = bool(fingerprint) or is_loopback(urlsplit(address).hostname or "")
    opening = connect(
        address.rstrip("/") + frames.PATH, ssl=client_context(fingerprint), open_timeout=CONNECT_TIMEOUT,
        ping_interval=SILENCE_TIMEOUT / 2, ping_timeout=SILENCE_TIMEOUT / 2, close_timeout=2,
        max_size=2 * frames.MAX_FRAME, compression=None, proxy=None if direct else True,
        process_exception=lambda error: error,
    )  # fmt: skip
    try:
        socket = await opening
    except WrongFingerprint as error:
        raise Refusal("fingerprint", WRONG_CERTIFICATE.format(address=address)) from error
    except ssl.SSLCertVerificationError as error:
        reason = f"is not valid ({error.verify_message}). Nothing was sent. Tell the organiser."
        raise Refusal("certificate", f"The certificate of {address} {reason}") from error
    except InvalidURI as error:
        raise Refusal("address", f"{address} is not the address of a hub.") from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Unreachable(_reason(error)) from error
    try:
        challenge = await receive(socket)
        if isinstance(challenge, frames.Refused):
            raise Refusal(challenge.code, challenge.says)
        if not isinstance(challenge, frames.Challenge):
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


async def first_reachable(addresses: Sequence[str], fingerprint: str) -> str:
    """Returns the address at which a server with the right certificate answers first. The addresses are tried in their
    order, each with a head start before the next. Raises Unreachable.

    A group's invite may contain addresses of a network in which the client is not. Servers of others that answer there
    have different certificates, and are told nothing.
    """
    if len(addresses) == 1:
        return addresses[0]
    attempts: list[asyncio.Task[bool]] = []
    try:
        async with asyncio.timeout(RACE_TIMEOUT):
            for address in addresses:
                attempts.append(asyncio.create_task(_answers(address, fingerprint)))
                if (winner := await _first_success(attempts, HEAD_START)) is not None:
                    return addresses[winner]
            if (winner := await _first_success(attempts, None)) is not None:
                return addresses[winner]
    except TimeoutError:
        pass
    finally:
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
    raise Unreachable(f"none of its {len(addresses)} addresses answers")


async def _first_success(attempts: Sequence[asyncio.Task[bool]], timeout: float | None) -> int | None:
    """Returns the index of the first attempt that succeeds within `timeout` seconds; None if none does, or all have
    failed before."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        for index, attempt in enumerate(attempts):
            if attempt.done() and attempt.result():
                return index
        running = [attempt for attempt in attempts if not attempt.done()]
        left = None if deadline is None else deadline - time.monotonic()
        if not running or (left is not None and left <= 0):
            return None
        await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)


async def _answers(address: str, fingerprint: str) -> bool:
    """Whether a server with the right certificate answers."""
    parts = urlsplit(address)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=client_context(fingerprint))
    except OSError:  # a wrong certificate too
        return False
    writer.transport.abort()
    return True


async def receive(socket: ClientConnection) -> frames.FromHub:
    """Returns the next frame. Raises Unreachable, and Refusal for an unknown frame."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return read(await socket.recv(decode=False))
    except TimeoutError:
        raise Unreachable("it does not answer") from None
    except ConnectionClosed as error:
        raise Unreachable(close_reason(error)) from error


def read(data: bytes) -> frames.FromHub:
    try:
        return frames.from_hub.decode(data)
    except msgspec.DecodeError as error:
        raise Refusal("version", "The hub sent an unknown frame: update this fromscratch.") from error


async def sign_in(
    socket: ClientConnection, challenge: frames.Challenge, known: KnownHub, key: DeviceKey
) -> frames.Welcome:
    """Signs in with the device's key. Raises Refusal if the hub refuses, or is not the hub that was joined."""
    if challenge.hub != known.hub:
        says = f"The hub at {known.address} is not {known.title}. Ask its organiser for a new invite."
        raise Refusal("other hub", says)
    channel = keys.channel(known.address, known.fingerprint)
    signature = key.sign(keys.statement("sign in", challenge.hub, challenge.nonce, channel))
    return await _authenticate(socket, frames.SignIn(key.public, signature))


async def _authenticate(socket: ClientConnection, frame: frames.SignIn | frames.Enrol) -> frames.Welcome:
    try:
        await socket.send(frames.encode(frame), text=True)
    except ConnectionClosed as error:
        raise Unreachable(close_reason(error)) from error
    answer = await receive(socket)
    if isinstance(answer, frames.Refused):
        raise Refusal(answer.code, answer.says, answer.data)
    if not isinstance(answer, frames.Welcome):
        raise Refusal("version", "The hub sent an unexpected answer: update this fromscratch.")
    return answer


def close_reason(error: ConnectionClosed) -> str:
    """Returns the reason that the hub sent when it closed the connection."""
    return (error.rcvd.reason if error.rcvd else "") or "the connection was lost"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, InvalidHandshake):
        return f"the server there is not a hub: {error}"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


Unsolicited = frames.Events | frames.CaughtUp | frames.Present | frames.RoomsChanged | frames.Refused | frames.Welcome


class Link:
    """Sends frames in order without blocking the caller, and matches answers to requests by their ids."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._outgoing: asyncio.Queue[frames.FromClient] = asyncio.Queue()
        self._answers: dict[str, asyncio.Future[Any]] = {}

    def send(self, frame: frames.FromClient) -> None:
        self._outgoing.put_nowait(frame)

    async def call(self, frame: frames.DoCommand | frames.AskQuery | frames.Request) -> Any:
        """Sends a frame, and returns the number of a command's last event or an answer's data. Raises Refusal, and
        Unreachable if no answer arrives."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[frame.id] = answer
        try:
            self.send(frame)
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await answer
        except TimeoutError:
            raise Unreachable("the hub does not answer") from None
        finally:
            self._answers.pop(frame.id, None)

    async def run(self) -> AsyncGenerator[Unsolicited, None]:
        """Yields frames that are not answers. Raises Unreachable at the end of the connection, and Refusal for an
        unknown frame."""
        writer = asyncio.create_task(self._write())
        try:
            while True:
                frame = read(await self._socket.recv(decode=False))
                if isinstance(frame, frames.Ack | frames.Answer | frames.Refused) and frame.id in self._answers:
                    self._set_answer(frame)
                elif isinstance(frame, Unsolicited):
                    yield frame
                    # received frames are returned without waiting, so give other tasks a turn
                    await asyncio.sleep(0)
        except ConnectionClosed as error:
            raise Unreachable(close_reason(error)) from error
        finally:
            writer.cancel()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(Unreachable("the connection was lost"))

    def abort(self) -> None:
        """Closes a connection whose hub no longer answers."""
        self._socket.transport.abort()

    def _set_answer(self, frame: frames.Ack | frames.Answer | frames.Refused) -> None:
        answer = self._answers[frame.id]
        if answer.done():
            return
        match frame:
            case frames.Ack():
                answer.set_result(frame.seq)
            case frames.Answer():
                answer.set_result(frame.data)
            case frames.Refused():
                answer.set_exception(Refusal(frame.code, frame.says, frame.data))

    async def _write(self) -> None:
        try:
            while True:
                await self._socket.send(frames.encode(await self._outgoing.get()), text=True)
        except ConnectionClosed:
            return  # `run` raises it too


async def join(invite: str, name: str, home: Path) -> KnownHub:
    """Enrols this device's key at the first hub of the invite that can be reached, and stores the hub. Joining again
    has no effect. Raises Refusal, Unreachable, OSError."""
    invitation = invites.parse(invite)
    key = await asyncio.to_thread(DeviceKey.load_or_create, home / KEY)
    address = await first_reachable(invitation.addresses, invitation.fingerprint)
    known = await _enrol(address, invitation, name, key)
    await asyncio.to_thread(KnownHubs(home).remember, known)
    return known


async def _enrol(address: str, invitation: invites.Invitation, name: str, key: DeviceKey) -> KnownHub:
    fingerprint = invitation.fingerprint
    async with connected(address, fingerprint) as (socket, challenge):
        channel = keys.channel(address, fingerprint)
        statement = keys.statement("enrol", challenge.hub, challenge.nonce, channel, invitation.digest, name)
        welcome = await _authenticate(socket, frames.Enrol(invitation.secret, name, key.public, key.sign(statement)))
    member = welcome.member
    known = KnownHub(challenge.hub, address, fingerprint, challenge.title, member.id, member.name, welcome.rooms)
    return known.with_addresses([*invitation.addresses, *welcome.addresses])
