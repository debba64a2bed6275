"""A TCP relay between clients and a hub, which can be interrupted; TLS passes through it unchanged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from cowork.client.known_hubs import KnownHub
from tests.support.hub import HubServer


class Relay:
    """A relay to a port of this machine.

    `accepts` is whether it accepts connections, `drops_replies` whether it drops what the hub sends, and `reply_limit`
    the number of bytes from the hub after which it closes a connection. `connections` counts the connections so far.
    """

    def __init__(self, port: int) -> None:
        self._hub_port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.accepts = True
        self.drops_replies = False
        self.reply_limit: int | None = None
        self.connections = 0

    def route_to(self, hub: KnownHub) -> KnownHub:
        """The hub, with the relay's address."""
        return msgspec.structs.replace(hub, address=f"wss://127.0.0.1:{self.port}")

    def cut(self) -> None:
        """Aborts all connections, as a pulled cable does."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        try:
            if not self.accepts:
                return
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self._hub_port)
            self._writers.add(hub_writer)
            try:
                requests = asyncio.ensure_future(self._forward(reader, hub_writer, False))
                replies = asyncio.ensure_future(self._forward(hub_reader, writer, True))
                await asyncio.wait([requests, replies], return_when=asyncio.FIRST_COMPLETED)
                for task in (requests, replies):
                    task.cancel()
            finally:
                self._writers.discard(hub_writer)
                hub_writer.transport.abort()
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_hub: bool) -> None:
        forwarded = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if from_hub and self.drops_replies:
                    continue
                writer.write(data)
                await writer.drain()
                forwarded += len(data)
                if from_hub and self.reply_limit is not None and forwarded > self.reply_limit:
                    return


@contextlib.asynccontextmanager
async def running_relay(server: HubServer) -> AsyncIterator[Relay]:
    """A relay to a hub, which tells its clients no address of its own: they would go around the relay."""
    relay = Relay(server.port)
    listener = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = listener.sockets[0].getsockname()[1]
    addresses, server.hub.addresses = server.hub.addresses, []
    try:
        yield relay
    finally:
        server.hub.addresses = addresses
        relay.open = False
        relay.cut()
        listener.close()
