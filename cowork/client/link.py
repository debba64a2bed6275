"""One connection, once one is signed in: what is sent, what is answered, and what comes unasked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from cowork.client.connection import Unreachable, closed, read
from cowork.frames import (
    Ack,
    Answer,
    AskQuery,
    CaughtUp,
    DoCommand,
    Events,
    FromClient,
    Present,
    Refused,
    Request,
    RoomsChanged,
    Welcome,
    encode,
)
from cowork.refusal import Refusal

ANSWER = 30.0  # seconds that an answer may take

Unasked = Events | CaughtUp | Present | RoomsChanged | Refused | Welcome


class Link:
    """Sends in order and never blocks who sends; matches answers to questions by their ids."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._out: asyncio.Queue[FromClient] = asyncio.Queue()
        self._asked: dict[str, asyncio.Future[Any]] = {}

    def send(self, frame: FromClient) -> None:
        self._out.put_nowait(frame)

    async def call(self, frame: DoCommand | AskQuery | Request, patience: float = ANSWER) -> Any:
        """The number of the last event of a command, or the data of an answer. Raises Refusal, and Unreachable
        where none came."""
        answer = asyncio.get_running_loop().create_future()
        self._asked[frame.id] = answer
        try:
            self.send(frame)
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            raise Unreachable("the hub does not answer") from None
        finally:
            self._asked.pop(frame.id, None)

    async def run(self) -> AsyncGenerator[Unasked, None]:
        """What comes unasked, until the connection ends: then raises Unreachable. Raises Refusal for what cannot be
        read."""
        writer = asyncio.create_task(self._write())
        try:
            while True:
                frame = read(await self._socket.recv(decode=False))
                if isinstance(frame, Ack | Answer | Refused) and frame.id in self._asked:
                    self._settle(frame)
                elif isinstance(frame, Unasked):
                    yield frame
                    # frames that are here already come without a pause: let others have their turn
                    await asyncio.sleep(0)
        except ConnectionClosed as error:
            raise Unreachable(closed(error)) from error
        finally:
            writer.cancel()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Unreachable("the connection broke off"))

    def abort(self) -> None:
        """Ends a connection that has fallen silent."""
        self._socket.transport.abort()

    def _settle(self, frame: Ack | Answer | Refused) -> None:
        answer = self._asked[frame.id]
        if answer.done():
            return
        match frame:
            case Ack():
                answer.set_result(frame.seq)
            case Answer():
                answer.set_result(frame.data)
            case Refused():
                answer.set_exception(Refusal(frame.code, frame.says, frame.data))

    async def _write(self) -> None:
        try:
            while True:
                await self._socket.send(encode(await self._out.get()), text=True)
        except ConnectionClosed:
            return  # the reader notices as well, and tells
