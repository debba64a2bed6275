"""A signed-in connection: sends frames, matches answers to requests, and yields all other frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from cowork.client.connection import Unreachable, close_reason, read
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

ANSWER_TIMEOUT = 30.0  # seconds

Unsolicited = Events | CaughtUp | Present | RoomsChanged | Refused | Welcome


class Link:
    """Sends frames in order without blocking the caller, and matches answers to requests by their ids."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._outgoing: asyncio.Queue[FromClient] = asyncio.Queue()
        self._answers: dict[str, asyncio.Future[Any]] = {}

    def send(self, frame: FromClient) -> None:
        self._outgoing.put_nowait(frame)

    async def call(self, frame: DoCommand | AskQuery | Request, timeout: float = ANSWER_TIMEOUT) -> Any:
        """Sends a frame, and returns the number of a command's last event or an answer's data. Raises Refusal, and
        Unreachable if no answer arrives."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[frame.id] = answer
        try:
            self.send(frame)
            async with asyncio.timeout(timeout):
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
                if isinstance(frame, Ack | Answer | Refused) and frame.id in self._answers:
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

    def _set_answer(self, frame: Ack | Answer | Refused) -> None:
        answer = self._answers[frame.id]
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
                await self._socket.send(encode(await self._outgoing.get()), text=True)
        except ConnectionClosed:
            return  # `run` raises it too
